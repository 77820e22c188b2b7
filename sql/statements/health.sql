-- health.sql: asked by health.fcgi. Which version the schema has, if it is there.

SELECT max(migration.version)
FROM hookswitch.migrations AS migration;
