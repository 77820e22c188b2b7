-- channel.sql: a message or a call to one of our numbers. Makes the channel of a number that has
-- none, so that nothing is lost for want of one; the owner may fill it in later.

INSERT INTO hookswitch.channels (
    account_sid,
    address,
    communication_type
)
SELECT
    event.account_sid,
    :To::text,
    told.type
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
CROSS JOIN (
    VALUES (
        CASE
            WHEN :kind::text = 'message'
                THEN hookswitch.communication_type(coalesce(:From::text, :To::text))
            WHEN :kind::text IN ('call', 'call-action')
                AND :Direction::text = 'inbound'
                AND hookswitch.bare_address(:To::text) ~ '^\+[0-9]+$'
                -- What our own application dials is inbound to Twilio too; the number is theirs.
                AND coalesce(:From::text, '') !~ '^[a-z]+:'
                THEN 'voice'
        END
    )
) AS told (type)
WHERE length(:To::text) <= 255  -- neither would fit into an index
    AND length(told.type) <= 255
    -- Only then: an attempt to insert would use up a number, and wait for whoever does the same.
    AND NOT EXISTS (
        SELECT FROM hookswitch.channel_of(event.account_sid, told.type, :To::text)
    )
ON CONFLICT DO NOTHING;
