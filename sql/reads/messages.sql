-- messages.sql: what was said in a session, the newest first, with what was attached.

SELECT
    to_json(message.created_at) #>> '{}' AS at,
    message.sid AS id,
    (
        SELECT row_to_json(item)
        FROM (
            SELECT
                message.sid,
                message.account_sid,
                message.direction,
                message.communication_type,
                message.from_address,
                message.to_address,
                message.body,
                message.num_media,
                (
                    SELECT coalesce(
                        json_agg(
                            json_build_object(
                                'position', media.position,
                                'url', media.url,
                                'content_type', media.content_type
                            )
                            ORDER BY media.position
                        ),
                        '[]'
                    )
                    FROM hookswitch.message_media AS media
                    WHERE media.message_sid = message.sid
                        AND media.account_sid = message.account_sid
                ) AS media,
                message.status,
                message.error_code,
                (
                    SELECT known.message
                    FROM hookswitch.twilio_errors AS known
                    WHERE known.code = message.error_code
                ) AS error_message,
                message.created_at
        ) AS item
    ) AS item
FROM hookswitch.session_messages AS message
WHERE message.session_id = :session::bigint
    AND (message.created_at, message.sid) < (
        coalesce(:at::timestamptz, 'infinity'), coalesce(:id::text, '')
    )
ORDER BY message.created_at DESC, message.sid DESC
LIMIT :limit::integer;
