-- opt_out.sql: an inbound message that says STOP or START, or another of the words that mean it.
-- Notes when; the later one counts, whichever arrives first.

INSERT INTO hookswitch.opt_outs AS known (
    contact_address,
    channel_id,
    account_sid,
    stopped_at,
    started_at
)
SELECT
    :From::text,
    channel.id,
    event.account_sid,
    CASE WHEN :opt_out::text = 'STOP' THEN event.occurred_at END,
    CASE WHEN :opt_out::text IN ('START', 'YES') THEN event.occurred_at END
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
CROSS JOIN LATERAL hookswitch.channel_of(
    event.account_sid,
    hookswitch.communication_type(coalesce(:From::text, :To::text)),
    :To::text
) AS channel
WHERE :opt_out::text IN ('STOP', 'START', 'YES')
    AND length(:From::text) <= 255  -- a longer one might not fit into an index
ON CONFLICT (contact_address, channel_id, account_sid) DO UPDATE SET
    stopped_at = greatest(known.stopped_at, excluded.stopped_at),
    started_at = greatest(known.started_at, excluded.started_at);
