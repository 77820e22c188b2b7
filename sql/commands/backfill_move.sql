-- Notes how far an account's history has been read: never back.

INSERT INTO hookswitch.backfill_places AS known (account_sid, kind, read_until)
VALUES (:account_sid::text, :kind::text, to_timestamp(:seconds::bigint))
ON CONFLICT (account_sid, kind) DO UPDATE SET
    read_until = excluded.read_until,
    updated_at = now()
WHERE known.read_until < excluded.read_until;
