-- 09-channels.sql: channel.sql, and how a channel is found.

\ir begin.psql

SELECT plan(24);

-- Two spellings of one address.

SELECT results_eq(
    $$SELECT address, hookswitch.bare_address(address) FROM (VALUES
        (1, '+15551230001'), (2, 'whatsapp:+15551230001'), (3, ' WhatsApp: +15551230001 '),
        (4, 'rcs:brand_agent'), (5, 'messenger:123'), (6, '12345'), (7, 'Big Shop Ltd.'),
        (8, 'client:alice'), (9, 'sip:+1@example.com'), (10, ':+1'), (11, ''), (12, NULL)
    ) AS given (n, address) ORDER BY n$$,
    $$VALUES
        ('+15551230001', '+15551230001'), ('whatsapp:+15551230001', '+15551230001'),
        (' WhatsApp: +15551230001 ', '+15551230001'), ('rcs:brand_agent', 'brand_agent'),
        ('messenger:123', '123'), ('12345', '12345'), ('Big Shop Ltd.', 'Big Shop Ltd.'),
        ('client:alice', 'client:alice'), ('sip:+1@example.com', 'sip:+1@example.com'),
        (':+1', ':+1'), ('', ''), (NULL, NULL)$$,
    'an address without what its spelling adds');

-- A channel that the owner made is found, however either side spells it.

INSERT INTO hookswitch.channels (account_sid, address, communication_type, name) VALUES
    ('AC1', '+15551230001', NULL, 'sms'),
    ('AC1', ' +15551230001', 'WhatsApp', 'whatsapp without prefix'),
    ('AC1', 'whatsapp:+15551230002', 'whatsapp', 'whatsapp with prefix'),
    ('AC1', 'whatsapp:+15551230003', NULL, 'whatsapp by prefix'),
    ('AC1', '+15551230001', 'voice', 'voice'),
    ('AC1', 'sip:desk@example.com', 'voice', 'sip'),
    ('AC2', '+15551230001', 'sms', 'of another account');

SELECT results_eq(
    format(
        $$SELECT name FROM hookswitch.channels WHERE id = (
            SELECT id FROM hookswitch.channel_of('AC1', %L, %L)
        )$$,
        type, address
    ),
    ARRAY[name], format('%s of type %s', address, type))
FROM (VALUES
    ('sms', '+15551230001', 'sms'),
    ('whatsapp', 'whatsapp:+15551230001', 'whatsapp without prefix'),
    ('whatsapp', '+15551230001', 'whatsapp without prefix'),
    ('whatsapp', 'whatsapp:+15551230002', 'whatsapp with prefix'),
    ('whatsapp', '+15551230002', 'whatsapp with prefix'),
    ('whatsapp', 'whatsapp:+15551230003', 'whatsapp by prefix'),
    ('voice', '+15551230001', 'voice'),
    ('voice', 'sip:desk@example.com', 'sip')
) AS asked (type, address, name);
SELECT is_empty(
    format($$SELECT * FROM hookswitch.channel_of('AC1', %L, %L)$$, type, address),
    format('%s is no channel of type %s', address, type))
FROM (VALUES
    ('sms', '+15551230002'), ('sms', '+1555123000'), ('rcs', '+15551230001'),
    (NULL, '+15551230001'), ('sms', NULL)
) AS asked (type, address);

SELECT throws_ok(
    $$INSERT INTO hookswitch.channels (account_sid, address, communication_type)
    VALUES ('AC1', 'whatsapp:+15551230001', 'whatsapp')$$,
    '23505', NULL, 'two spellings are one channel');
SELECT throws_ok(
    format('UPDATE hookswitch.channels SET session_timeout = %L', timeout), '23514', NULL,
    'no session ends after ' || timeout)
FROM unnest(ARRAY['0', '-1 hour', '20 years']) AS timeout;

-- An unknown number gets a channel, each kind of traffic its own, and once.

DELETE FROM hookswitch.channels;

\ir request.psql
\set kind '''message'''
\set From '''+15551230009'''
\set To '''+15551230001'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql
\ir ../../sql/statements/channel.sql

\ir request.psql
\set kind '''message'''
\set From '''whatsapp:+15551230009'''
\set To '''whatsapp:+15551230001'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql

\ir request.psql
\set kind '''call'''
\set Direction '''inbound'''
\set From '''anonymous'''
\set To '''+15551230001'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql

-- An action that is the first we hear of a call.
\ir request.psql
\set kind '''call-action'''
\set Direction '''inbound'''
\set To '''+15551230002'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql

SELECT results_eq(
    $$SELECT account_sid, address, communication_type, name, session_timeout, language, quiet_from,
        quiet_until, time_zone
    FROM hookswitch.channels ORDER BY id$$,
    $$VALUES
        ('AC1', '+15551230001', 'sms', NULL, interval '24 hours', NULL, NULL::time, NULL::time,
            'UTC'),
        ('AC1', 'whatsapp:+15551230001', 'whatsapp', NULL, '24:00:00', NULL, NULL, NULL, 'UTC'),
        ('AC1', '+15551230001', 'voice', NULL, '24:00:00', NULL, NULL, NULL, 'UTC'),
        ('AC1', '+15551230002', 'voice', NULL, '24:00:00', NULL, NULL, NULL, 'UTC')$$,
    'what comes to an unknown number makes its channel');

-- What is there stays as it is, and no number is used up.

UPDATE hookswitch.channels SET name = 'Support', session_timeout = '1 hour';
CREATE TEMPORARY TABLE before AS
    SELECT *, ctid AS place, xmax AS locker FROM hookswitch.channels;
SELECT last_value AS last_channel FROM hookswitch.channels_id_seq \gset

\ir request.psql
\set kind '''message'''
\set From '''+15551230008'''
\set To '''+15551230001'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql
\ir request.psql
\set kind '''message'''
\set From '''whatsapp:+15551230008'''
\set To '''+15551230001'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql

SELECT set_eq('SELECT *, ctid AS place, xmax AS locker FROM hookswitch.channels',
    'SELECT * FROM before', 'a channel that is there is left alone');
SELECT is(last_value, :last_channel::bigint, 'no number is used up')
FROM hookswitch.channels_id_seq;

-- Where there is nothing to make a channel of, none is made, and nothing fails.

\ir request.psql
\set kind '''message'''
\set From '''+15551230009'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql

-- What Twilio would never send: long texts that cannot be compressed into an index.
\ir request.psql
\set kind '''message'''
\set From '''+15551230009'''
SELECT quote_literal('+' || string_agg(sha256(n::text::bytea)::text, '')) AS long
FROM generate_series(1, 200) AS n \gset
\set To :long
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql
\ir request.psql
\set kind '''message'''
SELECT quote_literal(:long || ':+15551230009') AS "From" \gset
\set To '''+15551230007'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql

-- A call that we placed, one to a name, one that our own application dialled: all to others.
\ir request.psql
\set kind '''call'''
\set Direction '''outbound-api'''
\set From '''+15551230001'''
\set To '''+15551230009'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql
\ir request.psql
\set kind '''call'''
\set Direction '''inbound'''
\set From '''+15551230009'''
\set To '''client:alice'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql
\ir request.psql
\set kind '''call'''
\set Direction '''inbound'''
\set From '''client:alice'''
\set To '''+15551230009'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql

-- A status says nothing of a number of ours.
\ir request.psql
\set kind '''message-status'''
\set From '''+15551230001'''
\set To '''+15551230009'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql

SELECT set_eq('SELECT *, ctid AS place, xmax AS locker FROM hookswitch.channels',
    'SELECT * FROM before', 'nothing else makes a channel');

-- Repeats, and other accounts.

\ir request.psql
\set kind '''message'''
\set From '''+15551230009'''
\set To '''+15551230003'''
\ir ../../sql/statements/event.sql
\ir earlier.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql
SELECT is_empty($$SELECT * FROM hookswitch.channel_of('AC1', 'sms', '+15551230003')$$,
    'a repeat makes no channel');

\ir request.psql
\set account_sid '''AC2'''
\set kind '''message'''
\set From '''+15551230009'''
\set To '''+15551230001'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/channel.sql
SELECT is(count(*), 1::bigint, 'a number of another account is another channel')
FROM hookswitch.channels WHERE account_sid = 'AC2';

SELECT * FROM finish();
ROLLBACK;
