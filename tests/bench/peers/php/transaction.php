<?php
/*
 * The two rows by two prepared statements in a transaction.
 */
declare(strict_types=1);

const EVENT = <<<'SQL'
    INSERT INTO hookswitch.webhook_events (
        event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, source,
        kind
    )
    VALUES (decode($1, 'hex'), $2, 'sms', $3, now(), now(), $4, 'webhook', 'message')
    ON CONFLICT DO NOTHING
    SQL;

const MESSAGE = <<<'SQL'
    INSERT INTO hookswitch.messages (
        sid, account_sid, direction, communication_type, from_address, to_address, body, num_media,
        num_segments, status, created_at, received_at, updated_at
    )
    VALUES ($1, $2, 'inbound', 'sms', $3, $4, $5, $6, $7, $8, now(), now(), now())
    ON CONFLICT DO NOTHING
    SQL;

function try_to_store(PgSql\Connection $database, array $event, array $message): bool
{
    return pg_query($database, 'BEGIN') !== false
        && @pg_execute($database, 'event', $event) !== false
        && @pg_execute($database, 'message', $message) !== false
        && pg_query($database, 'COMMIT') !== false;
}

/* A kept connection has the statements already, unless it is a new one. */
function store(PgSql\Connection $database, string $key, string $params): bool
{
    $event = [$key, $_POST['AccountSid'], $_POST['MessageSid'], $params];
    $message = [
        $_POST['MessageSid'],
        $_POST['AccountSid'],
        $_POST['From'],
        $_POST['To'],
        $_POST['Body'],
        $_POST['NumMedia'],
        $_POST['NumSegments'],
        $_POST['SmsStatus'],
    ];

    return try_to_store($database, $event, $message)
        || (pg_query($database, 'ROLLBACK') !== false
            && pg_prepare($database, 'event', EVENT) !== false
            && pg_prepare($database, 'message', MESSAGE) !== false
            && try_to_store($database, $event, $message));
}
