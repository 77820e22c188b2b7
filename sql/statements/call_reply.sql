-- call_reply.sql: last of a call that wants instructions. Asks what it is answered with, also when
-- the request comes again: a repeated one gets the same answer.

SELECT
    reply.twiml,
    reply.is_general
FROM hookswitch.call_reply(
    :account_sid::text,
    :To::text,
    :campaignId::varchar(255),
    :params::jsonb,
    :received_at::timestamptz
) AS reply;
