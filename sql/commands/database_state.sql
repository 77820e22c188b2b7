-- What a database is like, as far as it matters to endpoints: asked before anything is known of it.

SELECT
    getdatabaseencoding() AS encoding,
    has_database_privilege(current_database(), 'CREATE') AS can_create,
    -- Not by to_regclass, which fails for who may not use the schema.
    EXISTS (
        SELECT
        FROM pg_catalog.pg_class AS class
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE namespace.nspname = 'hookswitch' AND class.relname = 'migrations'
    ) AS has_schema,
    pg_is_in_recovery() AS is_standby,
    current_setting('transaction_read_only')::boolean AS is_read_only,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('fsync')::boolean AS has_fsync,
    CAST(extract(EPOCH FROM clock_timestamp()) * 1000 AS bigint) AS milliseconds;
