-- 12-replies.sql: what messages and calls are answered with.

\ir begin.psql

SELECT plan(136);

-- Channels: one of which nothing is said, one in German, one with quiet hours across midnight.

INSERT INTO hookswitch.channels (account_sid, address, communication_type, language) VALUES
    ('AC1', '+1', 'sms', NULL),
    ('AC1', '+2', 'sms', 'de'),
    ('AC1', '+3', 'sms', NULL),
    ('AC1', '+1', 'whatsapp', NULL),
    ('AC1', '+1', 'voice', NULL),
    ('AC1', '+3', 'voice', NULL),
    ('AC2', '+1', 'sms', NULL);
UPDATE hookswitch.channels
SET quiet_from = '22:00', quiet_until = '07:30', time_zone = 'Europe/Berlin'
WHERE address = '+3';

CREATE FUNCTION pg_temp.channel(wanted text, account text DEFAULT 'AC1') RETURNS bigint LANGUAGE sql
RETURN (
    SELECT id FROM hookswitch.channels
    WHERE hookswitch.channel_name(id) = wanted AND account_sid = account
);

-- The reply as text: general replies with a star, none as NULL. The same whether somebody only asks,
-- or a message has come in, or has come in again.
CREATE SEQUENCE pg_temp.messages;
CREATE FUNCTION pg_temp.reply(
    recipient text, body text, opt_out text DEFAULT NULL, opt_out_type text DEFAULT NULL,
    moment timestamptz DEFAULT '2025-10-08 12:00:00+00', sender text DEFAULT '+9',
    account text DEFAULT 'AC1'
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text := 'SM' || nextval('pg_temp.messages');
    asked record;
    received record;
BEGIN
    SELECT * INTO asked
    FROM hookswitch.message_reply(
        account, sender, recipient, body, opt_out, opt_out_type, moment
    );
    FOR again IN 0 .. 1 LOOP
        INSERT INTO hookswitch.webhook_events (
            event_key, account_sid, endpoint, received_at, occurred_at, params, source, xid
        )
        VALUES (
            sha256((message || again)::bytea), account, 'sms', moment, moment, '{}', 'webhook',
            -- The second time it is one that another transaction has written.
            CASE again WHEN 0 THEN pg_current_xact_id() ELSE '1'::xid8 END
        );
        SELECT * INTO received
        FROM hookswitch.receive_message(
            sha256((message || again)::bytea), account, false, message, sender, recipient, body,
            0, 1, NULL, NULL, NULL, NULL, opt_out, opt_out_type, moment
        );
        IF received IS DISTINCT FROM asked THEN
            RETURN format('%s is answered with %s', asked, received);
        END IF;
    END LOOP;
    RETURN asked.twiml || CASE WHEN asked.is_general THEN '*' ELSE '' END;
END
$$;

-- Nothing is configured: a file answers; but not whoever stops, or asks for what only we could say.

SELECT is(pg_temp.reply('+1', 'hello'), NULL, 'nothing configured: no reply');
SELECT is(pg_temp.reply('+404', 'hello'), NULL, 'a number without a channel: no reply');
SELECT is(pg_temp.reply(NULL, 'hello', sender => NULL), NULL, 'nobody to answer: no reply');
SELECT is(pg_temp.reply('+1', NULL), NULL, 'no text: no reply');
SELECT is(pg_temp.reply('+1', 'x', opt_out), '<Response/>', 'nothing is said to ' || opt_out)
FROM unnest(ARRAY['STOP', 'START', 'HELP']) AS opt_out;
SELECT is(pg_temp.reply('+1', 'x', sender => '+2'), '<Response/>',
    'nothing configured: nothing is said to our own number');
INSERT INTO hookswitch.opt_outs (contact_address, channel_id, account_sid, stopped_at)
VALUES ('+8', pg_temp.channel('sms:+1'), 'AC1', now());
SELECT is(pg_temp.reply('+1', 'x', sender => '+8'), '<Response/>',
    'nothing configured: nothing is said to who has said STOP');
SELECT is(pg_temp.reply('+2', 'x', sender => '+8'), NULL, 'but to another number of ours');
DELETE FROM hookswitch.opt_outs;

-- The more specific place wins, the language of the channel over none.

INSERT INTO hookswitch.auto_replies (account_sid, twiml) VALUES ('AC1', 'account');
SELECT is(pg_temp.reply('+1', 'hello'), 'account*', 'the account''s reply');
SELECT is(pg_temp.reply('+404', 'hello'), 'account*', 'also for a number without a channel');
SELECT is(pg_temp.reply('+1', 'hello', account => 'AC2'), NULL, 'not for another account');
INSERT INTO hookswitch.auto_replies (account_sid, communication_type, twiml)
VALUES ('AC1', 'SMS', 'sms');
SELECT is(pg_temp.reply('+1', 'hello'), 'sms*', 'that of the type comes first');
SELECT is(pg_temp.reply('whatsapp:+1', 'hello', sender => 'whatsapp:+9'), 'account*',
    'another type is not asked');
INSERT INTO hookswitch.auto_replies (account_sid, channel_id, twiml)
VALUES ('AC1', pg_temp.channel('sms:+1'), 'channel');
SELECT is(pg_temp.reply('+1', 'hello'), 'channel*', 'that of the channel comes first');
SELECT is(pg_temp.reply('+2', 'hello'), 'sms*', 'another channel is not asked');
UPDATE hookswitch.auto_replies SET is_active = false WHERE twiml = 'channel';
SELECT is(pg_temp.reply('+1', 'hello'), 'sms*', 'what is not active does not answer');
UPDATE hookswitch.auto_replies SET is_active = true WHERE twiml = 'channel';

INSERT INTO hookswitch.auto_replies (account_sid, communication_type, language, twiml) VALUES
    ('AC1', 'sms', 'DE ', 'sms de'), ('AC1', 'sms', 'fr', 'sms fr');
SELECT is(pg_temp.reply('+2', 'hello'), 'sms de*', 'that of the channel''s language comes first');
SELECT is(pg_temp.reply('+3', 'hello'), 'sms*', 'another language is not spoken');
INSERT INTO hookswitch.auto_replies (account_sid, channel_id, twiml)
VALUES ('AC1', pg_temp.channel('sms:+2'), 'channel 2');
SELECT is(pg_temp.reply('+2', 'hello'), 'channel 2*', 'the place counts more than the language');

-- Keywords: the whole text, then its first word; in any letters and with blanks around it.

INSERT INTO hookswitch.auto_replies (account_sid, keyword, twiml) VALUES
    ('AC1', 'Hours', 'hours'),
    ('AC1', 'hours today', 'hours today'),
    ('AC1', 'Öffnungszeiten', 'umlaut');
INSERT INTO hookswitch.auto_replies (account_sid, channel_id, keyword, twiml)
VALUES ('AC1', pg_temp.channel('sms:+1'), 'today', 'channel today');
SELECT is(pg_temp.reply('+1', body), reply, format('%s to %s', reply, to_json(body)))
FROM (VALUES
    ('hours', 'hours'), ('HOURS', 'hours'), (E' \t\r\nhours\u00A0 \f', 'hours'),
    ('hours please', 'hours'), (E'hours\nplease', 'hours'), ('Hours Today', 'hours today'),
    ('hours  today', 'hours'), ('hours today please', 'hours'), ('my hours', 'channel*'),
    ('hours?', 'channel*'), ('hour', 'channel*'), ('öffnungszeiten', 'umlaut'),
    ('today', 'channel today'), ('', 'channel*'), (NULL, 'channel*'), (' ', 'channel*')
) AS said (body, reply);
INSERT INTO hookswitch.auto_replies (account_sid, channel_id, keyword, twiml)
VALUES ('AC1', pg_temp.channel('sms:+1'), 'hours', 'channel hours');
SELECT is(pg_temp.reply('+1', 'hours'), 'channel hours', 'of two keywords that of the channel');
SELECT is(pg_temp.reply('+1', 'hours today'), 'hours today', 'the whole text counts more than that');

-- Keywords are texts, whatever is in them.

INSERT INTO hookswitch.auto_replies (account_sid, keyword, twiml)
SELECT 'AC1', keyword, 'said ' || keyword
FROM unnest(ARRAY[
    'it''s', '"quoted"', '<Say>', '&amp;', '100%', '%', '_', 'a\b', '.*', '^$', '[a-z]', '(',
    '{Body}', '$1', '''; DROP TABLE hookswitch.calls; --', '?', '👍'
]) AS keyword;
SELECT is(pg_temp.reply('+1', keyword), 'said ' || keyword, 'keyword ' || keyword)
FROM hookswitch.auto_replies WHERE twiml LIKE 'said %' ORDER BY keyword;
SELECT is(pg_temp.reply('+1', body), 'channel*', 'no keyword: ' || body)
FROM unnest(ARRAY['1000', 'x', 'abc', 'a', 'ab', '👍🏽', '<say/>']) AS body;
SELECT is(pg_temp.reply('+1', repeat('hours ', 50000)), 'channel hours', 'a long text has a first word');
SELECT is(pg_temp.reply('+1', repeat('x', 250000)), 'channel*', 'or is one');

-- STOP, START and HELP. What other words mean the same is for the endpoint to know.

SELECT is(pg_temp.reply('+1', 'x', opt_out), '<Response/>', 'no general reply to ' || opt_out)
FROM unnest(ARRAY['STOP', 'START', 'HELP']) AS opt_out;
INSERT INTO hookswitch.auto_replies (account_sid, keyword, twiml) VALUES
    ('AC1', 'stop', 'stopped'), ('AC1', 'START', 'started'), ('AC1', 'Help', 'helped'),
    ('AC1', 'info', 'informed');
SELECT is(pg_temp.reply('+1', 'x', 'STOP'), '<Response/>', 'never a reply to STOP');
SELECT is(pg_temp.reply('+1', 'unstop', 'START'), 'started', 'a reply to START');
SELECT is(pg_temp.reply('+1', 'info', 'HELP'), 'helped', 'a reply to HELP, whichever word it was');
SELECT is(pg_temp.reply('+1', 'info'), 'informed', 'which is a keyword like any other without');
SELECT is(pg_temp.reply('+1', 'x', opt_out, opt_out), '<Response/>',
    'Twilio itself has answered ' || opt_out)
FROM unnest(ARRAY['STOP', 'START', 'HELP']) AS opt_out;
SELECT is(pg_temp.reply('+1', 'hours', NULL, 'UNKNOWN'), 'channel hours',
    'a word of Twilio''s that means none of them');

INSERT INTO hookswitch.opt_outs (contact_address, channel_id, account_sid, stopped_at, started_at)
VALUES
    ('+9', pg_temp.channel('sms:+1'), 'AC1', '2025-10-08 11:00:00+00', NULL),
    ('+9', pg_temp.channel('sms:+2'), 'AC1', '2025-10-08 11:00:00+00', '2025-10-08 11:30:00+00');
SELECT is(pg_temp.reply('+1', body), '<Response/>', 'who opted out gets no reply to ' || body)
FROM unnest(ARRAY['hello', 'hours']) AS body;
SELECT is(pg_temp.reply('+1', 'x', 'START'), '<Response/>', 'nor to a START of before');
SELECT is(pg_temp.reply('+1', 'help', 'HELP'), 'helped', 'but to HELP');
SELECT is(pg_temp.reply('+1', 'hello', sender => '+8'), 'channel*', 'others do');
SELECT is(pg_temp.reply('+2', 'hello'), 'channel 2*', 'and who has opted in again');
SELECT is(pg_temp.reply('whatsapp:+1', 'hello', sender => 'whatsapp:+9'), 'account*',
    'and on another channel');
DELETE FROM hookswitch.opt_outs;

-- Two numbers of ours would answer each other for ever; the same of another type is somebody's.

SELECT is(pg_temp.reply('+1', 'hello', sender => '+2'), '<Response/>', 'nothing to ourselves');
SELECT is(pg_temp.reply('+1', 'hello', sender => '+2', account => 'AC2'), NULL,
    'another account has other numbers');

-- Quiet hours, 22:00 to 07:30 in Berlin, where it is two hours later than UTC in October.

SELECT is(pg_temp.reply('+3', 'hello', moment => moment), reply, format('%s at %s', reply, moment))
FROM (VALUES
    (timestamptz '2025-10-08 19:59:59+00', 'sms*'), ('2025-10-08 20:00:00+00', '<Response/>*'),
    ('2025-10-08 23:00:00+00', '<Response/>*'), ('2025-10-09 05:29:59+00', '<Response/>*'),
    ('2025-10-09 05:30:00+00', 'sms*'),
    -- In winter it is one.
    ('2025-12-08 20:30:00+00', 'sms*'), ('2025-12-08 21:00:00+00', '<Response/>*')
) AS asked (moment, reply);
INSERT INTO hookswitch.auto_replies (account_sid, quiet, twiml) VALUES ('AC1', true, 'at night');
SELECT is(pg_temp.reply('+3', body, moment => moment), reply, format('%s at %s', body, moment))
FROM (VALUES
    ('hello', timestamptz '2025-10-08 23:00:00+00', 'at night*'),
    ('hours', '2025-10-08 23:00:00+00', 'at night*'),
    ('hours', '2025-10-08 12:00:00+00', 'hours'),
    ('hello', '2025-10-08 12:00:00+00', 'sms*')
) AS said (body, moment, reply);
SELECT is(pg_temp.reply('+3', 'x', 'HELP', moment => '2025-10-08 23:00:00+00'), '<Response/>',
    'nothing for HELP at night');
SELECT is(pg_temp.reply('+1', 'hello', moment => '2025-10-08 23:00:00+00'), 'channel*',
    'a channel without quiet hours has none');
DELETE FROM hookswitch.auto_replies WHERE NOT quiet;
SELECT is(pg_temp.reply('+3', 'hello'), NULL, 'with a reply for the night only a file answers by day');
DELETE FROM hookswitch.auto_replies;
SELECT is(pg_temp.reply('+3', 'hello', moment => '2025-10-08 23:00:00+00'), '<Response/>*',
    'no reply file answers in quiet hours');

SELECT is(hookswitch.is_quiet(quiet_from, quiet_until, zone, '2025-10-08 12:00:00+00'), quiet,
    format('from %s until %s in %s', quiet_from, quiet_until, zone))
FROM (VALUES
    (time '11:00', time '13:00', 'UTC', true), ('12:00', '13:00', 'UTC', true),
    ('11:00', '12:00', 'UTC', false), ('11:00', '13:00', 'Mars/Olympus', true),
    ('13:00', '14:30', 'Mars/Olympus', false), ('11:00', '13:00', '', true),
    ('17:00', '18:00', 'Asia/Kolkata', true), ('00:00', '24:00', 'UTC', true),
    ('12:00', '12:00', 'UTC', false), ('12:00', NULL, 'UTC', false), (NULL, '12:00', 'UTC', false)
) AS hours (quiet_from, quiet_until, zone, quiet);

-- Calls: the campaign's script, then the channel's; only when the call first asks.

CREATE FUNCTION pg_temp.call_reply(
    recipient text, campaign text DEFAULT NULL, params jsonb DEFAULT '{"CallSid": "CA1"}',
    moment timestamptz DEFAULT '2025-10-08 12:00:00+00', account text DEFAULT 'AC1'
) RETURNS text LANGUAGE sql AS $$
    SELECT twiml || CASE WHEN is_general THEN '*' ELSE '' END
    FROM hookswitch.call_reply(account, recipient, campaign, params, moment)
$$;

SELECT is(pg_temp.call_reply('+1', 'c1'), NULL, 'calls: nothing configured, no reply');
INSERT INTO hookswitch.auto_replies (account_sid, twiml) VALUES ('AC1', '<Message/>');
INSERT INTO hookswitch.auto_replies (account_sid, communication_type, keyword, twiml)
VALUES ('AC1', 'voice', 'hello', 'keyword');
SELECT is(pg_temp.call_reply('+1'), NULL, 'calls: what answers messages does not answer calls');
INSERT INTO hookswitch.auto_replies (account_sid, communication_type, quiet, twiml)
VALUES ('AC1', 'voice', false, 'voice');
INSERT INTO hookswitch.auto_replies (account_sid, channel_id, twiml)
VALUES ('AC1', pg_temp.channel('voice:+1'), 'desk');
INSERT INTO hookswitch.campaigns (id, account_sid, voice_twiml) VALUES
    ('c1', 'AC1', 'script'), ('c2', NULL, 'script of all'), ('c3', 'AC2', 'script of another'),
    ('c4', 'AC1', NULL), ('c5', 'AC1', ' ');
SELECT is(pg_temp.call_reply(recipient, campaign), reply,
    format('calls: %s to %s for %s', reply, recipient, campaign))
FROM (VALUES
    ('+1', NULL, 'desk*'), ('+2', NULL, 'voice*'), (NULL, NULL, 'voice*'), ('+1', 'c1', 'script*'),
    ('+1', 'c2', 'script of all*'), ('+1', 'c3', 'desk*'), ('+1', 'c4', 'desk*'),
    ('+1', 'c5', 'desk*'), ('+1', 'c404', 'desk*')
) AS asked (recipient, campaign, reply);
SELECT is(pg_temp.call_reply('+3', moment => '2025-10-08 23:00:00+00'), NULL,
    'calls: a file answers in quiet hours');
INSERT INTO hookswitch.auto_replies (account_sid, communication_type, quiet, twiml)
VALUES ('AC1', 'voice', true, 'at night');
SELECT is(pg_temp.call_reply('+3', moment => '2025-10-08 23:00:00+00'), 'at night*',
    'calls: or the reply for the night');
SELECT is(pg_temp.call_reply('+1', campaign, jsonb_build_object(name, '')), NULL,
    format('calls: a request with %s is not the first', name))
FROM unnest(ARRAY['DialCallStatus', 'DialCallSid', 'RecordingUrl', 'Digits', 'SpeechResult'])
    AS name
CROSS JOIN (VALUES ('c1')) AS asked (campaign);

-- What an owner may not write, and what goes with a channel.

SELECT throws_ok(
    format('INSERT INTO hookswitch.auto_replies (account_sid, %s, twiml) VALUES (''AC1'', %s, '''')',
        names, list),
    state, NULL, format('refused: %s %s', names, list))
FROM (VALUES
    ('channel_id', '-1', '23503'),
    ('channel_id, communication_type', pg_temp.channel('sms:+1') || ', ''sms''', '23514'),
    ('keyword', ''' ''', '23514'),
    ('keyword', format('%L', repeat('x', 256)), '23514'),
    ('communication_type, keyword', '''Voice'', '' HELLO''', '23505'),
    ('communication_type', '''voice''', '23505')
) AS row (names, list, state);
DELETE FROM hookswitch.channels WHERE id = pg_temp.channel('voice:+1');
SELECT is_empty($$SELECT * FROM hookswitch.auto_replies WHERE twiml = 'desk'$$,
    'its replies go with a channel');

SELECT * FROM finish();
ROLLBACK;
