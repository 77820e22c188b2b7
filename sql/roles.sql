-- roles.sql: optional roles, for hosts that give more than one database user. After install.sql:
--
--     psql -d DATABASE -f sql/roles.sql
--
-- Needs the owner of the tables, and CREATEROLE unless the roles are there. Safe to run again. The
-- roles cannot log in; a login gets their rights by GRANT hookswitch_writer TO somebody.

\set ON_ERROR_STOP on
\set QUIET on

BEGIN;

SET LOCAL search_path = pg_catalog;

SELECT
    to_regrole('hookswitch_writer') IS NULL AS no_writer,
    to_regrole('hookswitch_reader') IS NULL AS no_reader \gset
\if :no_writer
    CREATE ROLE hookswitch_writer NOLOGIN;
\endif
\if :no_reader
    CREATE ROLE hookswitch_reader NOLOGIN;
\endif

\ir grants.sql

COMMIT;
