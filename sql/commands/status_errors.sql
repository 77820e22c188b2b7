-- What Twilio's debugger reported in the last day, by error code. Errors of the last hour about our
-- own URLs need attention; warnings, and what is wrong with others' numbers, do not. Columns as in
-- status_webhooks.sql.

SELECT
    count(*) FILTER (
        WHERE report.occurred_at > now() - interval '1 hour'
            AND report.url IS NOT NULL
            AND report.level IS DISTINCT FROM 'WARNING'
    ) > 0,
    concat_ws(
        ' ', report.error_code, left(coalesce(known.message, max(report.message)), 40)
    ),
    extract(epoch FROM now() - max(report.occurred_at))::bigint,
    count(*) FILTER (WHERE report.occurred_at > now() - interval '1 hour'),
    count(*),
    left((array_agg(report.url ORDER BY report.occurred_at DESC))[1], 200),
    json_build_object(
        'error_code', report.error_code,
        'message', coalesce(known.message, max(report.message)),
        'explanation', known.explanation,
        'last_occurred_at', max(report.occurred_at),
        'last_url', (array_agg(report.url ORDER BY report.occurred_at DESC))[1],
        'reports_1h', count(*) FILTER (WHERE report.occurred_at > now() - interval '1 hour'),
        'reports_24h', count(*)
    )
FROM hookswitch.debugger_events AS report
LEFT JOIN hookswitch.twilio_errors AS known ON known.code = report.error_code
WHERE report.occurred_at > now() - interval '1 day'
GROUP BY report.error_code, known.message, known.explanation
ORDER BY count(*) DESC, report.error_code
LIMIT 20;
