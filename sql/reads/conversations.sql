-- conversations.sql: sessions with what was said last, those first in which something came in last;
-- or one session, or those of some messages that came in, by their SIDs with commas between.
--
-- A session is where its latest message is: of the newest messages those are left out that are not
-- the latest of their session. A thousand are looked at for a page; if that is not enough, the last
-- row, without an item, says how far it was.

WITH examined AS MATERIALIZED (
    (
        SELECT
            message.session_id,
            message.received_at,
            message.sid,
            message.profile_name
        FROM hookswitch.messages AS message
        WHERE :session::bigint IS NULL
            AND :message::text IS NULL
            AND message.session_id IS NOT NULL
            AND (message.received_at, message.session_id) < (
                coalesce(:at::timestamptz, 'infinity'), coalesce(:id::bigint, 9223372036854775807)
            )
        ORDER BY message.received_at DESC, message.session_id DESC
        LIMIT 1000
    )
    UNION ALL
    SELECT
        latest.session_id,
        latest.received_at,
        latest.sid,
        latest.profile_name
    FROM (
        SELECT :session::bigint
        UNION
        SELECT message.session_id
        FROM hookswitch.messages AS message
        WHERE message.sid = ANY (string_to_array(:message::text, ','))
    ) AS asked (session_id)
    CROSS JOIN LATERAL (
        SELECT message.*
        FROM hookswitch.messages AS message
        WHERE message.session_id = asked.session_id
        ORDER BY message.received_at DESC, message.sid DESC
        LIMIT 1
    ) AS latest
    WHERE (latest.received_at, latest.session_id) < (
            coalesce(:at::timestamptz, 'infinity'), coalesce(:id::bigint, 9223372036854775807)
        )
),
page AS (
    SELECT
        examined.session_id,
        examined.received_at,
        examined.profile_name,
        channel.address,
        channel.name,
        channel.type
    FROM examined
    CROSS JOIN LATERAL (
        -- One at a time, by their keys.
        SELECT
            channel.address,
            channel.name,
            hookswitch.channel_type(channel.communication_type, channel.address) AS type
        FROM hookswitch.sessions AS session
        JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
        WHERE session.id = examined.session_id
        LIMIT 1
    ) AS channel
    WHERE coalesce(channel.type = :type::text, :type::text IS NULL)
        AND examined.sid = (
            SELECT latest.sid
            FROM hookswitch.messages AS latest
            WHERE latest.session_id = examined.session_id
            ORDER BY latest.received_at DESC, latest.sid DESC
            LIMIT 1
        )
    ORDER BY examined.received_at DESC, examined.session_id DESC
    LIMIT :limit::integer
)

SELECT
    to_json(found.at) #>> '{}' AS at,
    found.id,
    found.item
FROM (
    SELECT
        page.received_at AS at,
        page.session_id AS id,
        (
            SELECT row_to_json(item)
            FROM (
                SELECT
                    session.id,
                    session.account_sid,
                    page.type,
                    json_build_object(
                        'id', session.channel_id, 'address', page.address, 'name', page.name
                    ) AS channel,
                    session.contact_address,
                    page.profile_name,
                    session.state,
                    session.started_at,
                    session.closed_at,
                    session.ends_at,
                    session.last_received_at,
                    session.last_message_at,
                    session.last_body,
                    session.received,
                    session.sent,
                    EXISTS (
                        SELECT
                        FROM hookswitch.opt_outs AS contact
                        WHERE contact.contact_address = session.contact_address
                            AND contact.channel_id = session.channel_id
                            AND contact.account_sid = session.account_sid
                            AND contact.is_opted_out
                    ) AS is_opted_out
                FROM hookswitch.session_overview AS session
                WHERE session.id = page.session_id
            ) AS item
        ) AS item
    FROM page
    UNION ALL
    SELECT last.received_at, last.session_id, NULL
    FROM (
        SELECT examined.received_at, examined.session_id
        FROM examined
        ORDER BY examined.received_at, examined.session_id
        LIMIT 1
    ) AS last
    WHERE (SELECT count(*) FROM examined) = 1000
) AS found
ORDER BY found.item IS NULL, found.at DESC, found.id DESC;
