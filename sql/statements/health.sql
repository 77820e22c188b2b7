-- health.sql: asked by health.fcgi. Which version the schema has, if it is there, and whether
-- nothing can be written, as on a standby.

SELECT
    max(migration.version),
    current_setting('transaction_read_only')::boolean
FROM hookswitch.migrations AS migration;
