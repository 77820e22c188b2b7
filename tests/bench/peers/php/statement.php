<?php
/*
 * The two rows by one statement, which asks for one round trip only.  In
 * plain CGI it is not worth preparing: no connection is kept.
 */
declare(strict_types=1);

const STORE = <<<'SQL'
    WITH event AS (
        INSERT INTO hookswitch.webhook_events (
            event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, source,
            kind
        )
        VALUES (decode($1, 'hex'), $2, 'sms', $3, now(), now(), $4, 'webhook', 'message')
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
    ON CONFLICT DO NOTHING
    SQL;

function store(PgSql\Connection $database, string $key, string $params): bool
{
    $values = [
        $key,
        $_POST['AccountSid'],
        $_POST['MessageSid'],
        $params,
        $_POST['From'],
        $_POST['To'],
        $_POST['Body'],
        $_POST['NumMedia'],
        $_POST['NumSegments'],
        $_POST['SmsStatus'],
    ];

    if (PHP_SAPI !== 'fpm-fcgi') {
        return pg_query_params($database, STORE, $values) !== false;
    }
    return @pg_execute($database, 'store', $values) !== false
        || (pg_prepare($database, 'store', STORE) !== false
            && pg_execute($database, 'store', $values) !== false);
}
