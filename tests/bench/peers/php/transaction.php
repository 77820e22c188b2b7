<?php
/*
 * The two rows by two prepared statements in a transaction.
 */
declare(strict_types=1);

require __DIR__ . '/two_statements.php';

const MESSAGE = <<<'SQL'
    INSERT INTO hookswitch.messages (
        sid, account_sid, direction, communication_type, from_address, to_address, body, num_media,
        num_segments, status, created_at, received_at, updated_at
    )
    VALUES ($1, $2, 'inbound', 'sms', $3, $4, $5, $6, $7, $8, now(), now(), now())
    ON CONFLICT DO NOTHING
    SQL;

function message(string $key): array
{
    return [
        $_POST['MessageSid'],
        $_POST['AccountSid'],
        $_POST['From'],
        $_POST['To'],
        $_POST['Body'],
        $_POST['NumMedia'],
        $_POST['NumSegments'],
        $_POST['SmsStatus'],
    ];
}
