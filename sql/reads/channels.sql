-- channels.sql: the numbers and addresses we answer on.

SELECT
    NULL AS at,
    channel.id,
    (
        SELECT row_to_json(item)
        FROM (
            SELECT
                channel.id,
                channel.account_sid,
                channel.address,
                hookswitch.channel_type(channel.communication_type, channel.address) AS type,
                channel.name,
                channel.created_at
        ) AS item
    ) AS item
FROM hookswitch.channels AS channel
WHERE channel.id > coalesce(:id::bigint, 0)
ORDER BY channel.id
LIMIT :limit::integer;
