-- delivery.sql: what became of messages and calls. Run by install.sql, every time.
--
-- What counts rows does so in an index: in that of messages_campaign_id, calls_campaign_id or
-- messages_error_code.

-- Countries

CREATE OR REPLACE FUNCTION hookswitch.international_digits(address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN address IN (
            -- Words, on a telephone's keys: anonymous, restricted, blocked, unknown, unavailable.
            '+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253'
        )
        THEN NULL
    -- What is before the plus sign is nothing, or a channel whose addresses are numbers.
    WHEN btrim(split_part(address, '+', 1)) = ''
        OR btrim(split_part(address, '+', 1)) LIKE '_%:'
            AND lower(btrim(split_part(address, ':', 1))) NOT IN ('client', 'sip', 'sips', 'sim')
        THEN translate(substr(address, strpos(address, '+') + 1, 32), ' ()-./', '')
END;

COMMENT ON FUNCTION hookswitch.international_digits(text) IS
    'Digits of an international number, with or without the name of a channel before it:'
    ' 15551230001 of whatsapp:+15551230001. NULL for what is none, such as short codes and names.';

-- Not in SQL, which could not take the digits out of the address just once.
CREATE OR REPLACE FUNCTION hookswitch.country_of(address text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    digits text := hookswitch.international_digits(address);
BEGIN
    RETURN (
        SELECT code.country
        FROM hookswitch.dialing_codes AS code
        WHERE code.prefix IN (
            left(digits, 7),
            left(digits, 6),
            left(digits, 5),
            left(digits, 4),
            left(digits, 3),
            left(digits, 2),
            left(digits, 1)
        )
        -- Of these the longest comes last, and the index is read backwards.
        ORDER BY code.prefix DESC
        LIMIT 1
    );
END
$$;

COMMENT ON FUNCTION hookswitch.country_of(text) IS
    'Country of a telephone number (ISO 3166-1 alpha-2, as in dialing_codes), masked or not:'
    ' AR of whatsapp:+54351528XXXX. NULL where that is not known, for numbers of no country, short'
    ' codes, names, and client: and sip: addresses.';

CREATE OR REPLACE FUNCTION hookswitch.country_codes()
RETURNS TABLE (codes jsonb)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
AS $$
    SELECT pg_catalog.jsonb_object_agg(code.prefix, coalesce(code.country, ''))
    FROM hookswitch.dialing_codes AS code
$$;

COMMENT ON FUNCTION hookswitch.country_codes() IS
    'All of dialing_codes in one value, an empty text for no country.';

CREATE OR REPLACE FUNCTION hookswitch.country_of(address text, codes jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    digits text := hookswitch.international_digits(address);
BEGIN
    RETURN nullif(
        coalesce(
            codes ->> left(digits, 7),
            codes ->> left(digits, 6),
            codes ->> left(digits, 5),
            codes ->> left(digits, 4),
            codes ->> left(digits, 3),
            codes ->> left(digits, 2),
            codes ->> left(digits, 1)
        ),
        ''
    );
END
$$;

COMMENT ON FUNCTION hookswitch.country_of(text, jsonb) IS
    'The same with what country_codes gives, for many rows: twice as fast.';

-- Messages

CREATE OR REPLACE VIEW hookswitch.campaign_delivery AS
SELECT
    counted.campaign_id,
    counted.account_sid,
    (
        SELECT campaign.name
        FROM hookswitch.campaigns AS campaign
        WHERE campaign.id = counted.campaign_id
            AND coalesce(campaign.account_sid = counted.account_sid, true)
    ) AS name,
    counted.messages,
    counted.sent,
    counted.delivered,
    counted.read,
    counted.undelivered,
    counted.failed,
    counted.canceled,
    counted.pending,
    round(
        100.0 * counted.delivered
            / nullif(counted.delivered + counted.undelivered + counted.failed, 0),
        1
    ) AS success_rate
FROM (
    SELECT
        status.campaign_id,
        status.account_sid,
        sum(status.messages)::bigint AS messages,
        coalesce(
            sum(status.messages) FILTER (
                WHERE status.status IN (
                    'sent', 'partially_delivered', 'delivered', 'read', 'undelivered'
                )
            ),
            0
        )::bigint AS sent,
        coalesce(
            sum(status.messages) FILTER (WHERE status.status IN ('delivered', 'read')), 0
        )::bigint AS delivered,
        coalesce(sum(status.messages) FILTER (WHERE status.status = 'read'), 0)::bigint AS read,
        coalesce(
            sum(status.messages) FILTER (WHERE status.status = 'undelivered'), 0
        )::bigint AS undelivered,
        coalesce(sum(status.messages) FILTER (WHERE status.status = 'failed'), 0)::bigint AS failed,
        coalesce(
            sum(status.messages) FILTER (WHERE status.status = 'canceled'), 0
        )::bigint AS canceled,
        coalesce(
            sum(status.messages) FILTER (
                WHERE coalesce(status.status, '') NOT IN (
                    'delivered', 'read', 'undelivered', 'failed', 'canceled'
                )
            ),
            0
        )::bigint AS pending
    FROM (
        -- First by status: this is all that is done for each message.
        SELECT
            message.campaign_id,
            message.account_sid,
            message.status,
            count(*) AS messages
        FROM hookswitch.messages AS message
        WHERE message.campaign_id IS NOT NULL
        GROUP BY message.campaign_id, message.account_sid, message.status
    ) AS status
    -- What came in is no message of the campaign, though its URL may name one.
    WHERE coalesce(status.status, '') NOT IN ('receiving', 'received')
    GROUP BY status.campaign_id, status.account_sid
) AS counted;

COMMENT ON VIEW hookswitch.campaign_delivery IS
    'How the messages of each campaign fared. messages is the sum of delivered, undelivered,'
    ' failed, canceled and pending.';
COMMENT ON COLUMN hookswitch.campaign_delivery.campaign_id IS
    'Campaign, from campaignId in the webhook''s URL; need not be known in table campaigns.';
COMMENT ON COLUMN hookswitch.campaign_delivery.account_sid IS
    'Twilio account (AC...) that sent the messages.';
COMMENT ON COLUMN hookswitch.campaign_delivery.name IS
    'What people call the campaign; NULL if it is not known in table campaigns.';
COMMENT ON COLUMN hookswitch.campaign_delivery.messages IS
    'Number of messages of which a status callback told.';
COMMENT ON COLUMN hookswitch.campaign_delivery.sent IS
    'Those that a carrier or channel took, whatever became of them then.';
COMMENT ON COLUMN hookswitch.campaign_delivery.delivered IS 'Those that arrived, read or not.';
COMMENT ON COLUMN hookswitch.campaign_delivery.read IS
    'Those that were read, on channels that tell.';
COMMENT ON COLUMN hookswitch.campaign_delivery.undelivered IS
    'Those that were sent and did not arrive.';
COMMENT ON COLUMN hookswitch.campaign_delivery.failed IS 'Those that could not be sent.';
COMMENT ON COLUMN hookswitch.campaign_delivery.canceled IS
    'Those that were called off before they were sent.';
COMMENT ON COLUMN hookswitch.campaign_delivery.pending IS
    'Those whose outcome is not known: on their way, or sent by a carrier that does not tell.';
COMMENT ON COLUMN hookswitch.campaign_delivery.success_rate IS
    'Percentage of delivered among those whose outcome is known: delivered, undelivered and failed.'
    ' NULL if there is none.';

CREATE OR REPLACE VIEW hookswitch.delivery_errors AS
SELECT
    counted.error_code,
    coalesce(known.message, counted.error_message) AS error_message,
    known.explanation,
    counted.country,
    counted.day,
    counted.account_sid,
    counted.messages
FROM (
    SELECT
        message.error_code,
        min(message.error_message) AS error_message,
        hookswitch.country_of(
            message.to_address,
            -- As a subquery, which is run once, however few rows the planner expects.
            (SELECT country.codes FROM hookswitch.country_codes() AS country)
        ) AS country,
        (coalesce(message.failed_at, message.updated_at) AT TIME ZONE 'UTC')::date AS day,
        message.account_sid,
        count(*) AS messages
    FROM hookswitch.messages AS message
    WHERE message.error_code IS NOT NULL
    GROUP BY 1, 3, 4, 5
) AS counted
LEFT JOIN hookswitch.twilio_errors AS known ON known.code = counted.error_code;

COMMENT ON VIEW hookswitch.delivery_errors IS
    'Messages that failed or were not delivered, counted by error, country they went to, day and'
    ' account.';
COMMENT ON COLUMN hookswitch.delivery_errors.error_code IS 'Twilio''s error code, such as 30003.';
COMMENT ON COLUMN hookswitch.delivery_errors.error_message IS
    'The error in a few words, from twilio_errors; else as Twilio sent them, if it did.';
COMMENT ON COLUMN hookswitch.delivery_errors.explanation IS
    'What it means, and what to do about it, from twilio_errors.';
COMMENT ON COLUMN hookswitch.delivery_errors.country IS
    'Country of the recipient''s number, as country_of tells it.';
COMMENT ON COLUMN hookswitch.delivery_errors.day IS
    'Day (UTC) of the failure; where no status callback told of one, of the latest webhook.';
COMMENT ON COLUMN hookswitch.delivery_errors.account_sid IS
    'Twilio account (AC...) that sent the messages.';
COMMENT ON COLUMN hookswitch.delivery_errors.messages IS 'Number of messages.';

CREATE OR REPLACE VIEW hookswitch.delivery_status AS
SELECT
    message.sid,
    message.account_sid,
    message.campaign_id,
    message.communication_type,
    message.from_address,
    message.to_address,
    hookswitch.country_of(message.to_address) AS country,
    message.status,
    message.error_code,
    coalesce(message.error_message, known.message) AS error_message,
    known.explanation,
    message.created_at,
    message.sent_at,
    message.delivered_at,
    message.read_at,
    message.failed_at,
    message.updated_at
FROM hookswitch.messages AS message
LEFT JOIN hookswitch.twilio_errors AS known ON known.code = message.error_code
WHERE message.direction IS DISTINCT FROM 'inbound';

COMMENT ON VIEW hookswitch.delivery_status IS
    'One row for each message that we sent: how far it came, and why no further. For one SID, one'
    ' campaign, or the newest by created_at.';
COMMENT ON COLUMN hookswitch.delivery_status.sid IS
    'Twilio''s SID of the message (SM... or MM...).';
COMMENT ON COLUMN hookswitch.delivery_status.account_sid IS
    'Twilio account (AC...) the message belongs to.';
COMMENT ON COLUMN hookswitch.delivery_status.campaign_id IS
    'Campaign, from campaignId in the webhook''s URL.';
COMMENT ON COLUMN hookswitch.delivery_status.communication_type IS
    'sms, or the prefix of the address: whatsapp, rcs, messenger, ...';
COMMENT ON COLUMN hookswitch.delivery_status.from_address IS
    'Sender as Twilio wrote it, prefix included.';
COMMENT ON COLUMN hookswitch.delivery_status.to_address IS
    'Recipient as Twilio wrote it, prefix included.';
COMMENT ON COLUMN hookswitch.delivery_status.country IS
    'Country of the recipient''s number, as country_of tells it.';
COMMENT ON COLUMN hookswitch.delivery_status.status IS
    'Furthest status reached: scheduled, accepted, queued, sending, sent, then one of delivered,'
    ' undelivered, failed, canceled, and read after all.';
COMMENT ON COLUMN hookswitch.delivery_status.error_code IS
    'Twilio''s error code; NULL if there was no error.';
COMMENT ON COLUMN hookswitch.delivery_status.error_message IS
    'Words for the error, as Twilio sent them; else from twilio_errors.';
COMMENT ON COLUMN hookswitch.delivery_status.explanation IS
    'What the error means, and what to do about it, from twilio_errors.';
COMMENT ON COLUMN hookswitch.delivery_status.created_at IS
    'Time of the earliest webhook about the message.';
COMMENT ON COLUMN hookswitch.delivery_status.sent_at IS 'When the carrier or channel took it.';
COMMENT ON COLUMN hookswitch.delivery_status.delivered_at IS 'When it was delivered.';
COMMENT ON COLUMN hookswitch.delivery_status.read_at IS 'When it was read, on channels that tell.';
COMMENT ON COLUMN hookswitch.delivery_status.failed_at IS
    'When it was reported failed or undelivered.';
COMMENT ON COLUMN hookswitch.delivery_status.updated_at IS
    'Time of the latest webhook about the message.';

-- Calls

CREATE OR REPLACE VIEW hookswitch.campaign_calls AS
SELECT
    counted.campaign_id,
    counted.account_sid,
    (
        SELECT campaign.name
        FROM hookswitch.campaigns AS campaign
        WHERE campaign.id = counted.campaign_id
            AND coalesce(campaign.account_sid = counted.account_sid, true)
    ) AS name,
    counted.calls,
    counted.answered,
    counted.machine,
    counted.busy,
    counted.no_answer,
    counted.failed,
    counted.canceled,
    counted.pending,
    counted.total_seconds,
    round(counted.total_seconds::numeric / nullif(counted.timed, 0), 1) AS average_seconds
FROM (
    SELECT
        status.campaign_id,
        status.account_sid,
        sum(status.calls)::bigint AS calls,
        coalesce(
            sum(status.calls) FILTER (WHERE status.status IN ('in-progress', 'completed')), 0
        )::bigint AS answered,
        coalesce(
            sum(status.calls) FILTER (
                WHERE status.status IN ('in-progress', 'completed')
                    AND (status.answered_by LIKE 'machine%' OR status.answered_by = 'fax')
            ),
            0
        )::bigint AS machine,
        coalesce(sum(status.calls) FILTER (WHERE status.status = 'busy'), 0)::bigint AS busy,
        coalesce(
            sum(status.calls) FILTER (WHERE status.status = 'no-answer'), 0
        )::bigint AS no_answer,
        coalesce(sum(status.calls) FILTER (WHERE status.status = 'failed'), 0)::bigint AS failed,
        coalesce(
            sum(status.calls) FILTER (WHERE status.status = 'canceled'), 0
        )::bigint AS canceled,
        coalesce(
            sum(status.calls) FILTER (
                WHERE coalesce(status.status, '') NOT IN (
                    'in-progress', 'completed', 'busy', 'no-answer', 'failed', 'canceled'
                )
            ),
            0
        )::bigint AS pending,
        coalesce(
            sum(status.seconds) FILTER (WHERE status.status = 'completed'), 0
        )::bigint AS total_seconds,
        sum(status.timed) FILTER (WHERE status.status = 'completed') AS timed
    FROM (
        -- First by status: this is all that is done for each call.
        SELECT
            call.campaign_id,
            call.account_sid,
            call.status,
            call.answered_by,
            count(*) AS calls,
            sum(call.duration) AS seconds,
            count(call.duration) AS timed
        FROM hookswitch.calls AS call
        WHERE call.campaign_id IS NOT NULL
            AND call.parent_sid IS NULL
        GROUP BY call.campaign_id, call.account_sid, call.status, call.answered_by
    ) AS status
    GROUP BY status.campaign_id, status.account_sid
) AS counted;

COMMENT ON VIEW hookswitch.campaign_calls IS
    'How the calls of each campaign fared, without the legs that they dialled. calls is the sum of'
    ' answered, busy, no_answer, failed, canceled and pending.';
COMMENT ON COLUMN hookswitch.campaign_calls.campaign_id IS
    'Campaign, from campaignId in the webhook''s URL; need not be known in table campaigns.';
COMMENT ON COLUMN hookswitch.campaign_calls.account_sid IS
    'Twilio account (AC...) that the calls belong to.';
COMMENT ON COLUMN hookswitch.campaign_calls.name IS
    'What people call the campaign; NULL if it is not known in table campaigns.';
COMMENT ON COLUMN hookswitch.campaign_calls.calls IS 'Number of calls.';
COMMENT ON COLUMN hookswitch.campaign_calls.answered IS
    'Those that somebody or something answered: completed, or in progress.';
COMMENT ON COLUMN hookswitch.campaign_calls.machine IS
    'Those of answered that a machine or a fax took, where that was detected.';
COMMENT ON COLUMN hookswitch.campaign_calls.busy IS 'Those where the line was busy.';
COMMENT ON COLUMN hookswitch.campaign_calls.no_answer IS 'Those that nobody answered.';
COMMENT ON COLUMN hookswitch.campaign_calls.failed IS 'Those that could not be put through.';
COMMENT ON COLUMN hookswitch.campaign_calls.canceled IS
    'Those that were called off before an answer.';
COMMENT ON COLUMN hookswitch.campaign_calls.pending IS
    'Those that have not been answered yet and have not ended, as far as is known.';
COMMENT ON COLUMN hookswitch.campaign_calls.total_seconds IS
    'Length of all completed calls in seconds.';
COMMENT ON COLUMN hookswitch.campaign_calls.average_seconds IS
    'Length of a completed call in seconds, on average; NULL if there is none.';
