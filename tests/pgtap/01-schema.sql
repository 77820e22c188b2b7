-- 01-schema.sql: tables, columns, keys, indexes and comments are the ones of the contract.

\ir begin.psql

SELECT plan(88);

-- Columns in order with their types; an exclamation mark says NOT NULL.
CREATE FUNCTION pg_temp.columns(name text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(
        attname || ' ' || format_type(atttypid, atttypmod)
            || CASE WHEN attnotnull THEN '!' ELSE '' END,
        ', ' ORDER BY attnum
    )
    FROM pg_attribute
    WHERE attrelid = ('hookswitch.' || name)::regclass AND attnum > 0 AND NOT attisdropped
$$;

-- Indexes by name with what they hold.
CREATE FUNCTION pg_temp.indexes(name text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(
        regexp_replace(
            pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX (\S+) .* USING ', '\2 '
        ),
        '; ' ORDER BY indexrelid::regclass::text
    )
    FROM pg_index
    WHERE indrelid = ('hookswitch.' || name)::regclass AND NOT indisprimary
$$;

SELECT has_schema('hookswitch');

-- After partition.sql the keys of the ledger are a table of their own; partitions do not count.
SELECT to_regclass('hookswitch.webhook_event_keys') IS NOT NULL AS is_partitioned \gset

SELECT set_eq(
    $$SELECT relname::text FROM pg_class
    WHERE relnamespace = 'hookswitch'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname <> 'webhook_event_keys'$$, ARRAY[
    'appointments', 'auto_replies', 'backfill_places', 'calls', 'campaigns', 'channels',
    'debugger_events', 'dialing_codes', 'message_media', 'messages', 'migrations', 'opt_outs',
    'recording_files', 'recordings', 'room_events', 'room_participants', 'rooms', 'sessions',
    'settings', 'twilio_errors', 'webhook_events'
]);

SELECT is(pg_temp.columns('migrations'),
    'version integer!, name text!, applied_at timestamp with time zone!', 'migrations');
SELECT is(pg_temp.columns('webhook_events'),
    'event_key bytea!, account_sid text!, id bigint!, endpoint text!, subject_sid text,'
    ' received_at timestamp with time zone!, occurred_at timestamp with time zone!, params jsonb!,'
    ' raw_body bytea, idempotency_token text, source text!, xid xid8!, kind text!',
    'webhook_events');
SELECT is(pg_temp.columns('calls'),
    'sid text!, account_sid text!, parent_sid text, direction text, from_number text,'
    ' to_number text, status text, status_sequence integer, campaign_id text, answered_by text,'
    ' sip_response_code integer, duration integer, initiated_at timestamp with time zone,'
    ' ringing_at timestamp with time zone, answered_at timestamp with time zone,'
    ' ended_at timestamp with time zone, created_at timestamp with time zone!,'
    ' updated_at timestamp with time zone!', 'calls');
SELECT is(pg_temp.columns('messages'),
    'sid text!, account_sid text!, direction text, communication_type text, from_address text,'
    ' to_address text, body text, num_media integer, num_segments integer, status text,'
    ' error_code integer, error_message text, profile_name text, wa_id text, channel_id bigint,'
    ' session_id bigint, campaign_id text, created_at timestamp with time zone!,'
    ' sent_at timestamp with time zone, delivered_at timestamp with time zone,'
    ' read_at timestamp with time zone, failed_at timestamp with time zone,'
    ' updated_at timestamp with time zone!, received_at timestamp with time zone', 'messages');
SELECT is(pg_temp.columns('message_media'),
    'message_sid text!, position integer!, account_sid text!, url text!, content_type text',
    'message_media');
SELECT is(pg_temp.columns('recordings'),
    'sid text!, account_sid text!, call_sid text, conference_sid text, url text, status text,'
    ' duration integer, channels integer, source text, track text, error_code integer,'
    ' started_at timestamp with time zone', 'recordings');
SELECT is(pg_temp.columns('rooms'),
    'sid text!, account_sid text!, name text, type text, status text,'
    ' started_at timestamp with time zone, ended_at timestamp with time zone, duration integer,'
    ' appointment_id bigint', 'rooms');
SELECT is(pg_temp.columns('room_participants'),
    'sid text!, account_sid text!, room_sid text, identity text,'
    ' connected_at timestamp with time zone, disconnected_at timestamp with time zone,'
    ' duration integer', 'room_participants');
SELECT is(pg_temp.columns('room_events'),
    'event_key bytea!, account_sid text!, room_sid text!, event text, participant_sid text,'
    ' participant_identity text, track_sid text, track_kind text, recording_sid text,'
    ' sequence_number integer, duration integer, occurred_at timestamp with time zone!,'
    ' metadata jsonb!, room_name text, received_at timestamp with time zone', 'room_events');
SELECT is(pg_temp.columns('settings'), 'name text!, value text!', 'settings');
SELECT is(pg_temp.columns('channels'),
    'id bigint!, account_sid text!, address text!, communication_type text, name text,'
    ' created_at timestamp with time zone, session_timeout interval!, language text,'
    ' quiet_from time without time zone, quiet_until time without time zone, time_zone text!',
    'channels');
SELECT is(pg_temp.columns('sessions'),
    'id bigint!, account_sid text!, channel_id bigint!, contact_address text!,'
    ' created_at timestamp with time zone, started_at timestamp with time zone!,'
    ' closed_at timestamp with time zone', 'sessions');
SELECT is(pg_temp.columns('auto_replies'),
    'id bigint!, account_sid text!, channel_id bigint, communication_type text, keyword text,'
    ' language text, quiet boolean!, twiml text!, is_active boolean!,'
    ' created_at timestamp with time zone!', 'auto_replies');
SELECT is(pg_temp.columns('campaigns'),
    'id text!, account_sid text, name text, created_at timestamp with time zone, voice_twiml text',
    'campaigns');
SELECT is(pg_temp.columns('debugger_events'),
    'sid text!, account_sid text!, parent_account_sid text, level text, error_code integer,'
    ' message text, resource_sid text, service_sid text, url text, method text,'
    ' response_status integer, occurred_at timestamp with time zone!, payload jsonb',
    'debugger_events');
SELECT is(pg_temp.columns('opt_outs'),
    'contact_address text!, channel_id bigint!, account_sid text!,'
    ' stopped_at timestamp with time zone, started_at timestamp with time zone,'
    ' is_opted_out boolean!', 'opt_outs');
SELECT is(pg_temp.columns('twilio_errors'),
    'code integer!, message text!, explanation text, shipped_digest bytea', 'twilio_errors');
SELECT is(pg_temp.columns('dialing_codes'), 'prefix text!, country text', 'dialing_codes');
SELECT is(pg_temp.columns('backfill_places'),
    'account_sid text!, kind text!, read_until timestamp with time zone!,'
    ' updated_at timestamp with time zone!', 'backfill_places');
SELECT is(pg_temp.columns('recording_files'),
    'recording_sid text!, account_sid text!, format text!, directory text, file_name text,'
    ' size bigint, sha256 bytea, channels integer, fetched_at timestamp with time zone,'
    ' failed_at timestamp with time zone, failure text', 'recording_files');
SELECT has_column('hookswitch', name, 'id', name || ' has an id')
FROM unnest(ARRAY['channels', 'sessions', 'campaigns', 'appointments']) AS name;
SELECT col_type_is('hookswitch', 'campaigns', 'id', 'text', 'campaign ids are text');
SELECT col_type_is('hookswitch', 'appointments', 'id', 'bigint', 'appointment ids are numbers');
SELECT col_type_is('hookswitch', 'appointments', 'status', 'text', 'appointments have a status');

SELECT col_is_pk('hookswitch', 'migrations', 'version', 'key of migrations');
SELECT col_is_pk('hookswitch', 'settings', 'name', 'key of settings');
SELECT col_is_pk('hookswitch', name, ARRAY['event_key', 'account_sid'], 'key of ' || name)
FROM unnest(ARRAY[
    'room_events', CASE WHEN :'is_partitioned' THEN 'webhook_event_keys' ELSE 'webhook_events' END
]) AS name;
SELECT col_is_pk('hookswitch', name, ARRAY['sid', 'account_sid'], 'key of ' || name)
FROM unnest(ARRAY[
    'calls', 'debugger_events', 'messages', 'recordings', 'rooms', 'room_participants'
]) AS name;
SELECT col_is_pk('hookswitch', 'message_media', ARRAY['message_sid', 'position', 'account_sid'],
    'key of message_media');
SELECT col_is_pk('hookswitch', 'opt_outs', ARRAY['contact_address', 'channel_id', 'account_sid'],
    'key of opt_outs');
SELECT col_is_pk('hookswitch', 'twilio_errors', 'code', 'key of twilio_errors');
SELECT col_is_pk('hookswitch', 'dialing_codes', 'prefix', 'key of dialing_codes');
SELECT col_is_pk('hookswitch', 'backfill_places', ARRAY['account_sid', 'kind'],
    'key of backfill_places');
SELECT col_is_pk('hookswitch', 'recording_files', ARRAY['recording_sid', 'format', 'account_sid'],
    'key of recording_files');
SELECT col_is_pk('hookswitch', name, 'id', 'key of ' || name)
FROM unnest(ARRAY['auto_replies', 'channels', 'sessions', 'campaigns', 'appointments']) AS name;

SELECT is(attidentity::text, 'a', attrelid::regclass || '.' || attname || ' is an identity')
FROM pg_attribute
WHERE attrelid IN (
        'hookswitch.webhook_events'::regclass, 'hookswitch.channels'::regclass,
        'hookswitch.sessions'::regclass
    )
    AND attname = 'id';

SELECT col_default_is('hookswitch', 'webhook_events', 'xid', 'pg_current_xact_id()',
    'events carry their transaction');

SELECT is(pg_temp.indexes('debugger_events'),
    'debugger_events_occurred_at btree (account_sid, occurred_at) WHERE (url IS NOT NULL)',
    'indexes of debugger_events');
SELECT is(pg_temp.indexes('webhook_events'),
    'webhook_events_kind btree (kind, endpoint, account_sid, received_at); '
    'webhook_events_received_at btree (received_at); '
    'webhook_events_subject_sid btree (subject_sid) WHERE (subject_sid IS NOT NULL); '
    'webhook_events_xid btree (xid, id)', 'indexes of webhook_events');
SELECT is(pg_temp.indexes('calls'),
    'calls_campaign_id btree (campaign_id, account_sid, status, answered_by, duration, parent_sid)'
    ' WHERE (campaign_id IS NOT NULL); '
    'calls_created_at btree (created_at); '
    'calls_parent_sid btree (parent_sid) WHERE (parent_sid IS NOT NULL); '
    'calls_updated_at btree (updated_at) WHERE (ended_at IS NULL)'
    , 'indexes of calls');
SELECT is(pg_temp.indexes('messages'),
    'messages_campaign_id btree (campaign_id, account_sid, status)'
    ' WHERE (campaign_id IS NOT NULL); '
    'messages_created_at btree (created_at); '
    'messages_error_code btree (error_code) WHERE (error_code IS NOT NULL); '
    'messages_received_at btree (received_at, session_id) WHERE (session_id IS NOT NULL); '
    'messages_session_id btree (session_id, received_at) WHERE (session_id IS NOT NULL); '
    'messages_to_address btree ("left"(to_address, 255), created_at)'
    ' WHERE (direction = ''outbound''::text)', 'indexes of messages');
SELECT is(pg_temp.indexes('message_media'), NULL, 'indexes of message_media');
SELECT is(pg_temp.indexes('recordings'),
    'recordings_call_sid btree (call_sid) WHERE (call_sid IS NOT NULL); '
    'recordings_started_at btree'
    ' (COALESCE(started_at, ''1970-01-01 00:00:00+00''::timestamp with time zone), sid)',
    'indexes of recordings');
SELECT is(pg_temp.indexes('rooms'),
    'rooms_appointment_id btree (appointment_id) WHERE (appointment_id IS NOT NULL); '
    'rooms_started_at btree'
    ' (COALESCE(started_at, ''1970-01-01 00:00:00+00''::timestamp with time zone), sid)',
    'indexes of rooms');
SELECT is(pg_temp.indexes('room_participants'),
    'room_participants_room_sid btree (room_sid)', 'indexes of room_participants');
SELECT is(pg_temp.indexes('channels'),
    'channels_address btree (hookswitch.bare_address(address),'
    ' hookswitch.channel_type(communication_type, address), account_sid)', 'indexes of channels');
SELECT is(pg_temp.indexes('sessions'),
    'sessions_contact btree (channel_id, contact_address, started_at, account_sid); '
    'sessions_started_at btree (started_at)', 'indexes of sessions');
SELECT is(pg_temp.indexes(name), NULL, 'indexes of ' || name)
FROM unnest(ARRAY['twilio_errors', 'dialing_codes', 'backfill_places', 'recording_files']) AS name;
SELECT is(pg_temp.indexes('room_events'),
    'room_events_occurred_at btree (occurred_at); '
    'room_events_room_sid btree (room_sid, occurred_at)', 'indexes of room_events');

-- What is named here, webhooks do not write.
SELECT is_empty(
    $$SELECT conrelid::regclass, conname FROM pg_constraint
    WHERE connamespace = 'hookswitch'::regnamespace AND contype IN ('f', 'c')
        AND conname NOT IN (
            'auto_replies_channel_id_fkey', 'auto_replies_keyword_check',
            'auto_replies_place_check', 'channels_session_timeout_check',
            'dialing_codes_country_check', 'dialing_codes_prefix_check',
            'recording_files_fetched_check'
        )$$,
    'no foreign key and no CHECK refuses a webhook');

SELECT isnt(obj_description('hookswitch'::regnamespace, 'pg_namespace'), NULL,
    'the schema has a comment');
SELECT is_empty(
    $$SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 'hookswitch'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND coalesce(obj_description(oid, 'pg_class'), '') = ''$$,
    'every table and view has a comment');
SELECT is_empty(
    $$SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'hookswitch'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND attnum > 0 AND NOT attisdropped
        AND coalesce(col_description(attrelid, attnum), '') = ''$$,
    'every column has a comment');
SELECT is_empty(
    $$SELECT oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'hookswitch'::regnamespace
        AND coalesce(obj_description(oid, 'pg_proc'), '') = ''$$,
    'every function has a comment');
SELECT is_empty(
    $$SELECT oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'hookswitch'::regnamespace
        AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql')
        AND (provolatile = 'v' OR prosecdef OR proisstrict OR proconfig IS NOT NULL)$$,
    'every function in SQL can be inlined');
SELECT is_empty(
    $$SELECT oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'hookswitch'::regnamespace
        AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'sql')
        AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp']$$,
    'every other one resolves no name by somebody''s search_path');
SELECT set_eq(
    $$SELECT proname::text FROM pg_proc
    WHERE pronamespace = 'hookswitch'::regnamespace AND prosecdef$$,
    ARRAY[
        'divide_sessions', 'forget_event_keys', 'keep_event_key', 'leave_session', 'session_closed'
    ],
    'so many have their owner''s rights');

SELECT results_eq(
    'SELECT version, name FROM hookswitch.migrations ORDER BY version',
    $$VALUES
        (1, 'initial'), (2, 'systems'), (3, 'delivery'), (4, 'history'), (5, 'reads')$$,
    'migrations are noted');

-- As others fill them.
SELECT lives_ok(
    $$INSERT INTO hookswitch.appointments (id, status) VALUES (48, 'scheduled')$$,
    'an appointment needs an id and a status only');
SELECT lives_ok(
    $$INSERT INTO hookswitch.campaigns (id) VALUES ('64f1c0ffee')$$, 'a campaign needs an id only');
SELECT lives_ok(
    $$INSERT INTO hookswitch.channels (account_sid, address) VALUES ('AC1', '+1'), ('AC2', '+1')$$,
    'an address of two accounts is two channels');
SELECT throws_ok(
    $$INSERT INTO hookswitch.channels (account_sid, address) VALUES ('AC1', '+1')$$, '23505', NULL,
    'an account has an address once');
SELECT lives_ok(
    $$INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address)
    VALUES ('AC1', 1, '+2')$$, 'a session belongs to a contact and a channel');

-- What a busy receiver does most must not scan and must not call a function for each row.
CREATE FUNCTION pg_temp.plan_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || statement;
END
$$;

SET LOCAL enable_seqscan = off;
SELECT ok(
    bool_or(line LIKE '%Index Scan using webhook_event%s_pkey%')
        AND bool_and(line NOT LIKE '%Function Scan%'),
    'new_event is inlined and looks up the primary key')
FROM pg_temp.plan_of($$SELECT * FROM hookswitch.new_event('\x01', 'AC1')$$) AS line;
SELECT ok(
    bool_or(line LIKE '%Index Scan using channels_address%')
        AND bool_and(line NOT LIKE '%Function Scan%'),
    'channel_of is inlined and looks up the unique index')
FROM pg_temp.plan_of($$SELECT id FROM hookswitch.channel_of('AC1', 'sms', '+1')$$) AS line;
SELECT ok(
    bool_or(line LIKE '%Index Scan using auto_replies_place%')
        AND bool_and(line NOT LIKE '%Function Scan%'),
    'what answers is inlined and looks up the account''s replies')
FROM (VALUES
    ($$SELECT * FROM hookswitch.best_reply('AC1', 1, 'sms', NULL, false, 'x')$$),
    ($$SELECT * FROM hookswitch.call_reply('AC1', '+1', 'c', '{}', now())$$)
) AS asked (statement)
CROSS JOIN LATERAL pg_temp.plan_of(statement) AS line
GROUP BY statement;
SELECT ok(bool_and(line NOT LIKE '%hookswitch.merged%' AND line NOT LIKE '%hookswitch.%rank%'),
    'merge functions are inlined')
FROM pg_temp.plan_of($$
    SELECT
        hookswitch.merged_text(status, direction),
        hookswitch.merged_text(status, direction, 'unknown'),
        hookswitch.merged_message_direction(status, direction),
        hookswitch.merged_call_status(status, status_sequence, direction, duration),
        hookswitch.merged_call_sequence(status, status_sequence, direction, duration),
        hookswitch.merged_message_status(status, direction),
        hookswitch.merged_recording_status(status, direction),
        hookswitch.merged_room_status(status, direction),
        hookswitch.call_has_ended(status)
    FROM hookswitch.calls
$$) AS line;

SELECT * FROM finish();
ROLLBACK;
