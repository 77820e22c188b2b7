-- upgraded.sql: what install.sql made of the database of version-1.psql.

\ir ../begin.psql

SELECT plan(3);

SELECT is(max(version), 2, 'the migrations are noted') FROM hookswitch.migrations;

-- Ledger

SELECT is(count(*), 18::bigint, 'no webhook is lost') FROM hookswitch.webhook_events;
SELECT is_empty(
    'SELECT endpoint, params, kind FROM hookswitch.webhook_events WHERE kind <> subject_sid',
    'each webhook of version 1 has its kind');

SELECT * FROM finish();
ROLLBACK;
