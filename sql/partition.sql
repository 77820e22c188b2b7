-- partition.sql: divides the ledger into monthly partitions, for sites with so many webhooks that
-- deleting old ones row by row takes too long. After install.sql:
--
--     psql -d DATABASE -f sql/partition.sql
--
-- Needs the owner of the tables and nothing more: no superuser, no extension. All or nothing, and
-- safe to run again. Webhooks wait, or are spooled, while what is there is moved: a few minutes for
-- ten million. A month is one in UTC. Then have cron run, once a month or more often,
--
--     SELECT * FROM hookswitch.make_partitions(3);
--     SELECT * FROM hookswitch.drop_partitions('1 year');
--
-- There is no way back but a new table; views of your own over webhook_events have to be dropped
-- before and made anew.

\set ON_ERROR_STOP on
\set QUIET on

SET client_min_messages = warning;

BEGIN;

SET LOCAL search_path = pg_catalog;

-- As install.sql does; neither may run while the other does.
SELECT pg_advisory_xact_lock(7525356009648777588) AS hookswitch_lock \gset

SELECT
    to_regclass('hookswitch.webhook_event_keys') IS NULL AS is_whole,
    to_regprocedure('hookswitch.make_partition(date)') IS NULL AS is_old \gset
\if :is_old
    \set SHOW_CONTEXT never
    DO $$
    BEGIN
        RAISE EXCEPTION 'run install.sql first: the schema is not of this version';
    END
    $$;
\endif

\if :is_whole
    LOCK TABLE hookswitch.webhook_events IN ACCESS EXCLUSIVE MODE;

    -- views.sql makes it anew.
    DROP VIEW hookswitch.webhook_health;

    CREATE TABLE hookswitch.webhook_event_keys (
        event_key bytea NOT NULL,
        account_sid text NOT NULL,
        received_at timestamptz NOT NULL,
        occurred_at timestamptz NOT NULL,
        xid xid8 NOT NULL,
        PRIMARY KEY (event_key, account_sid)
    );

    COMMENT ON TABLE hookswitch.webhook_event_keys IS
        'Keys of the webhooks in the partitions of webhook_events: what is here is a repeat.';
    COMMENT ON COLUMN hookswitch.webhook_event_keys.event_key IS
        'SHA-256 of the endpoint and the sorted signed parameters, as in webhook_events.';
    COMMENT ON COLUMN hookswitch.webhook_event_keys.account_sid IS
        'Twilio account (AC...) whose signature the request carried.';
    COMMENT ON COLUMN hookswitch.webhook_event_keys.received_at IS
        'When the request reached this server: it is in the partition of that month.';
    COMMENT ON COLUMN hookswitch.webhook_event_keys.occurred_at IS 'When it happened.';
    COMMENT ON COLUMN hookswitch.webhook_event_keys.xid IS 'Transaction that wrote it.';

    DO $$
    DECLARE
        definition text;
        definitions text[];
        month date;
    BEGIN
        -- The indexes that are there, whatever version made them.
        SELECT array_agg(pg_get_indexdef(found.indexrelid))
        INTO definitions
        FROM pg_index AS found
        WHERE found.indrelid = CAST('hookswitch.webhook_events' AS regclass)
            AND NOT found.indisprimary;
        ALTER TABLE hookswitch.webhook_events RENAME TO webhook_events_whole;
        -- Copied without its key, which goes by other columns, and its name.
        ALTER TABLE hookswitch.webhook_events_whole
            RENAME CONSTRAINT webhook_events_pkey TO webhook_events_whole_pkey;
        ALTER SEQUENCE hookswitch.webhook_events_id_seq RENAME TO webhook_events_whole_id_seq;
        FOR definition IN
            SELECT relname
            FROM pg_index AS found
            JOIN pg_class ON pg_class.oid = found.indexrelid
            WHERE found.indrelid = CAST('hookswitch.webhook_events_whole' AS regclass)
                AND NOT found.indisprimary
        LOOP
            EXECUTE format(
                'ALTER INDEX hookswitch.%I RENAME TO %I', definition, definition || '_whole'
            );
        END LOOP;
        CREATE TABLE hookswitch.webhook_events (
            LIKE hookswitch.webhook_events_whole INCLUDING ALL EXCLUDING INDEXES,
            PRIMARY KEY (event_key, account_sid, received_at)
        )
        PARTITION BY RANGE (received_at);
        FOREACH definition IN ARRAY definitions LOOP
            EXECUTE definition;
        END LOOP;
        CREATE TABLE hookswitch.webhook_events_default (
            LIKE hookswitch.webhook_events INCLUDING ALL EXCLUDING IDENTITY
        );
        ALTER TABLE hookswitch.webhook_events
            ATTACH PARTITION hookswitch.webhook_events_default DEFAULT;

        FOR month IN
            SELECT CAST(generated.month AS date)
            FROM generate_series(
                (
                    -- A clock that was wrong once must not make partitions without number.
                    SELECT date_trunc('month', min(event.received_at) AT TIME ZONE 'UTC')
                    FROM hookswitch.webhook_events_whole AS event
                    WHERE event.received_at > now() - interval '10 years'
                ),
                date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month',
                interval '1 month'
            ) AS generated (month)
        LOOP
            PERFORM hookswitch.make_partition(month);
        END LOOP;
        PERFORM hookswitch.make_partitions(3);

        INSERT INTO hookswitch.webhook_events OVERRIDING SYSTEM VALUE
        SELECT * FROM hookswitch.webhook_events_whole;
        INSERT INTO hookswitch.webhook_event_keys (
            event_key, account_sid, received_at, occurred_at, xid
        )
        SELECT event_key, account_sid, received_at, occurred_at, xid
        FROM hookswitch.webhook_events_whole;
        PERFORM setval(
            pg_get_serial_sequence('hookswitch.webhook_events', 'id'),
            greatest(1, (SELECT last_value FROM hookswitch.webhook_events_whole_id_seq)),
            (SELECT is_called FROM hookswitch.webhook_events_whole_id_seq)
        );
        DROP TABLE hookswitch.webhook_events_whole;
    END
    $$;

    COMMENT ON TABLE hookswitch.webhook_events IS
        'Every verified webhook once, with all it carried; the other tables are made from it. In'
        ' partitions, one for each month.';
    COMMENT ON TABLE hookswitch.webhook_events_default IS
        'The webhooks that were received in a month without a partition of its own.';

    CREATE TRIGGER kept
        BEFORE INSERT ON hookswitch.webhook_events
        FOR EACH ROW EXECUTE FUNCTION hookswitch.keep_event_key();
    CREATE TRIGGER forgotten
        AFTER DELETE ON hookswitch.webhook_events
        REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION hookswitch.forget_event_keys();
    CREATE TRIGGER emptied
        AFTER TRUNCATE ON hookswitch.webhook_events
        FOR EACH STATEMENT EXECUTE FUNCTION hookswitch.forget_event_keys();

    COMMENT ON TRIGGER kept ON hookswitch.webhook_events IS
        'A webhook is stored once, in whichever partition.';
    COMMENT ON TRIGGER forgotten ON hookswitch.webhook_events IS
        'What was deleted may come again.';
    COMMENT ON TRIGGER emptied ON hookswitch.webhook_events IS
        'What was deleted may come again.';

    \ir partitions.sql
    \ir views.sql
    SELECT count(*) = 2 AS has_roles
    FROM pg_roles
    WHERE rolname IN ('hookswitch_writer', 'hookswitch_reader')
        AND has_schema_privilege(oid, 'hookswitch', 'USAGE') \gset
    \if :has_roles
        \ir grants.sql
    \endif

    ANALYZE hookswitch.webhook_events, hookswitch.webhook_event_keys;
\endif

COMMIT;
