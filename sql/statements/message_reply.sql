-- message_reply.sql: last of an inbound message. Asks what it is answered with, also when it comes
-- again: a repeated request gets the same answer.

SELECT
    reply.twiml,
    reply.is_general,
    reply.is_opted_out
FROM hookswitch.message_reply(
    :account_sid::text,
    :From::text,
    :To::text,
    :Body::text,
    nullif(:opt_out::text, 'YES'),  -- that may answer any question
    :OptOutType::text,
    :received_at::timestamptz
) AS reply;
