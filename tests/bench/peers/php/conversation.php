<?php
/*
 * All that Hookswitch stores and finds, by its own function, after the ledger's
 * row: channel, conversation, opt-outs and replies as well.
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
    SELECT twiml
    FROM hookswitch.receive_message(
        decode($1, 'hex'), $2, true, $3, $4, $5, $6, $7, $8, $9, NULL, NULL, NULL, NULL, NULL,
        now()
    )
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
        $key,
        $_POST['AccountSid'],
        $_POST['MessageSid'],
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
