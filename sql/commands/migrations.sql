-- The steps of the schema that were applied, in order.

SELECT migration.version, migration.name, migration.applied_at
FROM hookswitch.migrations AS migration
ORDER BY migration.version;
