/*
 * The two rows by two prepared statements in a transaction.
 */
'use strict';

const EVENT = {
  name: 'event',
  text: `
    INSERT INTO hookswitch.webhook_events (
        event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, source,
        kind
    )
    VALUES ($1, $2, 'sms', $3, now(), now(), $4, 'webhook', 'message')
    ON CONFLICT DO NOTHING`,
};

const MESSAGE = {
  name: 'message',
  text: `
    INSERT INTO hookswitch.messages (
        sid, account_sid, direction, communication_type, from_address, to_address, body, num_media,
        num_segments, status, created_at, received_at, updated_at
    )
    VALUES ($1, $2, 'inbound', 'sms', $3, $4, $5, $6, $7, $8, now(), now(), now())
    ON CONFLICT DO NOTHING`,
};

module.exports = async (pool, key, params, sent) => {
  const client = await pool.connect();

  try {
    await client.query('BEGIN');
    await client.query({ ...EVENT, values: [key, sent.AccountSid, sent.MessageSid, params] });
    await client.query({
      ...MESSAGE,
      values: [
        sent.MessageSid,
        sent.AccountSid,
        sent.From,
        sent.To,
        sent.Body,
        sent.NumMedia,
        sent.NumSegments,
        sent.SmsStatus,
      ],
    });
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
};
