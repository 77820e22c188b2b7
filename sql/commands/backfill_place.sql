-- How far an account's history was read, in seconds since 1970; no row if it never was.

SELECT extract(epoch FROM place.read_until)::bigint
FROM hookswitch.backfill_places AS place
WHERE place.account_sid = :account_sid::text
    AND place.kind = :kind::text;
