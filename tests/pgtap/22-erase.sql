-- 22-erase.sql: one person goes, wherever and however the address is written; the neighbours stay.

\ir begin.psql

SELECT plan(57);

-- What finds a person, and what does not.

SELECT ok(text ~ hookswitch.contact_pattern('+15551230009'), format('%L holds the number', text))
FROM unnest(ARRAY[
    '+15551230009', '15551230009', 'whatsapp:+15551230009', 'client:15551230009',
    'sip:+15551230009@example.com', '"From": "+15551230009"', 'From=%2B15551230009&To=%2B1555',
    'From%3Dwhatsapp%253A%252B15551230009%26', 'From=%2015551230009',
    '\"From\":\"\u002b15551230009\"', '+1 (555) 123-0009', '%2B1%20%28555%29%20123-0009',
    '1.555.123.0009', '0015551230009', '01115551230009'
]) AS text;
SELECT ok(text !~ hookswitch.contact_pattern('+15551230009'), format('%L does not', text))
FROM unnest(ARRAY[
    '+155512300091', '+1555123000', '+115551230009', '+1555123000X', '"1555123000", "9"', '',
    'SMa115551230009', '%2B115551230009'
]) AS text;
SELECT ok(text ~ hookswitch.contact_pattern(address), format('%L holds %L', text, address))
FROM (VALUES
    ('client:alice', '{"From": "client:alice"}'), ('client:alice', 'From=client%3Aalice&'),
    ('alice', '{"ParticipantIdentity": "alice"}'), ('alice', '{\"Caller\": \"client:alice\"}'),
    ('Zoë O''Neill', 'Identity=Zo%C3%AB%20O%27Neill'),
    ('Zoë O''Neill', 'Identity=Zo%c3%ab+O%27Neill&'),
    ('sip:al@example.com', '{"To": "sip:al@example.com:5060;transport=tls"}')
) AS given (address, text);
SELECT ok(text !~ hookswitch.contact_pattern(address), format('%L does not hold %L', text, address))
FROM (VALUES
    ('client:alice', '{"From": "client:alice2"}'), ('client:alice', '{"From": "client:malice"}'),
    ('alice', '{"Body": "alice"}'), ('alice', '{"From": "alice cooper"}'),
    ('sip:al@example.com', '{"To": "sip:al@example.com.org"}')
) AS given (address, text);

SELECT throws_ok(
    format('SELECT * FROM hookswitch.%s(%L)', function, address), '22023', NULL,
    format('%s(%L) is refused', function, address))
FROM
    unnest(ARRAY['erase_contact', 'recordings_of_contact']) AS function,
    unnest(ARRAY[NULL, '', ' ', '+', '+1555', 'client:', 'client:al', 'whatsapp:+155512']) AS address
WHERE function = 'erase_contact' OR address IN ('', '+1555');

-- One person; one whose number begins with that number, one with whose number that number begins,
-- and somebody else.

CREATE TEMPORARY TABLE persons (who text, number text, name text);
INSERT INTO persons VALUES
    ('gone', '15551230009', 'alice'), ('longer', '155512300091', 'alice2'),
    ('shorter', '1555123000', 'alic'), ('else', '15557654321', 'Bob');

INSERT INTO hookswitch.channels (account_sid, address) VALUES ('AC1', '+15551239999');
SELECT id AS channel FROM hookswitch.channels \gset

INSERT INTO hookswitch.messages (
    sid, account_sid, direction, from_address, to_address, body, wa_id, created_at, updated_at
)
SELECT 'SM' || kind || who, 'AC1', direction, from_address, to_address, body, wa_id, now(), now()
FROM persons, LATERAL (VALUES
    ('in', 'inbound', '+' || number, '+15551239999', 'I am ' || name, NULL),
    ('wa', 'inbound', 'whatsapp:+' || number, 'whatsapp:+15551239999', '', number),
    ('out', 'outbound', '+15551239999', '+' || number, NULL, NULL),
    -- By their ID alone: WhatsApp need not tell the number.
    ('id', 'inbound', 'whatsapp:CO.123', 'whatsapp:+15551239999', '', number)
) AS message (kind, direction, from_address, to_address, body, wa_id);
UPDATE hookswitch.messages SET body = 'Call +1 (555) 123-0009, not +155512300091!'
WHERE sid = 'SMinelse';
INSERT INTO hookswitch.message_media (message_sid, position, account_sid, url)
SELECT 'SMin' || who, 0, 'AC1', 'https://example.com/' || who FROM persons;
INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address)
SELECT 'AC1', :channel, prefix || number FROM persons, unnest(ARRAY['+', 'whatsapp:+']) AS prefix;
INSERT INTO hookswitch.opt_outs (contact_address, channel_id, account_sid)
SELECT prefix || number, :channel, 'AC1' FROM persons, unnest(ARRAY['+', 'whatsapp:+']) AS prefix;

-- Calls: from the person with a leg that was dialled, which dialled another; to the person, as a leg
-- of somebody's call; by name.
INSERT INTO hookswitch.calls (
    sid, account_sid, parent_sid, from_number, to_number, created_at, updated_at
)
SELECT 'CA' || kind || who, 'AC1', 'CA' || parent || who, from_number, to_number, now(), now()
FROM persons, LATERAL (VALUES
    ('in', NULL, '+' || number, '+15551239999'),
    ('leg', 'in', '+15551239999', '+15550000001'),
    ('second', 'leg', '+15551239999', '+15550000002'),
    ('other', NULL, '+15550000003', '+15551239999'),
    ('dialled', 'other', '+15551239999', '+' || number),
    ('client', NULL, 'client:' || name, '+15551239999')
) AS call (kind, parent, from_number, to_number);
INSERT INTO hookswitch.recordings (sid, account_sid, call_sid, url)
SELECT 'RE' || kind || who, 'AC1', 'CA' || kind || who, 'https://example.com/RE' || kind || who
FROM persons, unnest(ARRAY['in', 'second', 'other', 'client']) AS kind;

-- Another account's, of a call with the same SID.
INSERT INTO hookswitch.recordings (sid, account_sid, call_sid)
VALUES ('REneighbour', 'AC2', 'CAingone');

INSERT INTO hookswitch.rooms (sid, account_sid, name) VALUES ('RM1', 'AC1', 'with 15551230009');
INSERT INTO hookswitch.room_participants (sid, account_sid, room_sid, identity)
SELECT 'PA' || kind || who, 'AC1', 'RM1', identity
FROM persons, LATERAL (VALUES ('name', name), ('number', '+' || number)) AS known (kind, identity);
INSERT INTO hookswitch.room_events (
    event_key, account_sid, room_sid, event, participant_sid, participant_identity, track_sid,
    recording_sid, occurred_at, metadata
)
SELECT
    sha256((event || kind || who)::bytea), 'AC1', 'RM1', event, participant_sid,
    participant_identity, track_sid, recording_sid, now(), metadata
FROM
    persons,
    (VALUES ('name'), ('number')) AS known (kind),
    LATERAL (VALUES
        ('track-added', 'PA' || kind || who, CASE kind WHEN 'name' THEN name ELSE '+' || number END,
            'MT' || kind || who, NULL, '{}'::jsonb),
        ('recording-completed', NULL, NULL, NULL, 'RT' || kind || who,
            jsonb_build_object('SourceSid', 'MT' || kind || who))
    ) AS happened (event, participant_sid, participant_identity, track_sid, recording_sid, metadata);

-- The ledger. Which person a row is of, its endpoint tells.
INSERT INTO hookswitch.webhook_events (
    event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, raw_body,
    idempotency_token, source
)
SELECT
    sha256((kind || who)::bytea), 'AC1', who, subject, now(), now(), params::jsonb, raw_body, NULL,
    'webhook'
FROM persons, LATERAL (VALUES
    ('message', 'SMin' || who, '{"NumMedia": "0"}', NULL),
    ('by address', NULL, format('{"From": "+%s"}', number), NULL),
    ('by array', NULL, format('{"From": ["+15550000001", "+%s"]}', number), NULL),
    ('without plus', NULL, format('{"WaId": "%s"}', number), NULL),
    ('whatsapp', NULL, format('{"To": "whatsapp:+%s"}', number), NULL),
    ('of call', NULL, format('{"CallSid": "CAin%s", "AnsweredBy": "human"}', who), NULL),
    ('of message', NULL, format('{"MessageSid": "SMout%s"}', who), NULL),
    ('of leg', 'CAsecond' || who, '{}', NULL),
    ('of recording', 'REother' || who, '{}', NULL),
    ('by name', NULL, format('{"ParticipantIdentity": "%s"}', name), NULL),
    ('client', NULL, format('{"Caller": "client:%s"}', name), NULL),
    ('participant', NULL, format('{"ParticipantSid": "PAname%s"}', who), NULL),
    ('url', NULL, format('{"Url": "https://example.com/?From=%%2B%s&x=1"}', number), NULL),
    ('debugger', NULL, jsonb_build_object('Payload', format(
        '{"webhook":{"request":{"parameters":{"From":"whatsapp:+%s"}}}}', number
    ))::text, NULL),
    ('debugger url', NULL, jsonb_build_object('Payload', format(
        '{"webhook":{"request":{"parameters":"From=whatsapp%%3A%%2B%s"}}}', number
    ))::text, NULL),
    ('raw', NULL, '{}', convert_to(format('{"from":"+%s"}', number), 'UTF8')),
    ('raw form', NULL, '{}', convert_to(format('From=%%2B%s&Body=%%FF', number), 'UTF8')),
    ('bytes', NULL, '{}', convert_to(format('From=%%2B%s&Body=', number), 'UTF8') || '\xff00')
) AS webhook (kind, subject, params, raw_body);

INSERT INTO hookswitch.debugger_events (
    sid, account_sid, resource_sid, url, occurred_at, payload
)
SELECT 'NO' || kind || who, 'AC1', resource_sid, url, now(), payload
FROM persons, LATERAL (VALUES
    ('call', 'CAleg' || who, NULL, NULL::jsonb),
    ('url', NULL, 'https://example.com/?From=%2B' || number, NULL),
    ('payload', NULL, NULL, jsonb_build_object('parameters', jsonb_build_object('To', '+' || number))),
    ('name', NULL, NULL, jsonb_build_object('parameters', jsonb_build_object('To', 'client:' || name)))
) AS report (kind, resource_sid, url, payload);

-- Columns of the schema in which a text is, whatever their type.
CREATE FUNCTION pg_temp.places(needle text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    place record;
    n bigint;
BEGIN
    FOR place IN
        SELECT table_name, column_name, data_type FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        JOIN pg_class ON relname = table_name AND relnamespace = 'hookswitch'::regnamespace
        WHERE table_schema = 'hookswitch' AND table_type = 'BASE TABLE' AND NOT relispartition
            AND data_type IN (
                'text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY', 'xml'
            )
    LOOP
        EXECUTE format(
            'SELECT count(*) FROM hookswitch.%I WHERE %s ~ %L', place.table_name,
            CASE place.data_type
                WHEN 'bytea' THEN format('encode(%I, ''escape'')', place.column_name)
                ELSE format('%I::text', place.column_name)
            END,
            needle
        ) INTO n;
        IF n > 0 THEN
            RETURN NEXT place.table_name || '.' || place.column_name;
        END IF;
    END LOOP;
END
$$;

CREATE TEMPORARY TABLE neighbours AS
    SELECT 'messages' AS name, to_jsonb(row) AS row FROM hookswitch.messages AS row
    UNION ALL SELECT 'message_media', to_jsonb(row) FROM hookswitch.message_media AS row
    UNION ALL SELECT 'sessions', to_jsonb(row) FROM hookswitch.sessions AS row
    UNION ALL SELECT 'opt_outs', to_jsonb(row) FROM hookswitch.opt_outs AS row
    UNION ALL SELECT 'calls', to_jsonb(row) FROM hookswitch.calls AS row
    UNION ALL SELECT 'recordings', to_jsonb(row) FROM hookswitch.recordings AS row
    UNION ALL SELECT 'room_participants', to_jsonb(row) FROM hookswitch.room_participants AS row
    UNION ALL SELECT 'room_events', to_jsonb(row) FROM hookswitch.room_events AS row
    UNION ALL SELECT 'debugger_events', to_jsonb(row) FROM hookswitch.debugger_events AS row
    UNION ALL SELECT 'webhook_events', to_jsonb(row) FROM hookswitch.webhook_events AS row;

SELECT set_eq(
    'SELECT pg_temp.places(''15551230009(?![0-9])'')',
    ARRAY[
        'messages.from_address', 'messages.to_address', 'messages.wa_id', 'calls.from_number',
        'calls.to_number', 'sessions.contact_address', 'opt_outs.contact_address',
        'rooms.name', 'room_participants.identity', 'room_events.participant_identity',
        'webhook_events.params', 'webhook_events.raw_body', 'debugger_events.url',
        'debugger_events.payload'
    ],
    'the number is in all these places');

SELECT set_eq(
    $$SELECT sid, call_sid, room_sid, url
    FROM hookswitch.recordings_of_contact('whatsapp:+15551230009')$$,
    $$VALUES
        ('REingone', 'CAingone', NULL, 'https://example.com/REingone'),
        ('REsecondgone', 'CAsecondgone', NULL, 'https://example.com/REsecondgone'),
        -- The call is another's, and the person is heard in it.
        ('REothergone', 'CAothergone', NULL, 'https://example.com/REothergone'),
        ('RTnumbergone', NULL, 'RM1', 'https://video.twilio.com/v1/Recordings/RTnumbergone')$$,
    'recordings of a number');
SELECT set_eq(
    $$SELECT sid FROM hookswitch.recordings_of_contact('client:alice')$$,
    ARRAY['REclientgone', 'RTnamegone'], 'recordings of a name');

SELECT throws_ok(
    $$SELECT * FROM hookswitch.erase_contact('whatsapp:+1 555 123-9999')$$, '22023', NULL,
    'our own number is refused');

SELECT results_eq(
    $$SELECT * FROM hookswitch.erase_contact('+1 (555) 123-0009')$$,
    $$VALUES
        ('calls', 4::bigint), ('debugger_events', 3), ('message_media', 1), ('messages', 4),
        ('messages.body', 1), ('opt_outs', 2), ('recordings', 3), ('room_events', 2),
        ('room_participants', 1), ('rooms.name', 1), ('sessions', 2), ('webhook_events', 15)$$,
    'so much is erased of the number');
SELECT is_empty('SELECT pg_temp.places(''15551230009(?![0-9])'')', 'the number is nowhere any more');
SELECT results_eq(
    $$SELECT * FROM hookswitch.erase_contact('client:alice')$$,
    $$VALUES
        ('calls', 1::bigint), ('debugger_events', 1), ('message_media', 0), ('messages', 0),
        ('messages.body', 0), ('opt_outs', 0), ('recordings', 1), ('room_events', 2),
        ('room_participants', 1), ('rooms.name', 0), ('sessions', 0), ('webhook_events', 3)$$,
    'so much is erased of the name');
SELECT is_empty('SELECT pg_temp.places(''alice(?!2)'')', 'the name is nowhere any more');

-- All that carries the persons' SIDs, addresses or endpoint: of the one it is gone, of the others
-- it is there.
CREATE TEMPORARY TABLE now_there AS
    SELECT 'messages' AS name, to_jsonb(row) AS row FROM hookswitch.messages AS row
    UNION ALL SELECT 'message_media', to_jsonb(row) FROM hookswitch.message_media AS row
    UNION ALL SELECT 'sessions', to_jsonb(row) FROM hookswitch.sessions AS row
    UNION ALL SELECT 'opt_outs', to_jsonb(row) FROM hookswitch.opt_outs AS row
    UNION ALL SELECT 'calls', to_jsonb(row) FROM hookswitch.calls AS row
    UNION ALL SELECT 'recordings', to_jsonb(row) FROM hookswitch.recordings AS row
    UNION ALL SELECT 'room_participants', to_jsonb(row) FROM hookswitch.room_participants AS row
    UNION ALL SELECT 'room_events', to_jsonb(row) FROM hookswitch.room_events AS row
    UNION ALL SELECT 'debugger_events', to_jsonb(row) FROM hookswitch.debugger_events AS row
    UNION ALL SELECT 'webhook_events', to_jsonb(row) FROM hookswitch.webhook_events AS row;
SELECT set_eq(
    $$SELECT name, row ->> 'sid' FROM now_there WHERE row::text ~ 'gone'$$,
    $$VALUES ('calls', 'CAothergone'), ('recordings', 'REneighbour')$$,
    'what is left is the call of somebody who was connected with the person, and another account''s');
SELECT set_eq(
    $$SELECT name, row FROM now_there WHERE row ->> 'sid' IS DISTINCT FROM 'SMinelse'$$,
    $$SELECT name, row FROM neighbours
    WHERE row::text ~ 'longer|shorter|else|155512300091|1555123000"|15557654321'
        AND row ->> 'sid' IS DISTINCT FROM 'SMinelse'
    UNION ALL SELECT name, row FROM neighbours
    WHERE row ->> 'sid' IN ('CAothergone', 'REneighbour')$$,
    'every row of the neighbours stays as it was');
SELECT results_eq(
    $$SELECT row ->> 'body' FROM now_there WHERE row ->> 'sid' = 'SMinelse'$$,
    ARRAY['Call +[erased], not +155512300091!'],
    'in a neighbour''s message the number is blotted out');

SELECT is_empty(
    $$SELECT oid::regprocedure, acl.grantee
    FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
    WHERE oid IN (
            'hookswitch.purge(interval, integer)'::regprocedure,
            'hookswitch.erase_contact(text)'::regprocedure
        )
        AND acl.grantee <> proowner$$,
    'only the owner may purge and erase');

SELECT * FROM finish();
ROLLBACK;
