/*
 * The two rows by one statement, which asks for one round trip only.
 */
'use strict';

const STORE = {
  name: 'store',
  text: `
    WITH event AS (
        INSERT INTO hookswitch.webhook_events (
            event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, source,
            kind
        )
        VALUES ($1, $2, 'sms', $3, now(), now(), $4, 'webhook', 'message')
        ON CONFLICT DO NOTHING
        RETURNING account_sid, occurred_at
    )
    INSERT INTO hookswitch.messages (
        sid, account_sid, direction, communication_type, from_address, to_address, body, num_media,
        num_segments, status, created_at, received_at, updated_at
    )
    SELECT
        $3, account_sid, 'inbound', 'sms', $5, $6, $7, $8, $9, $10, occurred_at, occurred_at,
        occurred_at
    FROM event
    ON CONFLICT DO NOTHING`,
};

module.exports = async (pool, key, params, sent) => {
  await pool.query({
    ...STORE,
    values: [
      key,
      sent.AccountSid,
      sent.MessageSid,
      params,
      sent.From,
      sent.To,
      sent.Body,
      sent.NumMedia,
      sent.NumSegments,
      sent.SmsStatus,
    ],
  });
};
