-- Calls that are stuck, by their last status: those of the last day need attention, since something
-- may be wrong now. Columns as in status_webhooks.sql, and no hour: a call is not stuck so soon.

SELECT
    count(*) FILTER (WHERE stuck.silent_for < interval '1 day') > 0,
    coalesce(left(stuck.status, 40), 'no status'),
    extract(epoch FROM min(stuck.silent_for))::bigint,
    NULL,
    count(*) FILTER (WHERE stuck.silent_for < interval '1 day'),
    concat(count(*), ' in all'),
    json_build_object(
        'status', stuck.status,
        'last_updated_at', max(stuck.updated_at),
        'calls_24h', count(*) FILTER (WHERE stuck.silent_for < interval '1 day'),
        'calls', count(*)
    )
FROM hookswitch.stuck_calls AS stuck
GROUP BY stuck.status
ORDER BY count(*) DESC, stuck.status
LIMIT 20;
