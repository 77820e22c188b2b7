-- 13-appointments.sql: rooms by name, appointment.sql, and what participants spent in a room.

\ir begin.psql
\ir steps.psql

SELECT plan(49);

-- The pattern is a setting. What could not be used later is refused now.

SELECT is(value, '^apt-([0-9]+)(?:-|$)', 'the pattern that is set') FROM hookswitch.settings
WHERE name = 'appointment_pattern';
SELECT is(hookswitch.appointment_id(name), id, 'appointment of ' || quote_nullable(left(name, 40)))
FROM (VALUES
    ('apt-48-test-room', 48::bigint), ('apt-48', 48), ('apt-0048-x', 48), ('apt-0', 0),
    ('apt-9223372036854775807', 9223372036854775807), ('apt-9223372036854775808', NULL),
    ('apt-' || repeat('9', 200), NULL), ('apt-' || repeat('0', 200) || '7', 7),
    ('apt-48-' || repeat('x', 248), 48), ('apt-48-' || repeat('x', 249), NULL), ('apt-x-48', NULL),
    ('my-apt-48-x', NULL), ('apt-48x', NULL), ('apt--1', NULL), ('', NULL), (NULL, NULL)
) AS room (name, id);

SELECT lives_ok(
    format(
        $$UPDATE hookswitch.settings SET value = %L WHERE name = 'appointment_pattern'$$, pattern
    ),
    'a pattern: ' || pattern)
FROM unnest(ARRAY[
    '^visit/(\d+)$', '(?i)^VISIT ([0-9]+)', '([a-z]+)-([0-9]+)', '(x)?', '([0-9]{3})'
]) AS pattern;
SELECT throws_ok(
    format(
        $$UPDATE hookswitch.settings SET value = %L WHERE name = 'appointment_pattern'$$, pattern
    ),
    state, NULL, 'no pattern: ' || pattern)
FROM (VALUES
    ('^apt-[0-9]+', '22023'), ('', '22023'), ('***=apt-([0-9])', '22023'), ('(', '2201B'),
    ('[', '2201B'), ('([0-9])\1', '22023'), ('(a)*|()\', '2201B'), ('(*)', '2201B')
) AS told (pattern, state);
SELECT throws_ok(
    format('UPDATE hookswitch.settings SET value = %L WHERE name = ''stuck_call_after''', value),
    state, NULL, 'no time to wait: ' || value)
FROM (VALUES
    ('soon', '22007'), ('', '22007'), ('0', '22023'), ('-1 hour', '22023'), ('100 years', '22023')
) AS told (value, state);
SELECT throws_ok($$INSERT INTO hookswitch.settings VALUES ('appointment_patern', '(x)')$$, '22023',
    'there is no setting "appointment_patern"', 'a misspelt setting is none');
SELECT throws_ok($$UPDATE hookswitch.settings SET name = 'stuck_call_after'
    WHERE name = 'appointment_pattern'$$, NULL, NULL, 'and none becomes another');

UPDATE hookswitch.settings SET value = '(?i)^visit ([a-z]*[0-9]+)'
WHERE name = 'appointment_pattern';
SELECT is(hookswitch.appointment_id(name), id, 'another pattern: ' || name)
FROM (VALUES ('Visit 48', 48::bigint), ('visit a48', NULL), ('apt-48', NULL)) AS room (name, id);
UPDATE hookswitch.settings SET value = '(x)|([0-9]+)' WHERE name = 'appointment_pattern';
SELECT is(hookswitch.appointment_id('48'), NULL, 'a group that takes no part');
DELETE FROM hookswitch.settings;
SELECT is(hookswitch.appointment_id('apt-48'), 48::bigint, 'what nobody has set is as at first');

-- room-ended completes an appointment that was to come, and no other.

INSERT INTO hookswitch.appointments (id, status, account_sid, completed_at) VALUES
    (1, 'scheduled', 'AC1', NULL), (2, 'confirmed', NULL, NULL), (3, 'cancelled', 'AC1', NULL),
    (4, 'scheduled', 'AC2', NULL), (5, NULL, 'AC1', NULL), (6, 'scheduled', 'AC1', NULL),
    (7, 'completed', 'AC1', '2025-10-08 13:00:00+00'), (8, 'Scheduled', 'AC1', NULL);
CREATE TEMPORARY TABLE expected AS SELECT * FROM hookswitch.appointments;
UPDATE expected SET status = 'completed', completed_at = '2025-10-08 12:00:00+00'
WHERE id IN (1, 2);

\ir request.psql
\set kind '''video-room'''
\set RoomSid '''RM1'''
\set StatusCallbackEvent '''room-ended'''
\set RoomName '''apt-1'''
\ir room-ended.psql
\set RoomName '''apt-2-x'''
\ir room-ended.psql
\set RoomName '''apt-3'''
\ir room-ended.psql
\set RoomName '''apt-4'''
\ir room-ended.psql
\set RoomName '''apt-5'''
\ir room-ended.psql
\set RoomName '''apt-7'''
\ir room-ended.psql
\set RoomName '''apt-8'''
\ir room-ended.psql
\set RoomName '''apt-404'''
\ir room-ended.psql
\set RoomName '''consultation'''
\ir room-ended.psql
\set RoomName '''apt-6'''
\set StatusCallbackEvent '''participant-disconnected'''
\ir room-ended.psql
SELECT set_eq('SELECT * FROM hookswitch.appointments', 'SELECT * FROM expected',
    'the end of a room completes what was scheduled or confirmed, and nothing else');

\set StatusCallbackEvent '''room-ended'''
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir earlier.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/appointment.sql
SELECT set_eq('SELECT * FROM hookswitch.appointments', 'SELECT * FROM expected',
    'a repeat changes nothing');

-- Two rooms of one appointment, in both orders: the first end counts.

INSERT INTO steps (scenario, number, action, at, event, sid, recipient) VALUES
    ('two rooms', 1, 'room', '1 hour', 'room-ended', NULL, 'RM1'),
    ('two rooms', 2, 'room', '2 hours', 'room-ended', NULL, 'RM2'),
    ('two rooms', 3, 'room', '3 hours', 'room-ended', NULL, 'RM3'),
    ('one room', 1, 'room', '1 hour', 'room-ended', NULL, 'RM1'),
    ('one room', 2, 'room', '2 hours', 'room-ended', NULL, 'RM1');

-- Stays: a first one whose beginning only its length tells, one that overlaps it, and one that ends
-- with the room.

INSERT INTO steps (
    scenario, number, action, at, event, sid, sender, recipient, duration, after
)
VALUES
    ('stays', 1, 'room', '10 minutes', 'participant-disconnected', 'PA1', 'a', 'RM1', 600, NULL),
    ('stays', 2, 'room', '5 minutes', 'participant-connected', 'PA2', 'a', 'RM1', NULL, NULL),
    ('stays', 3, 'room', '30 minutes', 'participant-connected', 'PA3', 'a', 'RM1', NULL, 1),
    ('stays', 4, 'room', '12 minutes', 'participant-disconnected', 'PA2', 'a', 'RM1', 420, NULL),
    ('stays', 5, 'room', '40 minutes', 'room-ended', NULL, NULL, 'RM1', NULL, NULL);
\ir make-orders.psql
INSERT INTO hookswitch.appointments (id, status)
SELECT 1000 + number, 'scheduled' FROM orders;
\set next_order 1
\ir orders.psql

CREATE FUNCTION pg_temp.at(minutes integer) RETURNS timestamptz LANGUAGE sql
RETURN timestamptz '2025-10-01 00:00:00+00' + make_interval(mins => minutes);

SELECT results_eq(
    $$SELECT scenario, status, completed_at, count(*)
    FROM hookswitch.appointments AS appointment JOIN orders ON appointment.id = 1000 + number
    GROUP BY 1, 2, 3 ORDER BY 1$$,
    $$VALUES ('one room', 'completed', pg_temp.at(60), 2::bigint),
        ('stays', 'completed', pg_temp.at(40), 60), ('two rooms', 'completed', pg_temp.at(60), 6)$$,
    'an appointment was completed when the first of its rooms ended, in every order');
UPDATE hookswitch.appointments SET completed_at = pg_temp.at(90) WHERE id > 1000;
SELECT results_eq(
    $$SELECT DISTINCT room_name = 'apt-' || appointment_id, room_sid, identity, stays,
        first_connected_at, last_disconnected_at, is_connected, duration, minutes
    FROM hookswitch.room_sessions$$,
    $$VALUES (true, 'RM1', 'a', 3::bigint, pg_temp.at(0), pg_temp.at(40), false, 1320::bigint,
        22.0)$$,
    'what a participant spent in a room, in every order');

-- One that an application has completed keeps its time.
\ir request.psql
\set kind '''video-room'''
\set account_sid '''one room-1'''
\set RoomSid '''RM9'''
\set StatusCallbackEvent '''room-ended'''
\set Timestamp '''2025-09-01 00:00:00+00'''
SELECT quote_literal('apt-' || 1000 + number) AS "RoomName",
    quote_literal(scenario || '-' || number) AS account_sid
FROM orders WHERE scenario = 'one room' LIMIT 1 \gset
\ir room-ended.psql
SELECT is_empty(
    format('SELECT * FROM hookswitch.appointments WHERE id > 1000 AND completed_at <> %L',
        pg_temp.at(90)),
    'what the application has completed stays');

-- Stays of every kind.

INSERT INTO hookswitch.rooms (sid, account_sid, name, ended_at) VALUES
    ('RM10', 'AC9', 'ended', pg_temp.at(60)), ('RM11', 'AC9', 'goes on', NULL);
INSERT INTO hookswitch.room_participants (
    sid, account_sid, room_sid, identity, connected_at, disconnected_at, duration
)
VALUES
    ('PA10', 'AC9', 'RM10', 'backwards', pg_temp.at(30), pg_temp.at(20), NULL),
    ('PA11', 'AC9', 'RM10', 'end by length', pg_temp.at(30), NULL, 90),
    ('PA12', 'AC9', 'RM10', 'end by room', pg_temp.at(30), NULL, NULL),
    ('PA13', 'AC9', 'RM10', 'no beginning', NULL, pg_temp.at(30), NULL),
    ('PA14', 'AC9', 'RM10', 'nothing', NULL, NULL, NULL),
    ('PA15', 'AC9', 'RM10', NULL, pg_temp.at(0), pg_temp.at(1), NULL),
    ('PA16', 'AC9', 'RM11', 'is there', now() - interval '10 minutes', NULL, NULL),
    ('PA17', 'AC9', 'RM11', 'is there', now() - interval '30 minutes',
        now() - interval '20 minutes', 600),
    ('PA18', 'AC9', 'RM11', 'was lost', now() - interval '10 days', NULL, NULL),
    ('PA19', 'AC9', 'RM404', 'unknown room', pg_temp.at(0), pg_temp.at(1), NULL),
    ('PA20', 'AC9', NULL, 'no room', pg_temp.at(0), pg_temp.at(1), NULL),
    ('PA21', 'AC8', 'RM10', 'end by room', pg_temp.at(0), NULL, 60);
SELECT results_eq(
    $$SELECT identity, room_name, stays, duration, minutes, is_connected
    FROM hookswitch.room_sessions WHERE account_sid = 'AC9' ORDER BY room_sid, identity$$,
    $$VALUES
        ('backwards', 'ended', 1::bigint, 0::bigint, 0.0, false),
        ('end by length', 'ended', 1, 90, 1.5, false),
        ('end by room', 'ended', 1, 1800, 30.0, false),
        ('no beginning', 'ended', 1, 0, 0.0, false),
        ('nothing', 'ended', 1, 0, 0.0, false),
        (NULL, 'ended', 1, 60, 1.0, false),
        ('is there', 'goes on', 2, 1200, 20.0, true),
        ('was lost', 'goes on', 1, 86400, 1440.0, true),
        ('unknown room', NULL, 1, 60, 1.0, false),
        ('no room', NULL, 1, 60, 1.0, false)$$,
    'every kind of stay');

-- What happened, by appointment.

SELECT results_eq(
    $$SELECT event, room_name, room_sid, participant_sid, participant_identity, occurred_at,
        received_at, metadata
    FROM hookswitch.appointment_events
    WHERE appointment_id = (SELECT min(number) + 1000 FROM orders WHERE scenario = 'stays')
    ORDER BY occurred_at LIMIT 2$$,
    $$SELECT 'participant-connected', 'apt-' || min(number) + 1000, 'RM1', 'PA2', 'a',
        pg_temp.at(5), timestamptz '2025-10-08 12:00:00+00', '{"New": "1"}'::jsonb
    FROM orders WHERE scenario = 'stays'
    UNION ALL
    SELECT 'participant-disconnected', 'apt-' || min(number) + 1000, 'RM1', 'PA1', 'a',
        pg_temp.at(10), timestamptz '2025-10-08 12:00:00+00', '{"New": "1"}'::jsonb
    FROM orders WHERE scenario = 'stays'$$,
    'what happened in the rooms of an appointment');

SELECT * FROM finish();
ROLLBACK;
