-- partitions.sql: the ledger in monthly partitions, for whoever has run partition.sql. Run by
-- install.sql, every time.
--
-- A unique key of a partitioned table has to contain what it is partitioned by; so what tells that
-- a webhook is a repeat is a table of its own, without partitions: hookswitch.webhook_event_keys. A
-- trigger asks it before a row is stored, and new_event reads it. Where nothing is partitioned, none
-- of this is used.

CREATE OR REPLACE FUNCTION hookswitch.keep_event_key()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Waits if another transaction is about to store the same one.
    INSERT INTO hookswitch.webhook_event_keys (
        event_key,
        account_sid,
        received_at,
        occurred_at,
        xid
    )
    VALUES (
        NEW.event_key,
        NEW.account_sid,
        NEW.received_at,
        NEW.occurred_at,
        NEW.xid
    )
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION hookswitch.keep_event_key() IS
    'Trigger: notes the key of a webhook that is stored, and leaves out one that is known.';

CREATE OR REPLACE FUNCTION hookswitch.forget_event_keys()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE hookswitch.webhook_event_keys;
    ELSE
        DELETE FROM hookswitch.webhook_event_keys AS known
        USING gone
        WHERE known.event_key = gone.event_key AND known.account_sid = gone.account_sid;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION hookswitch.forget_event_keys() IS
    'Trigger: forgets the keys of webhooks that were deleted.';

CREATE OR REPLACE FUNCTION hookswitch.make_partition(month date)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text := 'webhook_events_' || to_char(month, 'YYYY_MM');
    from_time timestamptz := CAST(date_trunc('month', month) AS timestamp) AT TIME ZONE 'UTC';
    to_time timestamptz := (date_trunc('month', month) + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass('hookswitch.webhook_event_keys') IS NULL THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'the ledger is not partitioned',
            HINT = 'Run partition.sql.';
    ELSIF to_regclass('hookswitch.' || name) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    -- Nothing may be added to what is moved out of the default partition.
    LOCK TABLE hookswitch.webhook_events IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE format(
        'CREATE TABLE hookswitch.%I'
        ' (LIKE hookswitch.webhook_events INCLUDING ALL EXCLUDING IDENTITY)',
        name
    );
    EXECUTE format(
        'WITH moved AS ('
        '    DELETE FROM hookswitch.webhook_events_default'
        '    WHERE received_at >= %L AND received_at < %L RETURNING *'
        ') INSERT INTO hookswitch.%I SELECT * FROM moved',
        from_time, to_time, name
    );
    EXECUTE format(
        'ALTER TABLE hookswitch.webhook_events ATTACH PARTITION hookswitch.%I'
        ' FOR VALUES FROM (%L) TO (%L)',
        name, from_time, to_time
    );
    EXECUTE format(
        'COMMENT ON TABLE hookswitch.%I IS %L',
        name, to_char(month, '"The webhooks that were received in "FMMonth YYYY" (UTC)."')
    );
    IF EXISTS (
        SELECT
        FROM pg_roles
        WHERE rolname = 'hookswitch_reader'
            AND has_table_privilege(oid, 'hookswitch.webhook_events', 'SELECT')
    ) THEN
        EXECUTE format('GRANT SELECT ON hookswitch.%I TO hookswitch_reader', name);
    END IF;
    RETURN name;
END
$$;

COMMENT ON FUNCTION hookswitch.make_partition(date) IS
    'Makes the partition for the webhooks received in a month, and moves those into it that are in'
    ' the default partition. Its name, or NULL if it is there.';

CREATE OR REPLACE FUNCTION hookswitch.make_partitions(months_ahead integer DEFAULT 3)
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    made text;
BEGIN
    FOR ahead IN 0 .. months_ahead LOOP
        made := hookswitch.make_partition(
            CAST(this_month + make_interval(months => ahead) AS date)
        );
        IF made IS NOT NULL THEN
            RETURN NEXT made;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION hookswitch.make_partitions(integer) IS
    'Makes the partitions of this month and of so many to come, where they are missing; says which.'
    ' To be run by cron, once a month or more often. What has none goes to the default partition,'
    ' so that nothing is lost if it is forgotten.';

CREATE OR REPLACE FUNCTION hookswitch.drop_partitions(older_than interval)
RETURNS TABLE (partition_name text, deleted bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    past timestamptz := now() - older_than;
    bounds record;
    name name;
    names name[] := '{}';
BEGIN
    IF older_than IS NULL OR older_than < interval '1 day' THEN
        RAISE invalid_parameter_value USING
            MESSAGE = concat('cannot drop what is older than ', quote_nullable(older_than)),
            HINT = 'Keep one day at least.';
    END IF;
    FOR bounds IN
        SELECT
            partition.relname AS name,
            CAST(found.times[1] AS timestamptz) AS from_time,
            CAST(found.times[2] AS timestamptz) AS to_time
        FROM pg_inherits AS part
        JOIN pg_class AS partition ON partition.oid = part.inhrelid
        CROSS JOIN LATERAL regexp_match(
            pg_get_expr(partition.relpartbound, partition.oid), 'FROM \(''(.+)''\) TO \(''(.+)''\)'
        ) AS found (times)
        WHERE part.inhparent = to_regclass('hookswitch.webhook_events')
            AND CAST(found.times[2] AS timestamptz) <= past
        ORDER BY partition.relname
    LOOP
        DELETE FROM hookswitch.webhook_event_keys AS known
        WHERE known.received_at >= bounds.from_time AND known.received_at < bounds.to_time;
        GET DIAGNOSTICS deleted = ROW_COUNT;
        partition_name := bounds.name;
        names := names || bounds.name;
        RETURN NEXT;
    END LOOP;
    -- Last, since from then on until the end webhooks wait.
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('DROP TABLE hookswitch.%I', name);
    END LOOP;
END
$$;

COMMENT ON FUNCTION hookswitch.drop_partitions(interval) IS
    'Drops the partitions of the ledger that are older as a whole, and says how many webhooks each'
    ' had; cheaper than purge, which deletes what is left, and what is in other tables.';

-- For the owner of the tables alone.
REVOKE EXECUTE ON FUNCTION hookswitch.make_partition(date) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION hookswitch.make_partitions(integer) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION hookswitch.drop_partitions(interval) FROM PUBLIC;

SELECT to_regclass('hookswitch.webhook_event_keys') IS NOT NULL AS is_partitioned \gset
\if :is_partitioned
    CREATE OR REPLACE FUNCTION hookswitch.new_event(key bytea, account text)
    RETURNS TABLE (account_sid text, occurred_at timestamptz)
    LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 1
    AS $$
        -- Not from the ledger: each of its partitions would have to be asked.
        SELECT known.account_sid, known.occurred_at
        FROM hookswitch.webhook_event_keys AS known
        WHERE known.event_key = key
            AND known.account_sid = account
            AND known.xid = pg_catalog.pg_current_xact_id_if_assigned()
    $$;
\endif
