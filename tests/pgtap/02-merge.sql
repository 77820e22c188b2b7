-- 02-merge.sql: truth tables of the merge functions, and every order of arrival.

\ir begin.psql

SELECT plan(75);

-- Values: what is known wins over NULL, a text over the empty one, and anything over a weak one. Of
-- others the greater one wins, by its bytes. Each pair both ways round.
SELECT is(
    ARRAY[hookswitch.merged_text(one, other), hookswitch.merged_text(other, one)],
    ARRAY[merged, merged], format('text %s and %s', one, other))
FROM (VALUES
    (NULL, NULL, NULL), (NULL, '', ''), (NULL, 'a', 'a'), ('', '', ''), ('', 'a', 'a'),
    ('a', 'a', 'a'), ('a', 'b', 'b'), ('a', 'B', 'a'), ('+1', 'whatsapp:+1', 'whatsapp:+1'),
    ('z', 'é', 'é')
) AS pair (one, other, merged);

SELECT is(
    ARRAY[
        hookswitch.merged_text(one, other, 'unknown'), hookswitch.merged_text(other, one, 'unknown')
    ],
    ARRAY[merged, merged], format('text %s and %s, unknown is weak', one, other))
FROM (VALUES
    (NULL, NULL, NULL), (NULL, 'unknown', 'unknown'), ('unknown', 'unknown', 'unknown'),
    ('unknown', 'human', 'human'), ('unknown', 'x', 'x'), (NULL, 'human', 'human'),
    ('human', 'machine_start', 'machine_start')
) AS pair (one, other, merged);

SELECT is(
    ARRAY[
        hookswitch.merged_message_direction(one, other),
        hookswitch.merged_message_direction(other, one)
    ],
    ARRAY[merged, merged], format('direction %s and %s', one, other))
FROM (VALUES
    (NULL, NULL, NULL), (NULL, 'inbound', 'inbound'), (NULL, 'outbound', 'outbound'),
    ('inbound', 'inbound', 'inbound'), ('inbound', 'outbound', 'inbound'),
    ('outbound', 'outbound', 'outbound')
) AS pair (one, other, merged);

-- Statuses with how far they are, written down a second time; NULL is nothing known. Two statuses
-- that Twilio has not invented yet stand for all of them.
CREATE TEMPORARY TABLE call_status (status text, level integer);
INSERT INTO call_status VALUES
    (NULL, 0), ('queued', 1), ('initiated', 2), ('ringing', 3), ('in-progress', 4), ('new-a', 5),
    ('new-b', 6), ('completed', 9), ('busy', 9), ('failed', 9), ('no-answer', 9), ('canceled', 9);

CREATE TEMPORARY TABLE message_status (status text, level integer);
INSERT INTO message_status VALUES
    (NULL, 0), ('scheduled', 1), ('accepted', 2), ('queued', 3), ('sending', 4), ('sent', 5),
    ('partially_delivered', 6), ('new-a', 7), ('new-b', 8), ('delivered', 9), ('undelivered', 9),
    ('failed', 9), ('canceled', 9), ('received', 9), ('read', 10);

CREATE TEMPORARY TABLE recording_status (status text, level integer);
INSERT INTO recording_status VALUES
    (NULL, 0), ('in-progress', 1), ('paused', 2), ('stopped', 3), ('processing', 4), ('new-a', 5),
    ('new-b', 6), ('completed', 9), ('absent', 9), ('failed', 9), ('deleted', 10);

CREATE TEMPORARY TABLE room_status (status text, level integer);
INSERT INTO room_status VALUES
    (NULL, 0), ('in-progress', 1), ('new-a', 2), ('new-b', 3), ('completed', 9), ('failed', 9);

-- Every pair: what is further wins; of equal ones the known one stays.
SELECT is_empty(
    $$SELECT known.status, other.status FROM call_status AS known, call_status AS other
    WHERE hookswitch.merged_call_status(known.status, NULL, other.status, NULL)
        IS DISTINCT FROM CASE
            WHEN other.level > known.level THEN other.status ELSE known.status END$$,
    'calls: every pair of statuses');
SELECT is_empty(
    $$SELECT known.status, other.status FROM message_status AS known, message_status AS other
    WHERE hookswitch.merged_message_status(known.status, other.status)
        IS DISTINCT FROM CASE
            WHEN other.level > known.level THEN other.status ELSE known.status END$$,
    'messages: every pair of statuses');
SELECT is_empty(
    $$SELECT known.status, other.status FROM recording_status AS known, recording_status AS other
    WHERE hookswitch.merged_recording_status(known.status, other.status)
        IS DISTINCT FROM CASE
            WHEN other.level > known.level THEN other.status ELSE known.status END$$,
    'recordings: every pair of statuses');
SELECT is_empty(
    $$SELECT known.status, other.status FROM room_status AS known, room_status AS other
    WHERE hookswitch.merged_room_status(known.status, other.status)
        IS DISTINCT FROM CASE
            WHEN other.level > known.level THEN other.status ELSE known.status END$$,
    'rooms: every pair of statuses');

-- Calls: every pair of final statuses with every pair of SequenceNumbers.
SELECT is_empty(
    $$SELECT known.status, known_sequence, other.status, other_sequence
    FROM call_status AS known, call_status AS other,
        (VALUES (NULL), (0), (1), (2)) AS a (known_sequence),
        (VALUES (NULL), (0), (1), (2)) AS b (other_sequence)
    WHERE known.level = 9 AND other.level = 9
        AND hookswitch.merged_call_status(
            known.status, known_sequence, other.status, other_sequence
        ) IS DISTINCT FROM CASE
            WHEN other_sequence IS NOT NULL
                AND (known_sequence IS NULL OR other_sequence > known_sequence) THEN other.status
            ELSE known.status
        END$$,
    'calls: of two final statuses the one with the higher SequenceNumber wins');

-- SequenceNumber never lets a call go back.
SELECT is_empty(
    $$SELECT known.status, other.status FROM call_status AS known, call_status AS other
    WHERE known.level > other.level
        AND hookswitch.merged_call_status(known.status, 0, other.status, 7) <> known.status$$,
    'calls: SequenceNumber never lets a status go back');

-- The sequence goes with the status.
SELECT is(hookswitch.merged_call_sequence(known, known_sequence, other, other_sequence), merged,
    format('sequence of %s/%s and %s/%s', known, known_sequence, other, other_sequence))
FROM (VALUES
    (NULL, NULL, NULL, NULL, NULL),
    (NULL, NULL, 'ringing', 1, 1),
    ('ringing', 1, NULL, NULL, 1),
    ('ringing', 1, 'ringing', NULL, 1),
    ('ringing', NULL, 'ringing', 1, 1),
    ('ringing', 1, 'in-progress', NULL, NULL),
    ('in-progress', NULL, 'ringing', 1, NULL),
    ('in-progress', 2, 'completed', 3, 3),
    ('completed', 3, 'in-progress', 2, 3),
    ('completed', 3, 'completed', 4, 4),
    ('completed', 4, 'completed', 3, 4),
    ('busy', 2, 'completed', 3, 3),
    ('completed', 3, 'busy', 2, 3),
    ('no-answer', NULL, 'busy', 0, 0)
) AS pair (known, known_sequence, other, other_sequence, merged);

-- Some by name, for whoever reads this as documentation.
SELECT is(hookswitch.merged_call_status(known, known_sequence, other, other_sequence), merged,
    format('call %s/%s and %s/%s', known, known_sequence, other, other_sequence))
FROM (VALUES
    ('completed', 3, 'ringing', 1, 'completed'),
    ('in-progress', NULL, 'ringing', 1, 'in-progress'),
    ('in-progress', 2, 'on-hold', 3, 'on-hold'),
    ('on-hold', 3, 'completed', 4, 'completed'),
    ('completed', NULL, 'on-hold', 9, 'completed'),
    ('in-progress', 2, NULL, 3, 'in-progress')
) AS pair (known, known_sequence, other, other_sequence, merged);

SELECT is(hookswitch.merged_message_status(known, other), merged,
    format('message %s and %s', known, other))
FROM (VALUES
    ('delivered', 'sent', 'delivered'),
    ('delivered', 'read', 'read'),
    ('read', 'delivered', 'read'),
    ('delivered', 'undelivered', 'delivered'),
    ('undelivered', 'delivered', 'undelivered'),
    ('failed', 'read', 'read'),
    ('receiving', 'received', 'received'),
    ('received', 'receiving', 'received'),
    ('sent', 'invalid', 'invalid'),
    ('invalid', 'failed', 'failed')
) AS pair (known, other, merged);

-- Every order of a call's webhooks: four callbacks, and the request for TwiML, without sequence.
CREATE FUNCTION pg_temp.outcomes(statuses text[], sequences integer[])
RETURNS TABLE (orders bigint, outcome text)
LANGUAGE sql AS $$
    WITH RECURSIVE step (done, status, sequence) AS (
        VALUES ('{}'::integer[], NULL::text, NULL::integer)
        UNION ALL
        SELECT
            done || next,
            hookswitch.merged_call_status(status, sequence, statuses[next], sequences[next]),
            hookswitch.merged_call_sequence(status, sequence, statuses[next], sequences[next])
        FROM step, generate_subscripts(statuses, 1) AS next
        WHERE next <> ALL (done)
    )
    SELECT count(*), status || '/' || coalesce(sequence::text, '-')
    FROM step
    WHERE cardinality(done) = cardinality(statuses)
    GROUP BY status, sequence
$$;

SELECT results_eq(
    format('SELECT * FROM pg_temp.outcomes(%L, %L)', statuses, sequences),
    format('VALUES (%s::bigint, %L)', orders, outcome),
    format('%s orders of %s', orders, statuses))
FROM (VALUES
    ('{initiated,ringing,in-progress,completed,in-progress}', '{0,1,2,3,NULL}', 120, 'completed/3'),
    ('{initiated,ringing,in-progress,in-progress}', '{0,1,2,NULL}', 24, 'in-progress/2'),
    ('{ringing,in-progress,completed,busy,no-answer,failed}', '{1,2,5,3,4,NULL}', 720,
        'completed/5'),
    ('{ringing,completed,completed,canceled}', '{NULL,NULL,3,2}', 24, 'completed/3'),
    ('{new-b,in-progress,new-a,new-b,ringing}', '{2,3,9,NULL,0}', 120, 'new-b/2'),
    ('{NULL,initiated,NULL}', '{NULL,0,NULL}', 6, 'initiated/0')
) AS permutation (statuses, sequences, orders, outcome);

-- Which call statuses are final.
SELECT results_eq(
    'SELECT status FROM call_status WHERE hookswitch.call_has_ended(status) ORDER BY 1',
    'SELECT status FROM call_status WHERE level = 9 ORDER BY 1', 'final statuses of a call');

SELECT is(hookswitch.communication_type(address), type, format('channel of %s', address))
FROM (VALUES
    ('+15551230001', 'sms'), ('12345', 'sms'), ('ACME', 'sms'),
    ('whatsapp:+15551230001', 'whatsapp'), ('rcs:acme_agent', 'rcs'),
    ('messenger:1234567', 'messenger'), (NULL, NULL)
) AS channel (address, type);

SELECT results_eq(
    $$SELECT
        hookswitch.param('{"a": "1"}', 'a'), hookswitch.param('{"a": ["1", "2"]}', 'a'),
        hookswitch.param('{"a": ""}', 'a'), hookswitch.param('{"a": []}', 'a'),
        hookswitch.param('{"a": "1"}', 'b'), hookswitch.param('{"a": ["", "2"]}', 'a')$$,
    $$VALUES ('1', '1', NULL, NULL, NULL, NULL)$$, 'parameters: the first, if it is not empty');

SELECT results_eq(
    $$SELECT name, hookswitch.appointment_id(name) FROM (VALUES
        ('apt-48-test-room'), ('apt-48'), ('apt-999999999999999999-x'),
        ('apt-9999999999999999999-x'), ('apt-x-48'),
        ('my-apt-48-x'), ('apt-48x'), ('apt--1'), (''), (NULL)) AS room (name)$$,
    $$VALUES ('apt-48-test-room', 48::bigint), ('apt-48', 48), ('apt-999999999999999999-x',
        999999999999999999), ('apt-9999999999999999999-x', NULL), ('apt-x-48', NULL),
        ('my-apt-48-x', NULL), ('apt-48x', NULL), ('apt--1', NULL), ('', NULL), (NULL, NULL)$$,
    'appointments: the number in the name of the room');

SELECT * FROM finish();
ROLLBACK;
