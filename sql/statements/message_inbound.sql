-- message_inbound.sql: a message to one of our numbers, over SMS, WhatsApp or another channel.
-- Makes the message's row or merges into it what this webhook knows, and makes the channel of a
-- number and the session of a contact that have none.

SELECT hookswitch.receive_message(
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
    campaign => :campaignId::varchar(255)
);
