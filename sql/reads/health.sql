-- health.sql: how long each kind of webhook has been silent, and which calls are stuck; one row.

SELECT
    NULL AS at,
    NULL AS id,
    json_build_object(
        'webhooks', (
            SELECT coalesce(json_agg(row_to_json(item)), '[]')
            FROM (
                SELECT
                    health.account_sid,
                    health.endpoint,
                    health.kind,
                    health.last_received_at,
                    extract(epoch FROM health.silent_for)::bigint AS silent_seconds,
                    health.events_24h,
                    health.events_week_before,
                    health.is_unusual,
                    health.errors_24h,
                    health.errors_7d,
                    health.last_error_at,
                    health.last_error_code,
                    health.last_error_message,
                    health.last_error_url
                FROM hookswitch.webhook_health AS health
                ORDER BY health.account_sid, health.endpoint, health.kind
            ) AS item
        ),
        'stuck_calls', (
            SELECT coalesce(json_agg(row_to_json(item)), '[]')
            FROM (
                SELECT
                    call.sid,
                    call.account_sid,
                    call.direction,
                    call.from_number,
                    call.to_number,
                    call.status,
                    call.updated_at,
                    extract(epoch FROM call.silent_for)::bigint AS silent_seconds
                FROM hookswitch.stuck_calls AS call
                ORDER BY call.updated_at DESC
                LIMIT :limit::integer
            ) AS item
        )
    ) AS item;
