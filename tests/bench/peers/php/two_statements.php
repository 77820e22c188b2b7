<?php
/*
 * Two prepared statements in a transaction: the ledger's row, and MESSAGE with
 * the values of message(), which whoever includes this has.
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
    $message = message($key);

    return try_to_store($database, $event, $message)
        || (pg_query($database, 'ROLLBACK') !== false
            && pg_prepare($database, 'event', EVENT) !== false
            && pg_prepare($database, 'message', MESSAGE) !== false
            && try_to_store($database, $event, $message));
}
