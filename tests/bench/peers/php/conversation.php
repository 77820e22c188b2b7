<?php
/*
 * All that Hookswitch stores and finds, by its own function, after the ledger's
 * row: channel, conversation, opt-outs and replies as well.
 */
declare(strict_types=1);

require __DIR__ . '/two_statements.php';

const MESSAGE = <<<'SQL'
    SELECT twiml
    FROM hookswitch.receive_message(
        decode($1, 'hex'), $2, true, $3, $4, $5, $6, $7, $8, $9, NULL, NULL, NULL, NULL, NULL,
        now()
    )
    SQL;

function message(string $key): array
{
    return [
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
}
