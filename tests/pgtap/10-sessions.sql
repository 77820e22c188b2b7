-- 10-sessions.sql: session.sql and message_inbound.sql, in every order; and what views tell of it.

\ir begin.psql
\ir steps.psql

SELECT plan(29);

-- Who belongs together, with the default timeout of 24 hours: the name of a scenario says it.

INSERT INTO steps (scenario, number, action, at, sid) VALUES
    -- The second joins the first and the third.
    ('SM1 SM2 SM3, SM4', 1, 'message', '0 hours', 'SM1'),
    ('SM1 SM2 SM3, SM4', 2, 'message', '20 hours', 'SM2'),
    ('SM1 SM2 SM3, SM4', 3, 'message', '40 hours', 'SM3'),
    ('SM1 SM2 SM3, SM4', 4, 'message', '90 hours', 'SM4'),
    -- To the second.
    ('SM1 SM2, SM3', 1, 'message', '0 hours', 'SM1'),
    ('SM1 SM2, SM3', 2, 'message', '24:00:00', 'SM2'),
    ('SM1 SM2, SM3', 3, 'message', '48:00:01', 'SM3'),
    -- At the same moment.
    ('SM1 SM2 SM3', 1, 'message', '0 hours', 'SM1'),
    ('SM1 SM2 SM3', 2, 'message', '0 hours', 'SM2'),
    ('SM1 SM2 SM3', 3, 'message', '0 hours', 'SM3'),
    -- One that comes twice, the second time with an earlier time, which alone counts.
    ('SM1 SM2, SM4', 1, 'message', '0 hours', 'SM1'),
    ('SM1 SM2, SM4', 2, 'message', '30 hours', 'SM2'),
    ('SM1 SM2, SM4', 3, 'message', '20 hours', 'SM2'),
    ('SM1 SM2, SM4', 4, 'message', '50 hours', 'SM4');
INSERT INTO steps (scenario, number, action, at, sid, after) VALUES
    -- Closed between the second and the third.
    ('SM1 SM2, SM3 SM4', 1, 'message', '0 hours', 'SM1', NULL),
    ('SM1 SM2, SM3 SM4', 2, 'message', '10 hours', 'SM2', NULL),
    ('SM1 SM2, SM3 SM4', 3, 'message', '20 hours', 'SM3', NULL),
    ('SM1 SM2, SM3 SM4', 4, 'message', '40 hours', 'SM4', NULL),
    ('SM1 SM2, SM3 SM4', 5, 'close', '15 hours', 'SM1', 1),
    -- At the very moment of the second.
    ('SM1, SM2 SM3', 1, 'message', '0 hours', 'SM1', NULL),
    ('SM1, SM2 SM3', 2, 'message', '15 hours', 'SM2', NULL),
    ('SM1, SM2 SM3', 3, 'message', '20 hours', 'SM3', NULL),
    ('SM1, SM2 SM3', 4, 'close', '15 hours', 'SM1', 1);
INSERT INTO steps (scenario, number, action, at, sid, sender, recipient, after) VALUES
    -- One that comes twice, to other numbers of ours: it joins those of the greater number, and no
    -- longer the others.
    ('SM1, SM2 SM4, SM3', 1, 'message', '0 hours', 'SM1', '+15551230009', '+15551230001', NULL),
    ('SM1, SM2 SM4, SM3', 2, 'message', '20 hours', 'SM2', '+15551230009', '+15551230001', 1),
    ('SM1, SM2 SM4, SM3', 3, 'message', '30 hours', 'SM2', '+15551230009', '+15551230002', 1),
    ('SM1, SM2 SM4, SM3', 4, 'message', '40 hours', 'SM3', '+15551230009', '+15551230001', 1),
    ('SM1, SM2 SM4, SM3', 5, 'message', '44 hours', 'SM4', '+15551230009', '+15551230002', 1);
INSERT INTO steps (scenario, number, action, at, sid, sender, recipient) VALUES
    -- From another contact; a session of which it was all is gone.
    ('SM1', 1, 'message', '0 hours', 'SM1', '+15551230009', '+15551230001'),
    ('SM1', 2, 'message', '1 hour', 'SM1', '+15551230008', '+15551230001'),
    ('SM1', 3, 'message', '2 hours', 'SM1', NULL, NULL),
    -- Contacts, numbers and kinds of channels are apart.
    ('SM1, SM2, SM3, SM4', 1, 'message', '0 hours', 'SM1', '+15551230008', '+15551230001'),
    ('SM1, SM2, SM3, SM4', 2, 'message', '0 hours', 'SM2', '+15551230009', '+15551230001'),
    ('SM1, SM2, SM3, SM4', 3, 'message', '0 hours', 'SM3', '+15551230009', '+15551230002'),
    ('SM1, SM2, SM3, SM4', 4, 'message', '0 hours', 'SM4', 'whatsapp:+15551230009',
        'whatsapp:+15551230001');

\ir make-orders.psql
SELECT count(*) AS n_orders FROM orders \gset
SELECT is(:n_orders, 24 + 6 + 6 + 24 + 60 + 12 + 24 + 6 + 24, 'so many orders');
\set next_order 1
\ir orders.psql

CREATE TEMPORARY VIEW told AS
SELECT
    account_sid,
    split_part(account_sid, '-', 1) AS scenario,
    string_agg(sids, ', ' ORDER BY started_at, sids) AS sessions,
    array_agg(started_at ORDER BY started_at, sids) AS starts,
    array_agg(closed_at ORDER BY started_at, sids) AS closings
FROM (
    SELECT
        session.account_sid,
        session.started_at,
        session.closed_at,
        string_agg(message.sid, ' ' ORDER BY message.received_at, message.sid) AS sids
    FROM hookswitch.sessions AS session
    LEFT JOIN hookswitch.messages AS message ON message.session_id = session.id
    GROUP BY session.id
) AS session
GROUP BY account_sid;

SELECT is_empty(
    format('SELECT * FROM told WHERE scenario = %L AND sessions IS DISTINCT FROM scenario',
        scenario),
    'every order: ' || scenario)
FROM (SELECT DISTINCT scenario FROM steps) AS every ORDER BY scenario;
SELECT is(count(*), :n_orders::bigint, 'every order has made sessions') FROM told;
SELECT is_empty(
    $$SELECT scenario FROM told GROUP BY scenario
    HAVING count(DISTINCT starts) <> 1 OR count(DISTINCT closings) <> 1$$,
    'and they begin and are closed at the same times');
SELECT is_empty(
    $$SELECT * FROM hookswitch.sessions AS session WHERE started_at <> (
        SELECT min(received_at) FROM hookswitch.messages WHERE session_id = session.id
    )$$,
    'a session begins with its first message');
SELECT is_empty(
    $$SELECT message.* FROM hookswitch.messages AS message
    JOIN hookswitch.sessions AS session ON session.id = message.session_id
    WHERE (message.account_sid, message.channel_id, message.from_address)
            IS DISTINCT FROM (session.account_sid, session.channel_id, session.contact_address)
        AND session.account_sid NOT LIKE 'SM1-%' AND session.account_sid NOT LIKE '%SM2 SM4,%'$$,
    'a message''s session is of its account, its channel and its contact');
SELECT results_eq(
    $$SELECT DISTINCT contact_address, session.started_at
    FROM hookswitch.sessions AS session WHERE account_sid LIKE 'SM1-%'$$,
    $$VALUES ('+15551230009', timestamptz '2025-10-01 00:00:00+00')$$,
    'of two contacts of one message the greater one counts');

-- The timeout is the channel's, and asked of the channel as it is now.

INSERT INTO hookswitch.channels (account_sid, address, session_timeout)
VALUES ('AC1', '+15551230001', '1 hour');

\ir request.psql
\set kind '''message'''
\set MessageSid '''SM1'''
\set From '''+15551230009'''
\set To '''+15551230001'''
\set received_at '''2025-10-08 12:00:00+00'''
\ir inbound.psql

\set MessageSid '''SM2'''
\set received_at '''2025-10-08 13:30:00+00'''
\ir inbound.psql
UPDATE hookswitch.channels SET session_timeout = '2 hours' WHERE account_sid = 'AC1';
\set MessageSid '''SM3'''
\set received_at '''2025-10-08 15:00:00+00'''
\ir inbound.psql
SELECT is(sessions, 'SM1, SM2 SM3', 'a timeout counts from when it is set')
FROM told WHERE account_sid = 'AC1';

-- One that an application opened and nobody has written in yet; it is not given up for another.

INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at)
SELECT 'AC1', id, '+15551230008', timestamptz '2025-10-08 12:00:00+00'
FROM hookswitch.channels WHERE account_sid = 'AC1';
\set From '''+15551230008'''
\set MessageSid '''SM4'''
\set received_at '''2025-10-08 16:00:00+00'''
\ir inbound.psql
\set MessageSid '''SM5'''
\set received_at '''2025-10-08 14:00:00+00'''
\ir inbound.psql
SELECT results_eq(
    $$SELECT starts, sessions FROM told WHERE account_sid = 'AC1'$$,
    $$VALUES (ARRAY[timestamptz '2025-10-08 12:00:00+00', '2025-10-08 12:00:00+00',
        '2025-10-08 13:30:00+00'], 'SM1, SM5 SM4, SM2 SM3')$$,
    'who answers in time to a session that was opened is in it');

-- An application that opens a session again that it has closed.

CREATE TEMPORARY TABLE before AS
SELECT sid, session_id FROM hookswitch.messages WHERE account_sid = 'AC1';
UPDATE hookswitch.sessions SET closed_at = '2025-10-08 15:00:00+00'
WHERE id = (SELECT session_id FROM hookswitch.messages WHERE sid = 'SM4' AND account_sid = 'AC1');
SELECT is(sessions, 'SM1, SM5, SM2 SM3, SM4', 'what came after the closing is in another session')
FROM told WHERE account_sid = 'AC1';
UPDATE hookswitch.sessions SET closed_at = NULL
WHERE id = (SELECT session_id FROM hookswitch.messages WHERE sid = 'SM5' AND account_sid = 'AC1');
SELECT set_eq($$SELECT sid, session_id FROM hookswitch.messages WHERE account_sid = 'AC1'$$,
    'SELECT * FROM before', 'and goes back when that is taken back');

-- Nothing to open a session with, or a contact that no index takes.

\ir request.psql
\set kind '''message'''
\set To '''+15551230001'''
\set MessageSid '''SM6'''
\ir inbound.psql
SELECT quote_literal(string_agg(sha256(n::text::bytea)::text, '')) AS "From"
FROM generate_series(1, 200) AS n \gset
\set MessageSid '''SM7'''
\ir inbound.psql
SELECT quote_literal(:From || ':+1') AS "From" \gset
\set MessageSid '''SM8'''
\ir inbound.psql
SELECT results_eq(
    $$SELECT message.sid, channel.address, session_id FROM hookswitch.messages AS message
    LEFT JOIN hookswitch.channels AS channel ON channel.id = channel_id
    WHERE message.account_sid = 'AC1' AND message.sid > 'SM5' ORDER BY 1$$,
    $$VALUES ('SM6', '+15551230001', NULL::bigint), ('SM7', '+15551230001', NULL),
        ('SM8', NULL, NULL)$$,
    'a message is stored without a session where there can be none');

-- Times at the ends of what Twilio can write.

UPDATE hookswitch.channels SET session_timeout = '10 years' WHERE account_sid = 'AC1';
\ir request.psql
\set kind '''message'''
\set From '''+15551230007'''
\set To '''+15551230001'''
\set MessageSid '''SM0'''
\set Timestamp '''0001-01-01 00:00:00+14'''
\ir inbound.psql
\set MessageSid '''SM9'''
\set Timestamp '''9999-12-31 23:59:59-14'''
\ir inbound.psql
SELECT is(count(DISTINCT session_id), 2::bigint, 'no time is too far away')
FROM hookswitch.messages WHERE sid IN ('SM0', 'SM9') AND account_sid = 'AC1';
UPDATE hookswitch.channels SET session_timeout = '2 hours' WHERE account_sid = 'AC1';

-- A message that only joins a session changes none, and neither does a repeat.

\ir request.psql
\set kind '''message'''
\set From '''+15551230009'''
\set To '''+15551230001'''
\set MessageSid '''SM10'''
\set received_at '''2025-10-08 15:30:00+00'''
CREATE TEMPORARY TABLE before_sessions AS
SELECT *, ctid AS place, xmax AS locker FROM hookswitch.sessions;
SELECT last_value AS last_session FROM hookswitch.sessions_id_seq \gset
\ir inbound.psql
SELECT set_eq('SELECT *, ctid AS place, xmax AS locker FROM hookswitch.sessions',
    'SELECT * FROM before_sessions', 'joining a session does not touch it');
SELECT is(last_value, :last_session::bigint, 'no number is used up')
FROM hookswitch.sessions_id_seq;

\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir earlier.psql
\set MessageSid '''SM11'''
\set received_at '''2025-10-08 20:00:00+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
SELECT set_eq('SELECT *, ctid AS place, xmax AS locker FROM hookswitch.sessions',
    'SELECT * FROM before_sessions', 'a repeat opens no session');

-- What was said, by both sides: what we wrote belongs to the session that was open at the time.

\ir request.psql
\set endpoint '''status'''
\set kind '''message-status'''
\set From '''+15551230001'''
\set To '''+15551230009'''
\set MessageStatus '''sent'''
\set MessageSid '''SM20'''
\set received_at '''2025-10-08 11:59:59+00'''
\ir outbound.psql
\set MessageSid '''SM21'''
\set received_at '''2025-10-08 12:00:00+00'''
\ir outbound.psql
\set MessageSid '''SM22'''
\set received_at '''2025-10-08 13:30:00+00'''
\ir outbound.psql
\set MessageSid '''SM23'''
\set received_at '''2025-10-08 17:29:59+00'''
\ir outbound.psql
\set MessageSid '''SM24'''
\set received_at '''2025-10-08 17:30:00+00'''
\ir outbound.psql
-- From another number of ours, to another contact, of another account.
\set received_at '''2025-10-08 14:00:00+00'''
\set MessageSid '''SM25'''
\set From '''+15551230002'''
\ir outbound.psql
\set MessageSid '''SM26'''
\set From '''+15551230001'''
\set To '''+15551230006'''
\ir outbound.psql
\set MessageSid '''SM27'''
\set To '''+15551230009'''
\set account_sid '''AC2'''
\ir outbound.psql

CREATE FUNCTION pg_temp.session_of(message text) RETURNS bigint LANGUAGE sql
RETURN (SELECT session_id FROM hookswitch.messages WHERE sid = message AND account_sid = 'AC1');

SELECT results_eq(
    $$SELECT sid, direction, status, created_at FROM hookswitch.session_messages
    WHERE session_id = pg_temp.session_of('SM1') ORDER BY created_at, sid$$,
    $$VALUES ('SM1', 'inbound', 'received', timestamptz '2025-10-08 12:00:00+00'),
        ('SM21', 'outbound', 'sent', '2025-10-08 12:00:00+00')$$,
    'what was said in a session');
SELECT results_eq(
    $$SELECT sid, account_sid, from_address, to_address, contact_address
    FROM hookswitch.session_messages
    WHERE session_id = pg_temp.session_of('SM2') ORDER BY created_at, sid$$,
    $$VALUES ('SM2', 'AC1', '+15551230009', '+15551230001', '+15551230009'),
        ('SM22', 'AC1', '+15551230001', '+15551230009', '+15551230009'),
        ('SM3', 'AC1', '+15551230009', '+15551230001', '+15551230009'),
        ('SM10', 'AC1', '+15551230009', '+15551230001', '+15551230009'),
        ('SM23', 'AC1', '+15551230001', '+15551230009', '+15551230009')$$,
    'and in the next one of the same contact');
SELECT results_eq(
    $$SELECT state, started_at, closed_at, ends_at, last_received_at, last_message_at, received,
        sent
    FROM hookswitch.session_overview WHERE id = pg_temp.session_of('SM2')$$,
    $$VALUES ('timed out', timestamptz '2025-10-08 13:30:00+00', NULL::timestamptz,
        timestamptz '2025-10-08 17:30:00+00', timestamptz '2025-10-08 15:30:00+00',
        timestamptz '2025-10-08 17:29:59+00', 3::bigint, 2::bigint)$$,
    'how a session stands');
UPDATE hookswitch.sessions SET closed_at = '2025-10-08 17:00:00+00'
WHERE id = pg_temp.session_of('SM2');
SELECT results_eq(
    $$SELECT state, ends_at, sent FROM hookswitch.session_overview
    WHERE id = pg_temp.session_of('SM2')$$,
    $$VALUES ('closed', timestamptz '2025-10-08 17:00:00+00', 1::bigint)$$,
    'a closed one ends there');

-- Open sessions: heard of in time, opened by an application, closed only later; not the others.

\ir request.psql
\set account_sid '''AC1'''
\set kind '''message'''
\set To '''+15551230001'''
\set From '''+15551231001'''
\set Body '''first'''
\set MessageSid '''SM30'''
SELECT quote_literal(now() - interval '119 minutes') AS received_at \gset
\ir inbound.psql
\set Body '''second'''
\set MessageSid '''SM31'''
SELECT quote_literal(now() - interval '118 minutes') AS received_at \gset
\ir inbound.psql
\set From '''+15551231002'''
\set MessageSid '''SM32'''
SELECT quote_literal(now() - interval '121 minutes') AS received_at \gset
\ir inbound.psql
\set From '''+15551231003'''
\set MessageSid '''SM33'''
SELECT quote_literal(now() - interval '5 minutes') AS received_at \gset
\ir inbound.psql
UPDATE hookswitch.sessions SET closed_at = now() WHERE id = pg_temp.session_of('SM33');
\set From '''+15551231004'''
\set MessageSid '''SM34'''
\ir inbound.psql
UPDATE hookswitch.sessions SET closed_at = now() + interval '1 hour'
WHERE id = pg_temp.session_of('SM34');
INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address)
SELECT 'AC1', id, '+15551231005' FROM hookswitch.channels
WHERE account_sid = 'AC1' AND communication_type IS NULL;
SELECT results_eq(
    $$SELECT contact_address, last_body, received FROM hookswitch.open_sessions
    WHERE account_sid = 'AC1' AND contact_address LIKE '+1555123100_' ORDER BY contact_address$$,
    $$VALUES ('+15551231001', 'second', 2::bigint), ('+15551231004', 'second', 1),
        ('+15551231005', NULL, 0)$$,
    'the sessions that are open');

SELECT * FROM finish();
ROLLBACK;
