-- addresses.sql: what an address says. Run by install.sql, every time, before the migrations.
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

CREATE OR REPLACE FUNCTION hookswitch.without_prefix(address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN address LIKE '_%:%'
        AND lower(btrim(split_part(address, ':', 1))) NOT IN ('client', 'sip', 'sips', 'sim')
        THEN btrim(substr(address, strpos(address, ':') + 1))
    ELSE btrim(address)
END;

COMMENT ON FUNCTION hookswitch.without_prefix(text) IS
    'An address without the name of its channel, as whatsapp: before a number. What says that it is'
    ' no number at all, as client: and sip:, stays.';

CREATE OR REPLACE FUNCTION hookswitch.bare_address(address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN hookswitch.without_prefix(address) LIKE '+%'
        THEN translate(hookswitch.without_prefix(address), ' ()-./', '')
    ELSE hookswitch.without_prefix(address)
END;

COMMENT ON FUNCTION hookswitch.bare_address(text) IS
    'An address by which two spellings can be compared: +15551230001 of whatsapp:+15551230001 and'
    ' of +1 (555) 123-0001.';

CREATE OR REPLACE FUNCTION hookswitch.channel_type(communication_type text, address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(btrim(coalesce(communication_type, hookswitch.communication_type(address))));

COMMENT ON FUNCTION hookswitch.channel_type(text, text) IS
    'Type of a channel: the one it is given, or else what its address says.';
