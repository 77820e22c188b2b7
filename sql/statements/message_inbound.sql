-- message_inbound.sql: a message to one of our numbers, over SMS, WhatsApp or another channel.
-- Makes the message's row or merges into it what this webhook knows, and makes the channel of a
-- number and the session of a contact that have none. Asks what it is answered with, also when it
-- comes again: a repeated request gets the same answer.

SELECT
    reply.twiml,
    reply.is_general,
    reply.is_opted_out
FROM hookswitch.receive_message(
    key => :event_key::bytea,
    account => :account_sid::text,
    is_message => :kind::text = 'message',
    message => :MessageSid::text,
    sender => :From::text,
    recipient => :To::text,
    words => :Body::text,
    media => :NumMedia::integer,
    segments => :NumSegments::integer,
    told_status => :SmsStatus::varchar(64),
    profile => :ProfileName::text,
    whatsapp_id => :WaId::text,
    campaign => :campaignId::varchar(255),
    opt_out => nullif(:opt_out::text, 'YES'),  -- that may answer any question
    opt_out_type => :OptOutType::text,
    received => :received_at::timestamptz
) AS reply;
