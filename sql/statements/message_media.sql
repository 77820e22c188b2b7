-- message_media.sql: attachments of an inbound message, one row for each MediaUrl0 to MediaUrl99.
-- What is there counts, not NumMedia, which may be wrong.

INSERT INTO hookswitch.message_media AS known (
    message_sid,
    position,
    account_sid,
    url,
    content_type
)
SELECT
    :MessageSid::text,
    media.position,
    event.account_sid,
    hookswitch.param(:params::jsonb, 'MediaUrl' || media.position),
    hookswitch.param(:params::jsonb, 'MediaContentType' || media.position)
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
CROSS JOIN generate_series(0, 99) AS media (position)
WHERE hookswitch.param(:params::jsonb, 'MediaUrl' || media.position) IS NOT NULL
ON CONFLICT (message_sid, position, account_sid) DO UPDATE SET
    url = hookswitch.merged_text(known.url, excluded.url),
    content_type = hookswitch.merged_text(known.content_type, excluded.content_type);
