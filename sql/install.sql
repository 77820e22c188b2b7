-- install.sql: creates schema hookswitch in the database psql is connected to, or upgrades it.
--
--     psql -d DATABASE -f sql/install.sql
--
-- Needs a user that may create a schema in the database and nothing more: no superuser, no
-- extension. All or nothing, and safe to run again: a second run changes nothing.

\set ON_ERROR_STOP on
\set QUIET on

SET client_min_messages = warning;

BEGIN;

-- Every name below is qualified; nothing may be picked up from somebody's search_path.
SET LOCAL search_path = pg_catalog;

-- A signed request is never refused for its content, and no other encoding holds all of it.
SELECT getdatabaseencoding() <> 'UTF8' AS other_encoding \gset
\if :other_encoding
    \set SHOW_CONTEXT never
    DO $$
    BEGIN
        RAISE EXCEPTION 'database encoding must be UTF8, not %: create the database with'
            ' ENCODING ''UTF8'' TEMPLATE template0', getdatabaseencoding();
    END
    $$;
\endif

-- Two installs at the same time would both find a migration missing. The key spells "hookswit".
SELECT pg_advisory_xact_lock(7525356009648777588) AS hookswitch_lock \gset

CREATE SCHEMA IF NOT EXISTS hookswitch;

COMMENT ON SCHEMA hookswitch IS
    'Twilio webhooks: the ledger of what arrived, and the calls, messages and rooms it speaks of.';

CREATE TABLE IF NOT EXISTS hookswitch.migrations (
    version integer NOT NULL,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (version)
);

COMMENT ON TABLE hookswitch.migrations IS
    'The steps of this schema that were applied; install.sql applies the ones that are missing.';
COMMENT ON COLUMN hookswitch.migrations.version IS 'Number of the migration file.';
COMMENT ON COLUMN hookswitch.migrations.name IS 'Name of the migration file without its number.';
COMMENT ON COLUMN hookswitch.migrations.applied_at IS 'When it was applied.';

\ir keys.sql

SELECT NOT EXISTS (
    SELECT FROM hookswitch.migrations WHERE version = 1
) AS apply_001 \gset
\if :apply_001
    \ir migrations/001-initial.sql
    INSERT INTO hookswitch.migrations (version, name) VALUES (1, 'initial');
\endif

SELECT NOT EXISTS (
    SELECT FROM hookswitch.migrations WHERE version = 2
) AS apply_002 \gset
\if :apply_002
    \ir migrations/002-systems.sql
    INSERT INTO hookswitch.migrations (version, name) VALUES (2, 'systems');
\endif

SELECT NOT EXISTS (
    SELECT FROM hookswitch.migrations WHERE version = 3
) AS apply_003 \gset
\if :apply_003
    \ir migrations/003-delivery.sql
    INSERT INTO hookswitch.migrations (version, name) VALUES (3, 'delivery');
\endif

SELECT NOT EXISTS (
    SELECT FROM hookswitch.migrations WHERE version = 4
) AS apply_004 \gset
\if :apply_004
    \ir migrations/004-history.sql
    INSERT INTO hookswitch.migrations (version, name) VALUES (4, 'history');
\endif

SELECT NOT EXISTS (
    SELECT FROM hookswitch.migrations WHERE version = 5
) AS apply_005 \gset
\if :apply_005
    \ir migrations/005-reads.sql
    INSERT INTO hookswitch.migrations (version, name) VALUES (5, 'reads');
\endif

\ir functions.sql
\ir settings.sql
\ir sessions.sql
\ir messages.sql
\ir replies.sql
\ir views.sql
\ir delivery.sql
\ir purge.sql
\ir feed.sql
\ir partitions.sql
\ir twilio_errors.sql
\ir dialing_codes.sql

-- The roles are optional: roles.sql makes them and gives them their rights here. Where it did, they
-- follow every upgrade. Roles belong to the whole cluster, so that there are any of that name says
-- nothing: they may be somebody else's.
SELECT count(*) = 2 AS has_roles
FROM pg_roles
WHERE rolname IN ('hookswitch_writer', 'hookswitch_reader')
    AND has_schema_privilege(oid, 'hookswitch', 'USAGE') \gset
\if :has_roles
    \ir grants.sql
\endif

COMMIT;
