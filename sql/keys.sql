-- keys.sql: what rows are found by. Run by install.sql, every time, before the migrations.
--
-- Indexes are made over these functions: one that gives another value than before needs a migration
-- that makes its indexes anew. All can be inlined, as those of functions.sql.

CREATE OR REPLACE FUNCTION hookswitch.communication_type(address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN address LIKE '_%:%' THEN lower(split_part(address, ':', 1))
    WHEN address IS NOT NULL THEN 'sms'
END;

COMMENT ON FUNCTION hookswitch.communication_type(text) IS
    'Channel of an address: its prefix, as in whatsapp:+15551230001, or sms; NULL for NULL.';

CREATE OR REPLACE FUNCTION hookswitch.bare_address(address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- client: and sip: stay: they say that what follows is no number, or not all of it.
RETURN btrim(regexp_replace(address, '^\s*(?!(client|sips?|sim):)[a-z]+:', '', 'i'));

COMMENT ON FUNCTION hookswitch.bare_address(text) IS
    'An address without the name of its channel, by which two spellings can be compared:'
    ' +15551230001 of whatsapp:+15551230001.';

CREATE OR REPLACE FUNCTION hookswitch.channel_type(communication_type text, address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(btrim(coalesce(communication_type, hookswitch.communication_type(address))));

COMMENT ON FUNCTION hookswitch.channel_type(text, text) IS
    'Type of a channel: the one it is given, or else what its address says.';

CREATE OR REPLACE FUNCTION hookswitch.keyword(text text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(btrim(text, E' \t\n\r\f\x0B\u00A0'));

COMMENT ON FUNCTION hookswitch.keyword(text) IS
    'A text as it is compared with a keyword: in small letters, without blanks around it.';
