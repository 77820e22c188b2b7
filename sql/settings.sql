-- settings.sql: what an owner can set in the database. Run by install.sql, every time.

CREATE OR REPLACE FUNCTION hookswitch.default_setting(name text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE name
    WHEN 'appointment_pattern' THEN '^apt-([0-9]+)(?:-|$)'
    WHEN 'stuck_call_after' THEN '15 minutes'
    WHEN 'stuck_call_in_progress_after' THEN '4 hours'
END;

COMMENT ON FUNCTION hookswitch.default_setting(text) IS
    'Value of a setting that nobody has set; NULL if there is no such setting.';

CREATE OR REPLACE FUNCTION hookswitch.setting(name text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(
        (SELECT known.value FROM hookswitch.settings AS known WHERE known.name = setting.name),
        hookswitch.default_setting(setting.name)
    )
$$;

COMMENT ON FUNCTION hookswitch.setting(text) IS 'Value of a setting.';

CREATE OR REPLACE FUNCTION hookswitch.check_setting()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF hookswitch.default_setting(NEW.name) IS NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('there is no setting "%s"', NEW.name),
            HINT = 'SELECT name FROM hookswitch.settings lists them.';
    ELSIF NEW.name = 'appointment_pattern' THEN
        -- Fails if it is no regular expression.
        PERFORM regexp_match('', NEW.value);
        -- The last group here is ours: any other is theirs.
        IF coalesce(cardinality(regexp_match('', NEW.value || '|()')), 0) < 2 THEN
            RAISE invalid_parameter_value USING
                MESSAGE = 'the pattern has no group for the number of the appointment',
                HINT = 'Put the part that is the number in parentheses, as in ^apt-([0-9]+).';
        ELSIF NEW.value ~ '\\[1-9]' THEN
            -- Their cost has no bound that the length of a room's name would give.
            RAISE invalid_parameter_value USING MESSAGE = 'the pattern refers back to a group';
        END IF;
    ELSIF CAST(NEW.value AS interval) <= interval '0'
        OR CAST(NEW.value AS interval) > interval '10 years'
    THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('"%s" is no time to wait', NEW.value);
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION hookswitch.check_setting() IS
    'Trigger: refuses a value that could make storing, or a view, fail later.';

CREATE OR REPLACE TRIGGER checked
    BEFORE INSERT OR UPDATE ON hookswitch.settings
    FOR EACH ROW EXECUTE FUNCTION hookswitch.check_setting();

COMMENT ON TRIGGER checked ON hookswitch.settings IS
    'What cannot be used is refused when it is set.';

-- What an owner has set stays.
INSERT INTO hookswitch.settings (name, value)
SELECT name, hookswitch.default_setting(name)
FROM unnest(ARRAY['appointment_pattern', 'stuck_call_after', 'stuck_call_in_progress_after'])
    AS name
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION hookswitch.appointment_id(room_name text)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN found.number !~ '^[0-9]+$' THEN NULL
        WHEN CAST(found.number AS numeric) > 9223372036854775807 THEN NULL
        ELSE CAST(found.number AS bigint)
    END
    FROM (
        SELECT substring(room_name FROM hookswitch.setting('appointment_pattern'))
        WHERE length(room_name) <= 255
    ) AS found (number)
$$;

COMMENT ON FUNCTION hookswitch.appointment_id(text) IS
    'Number of the appointment a room is for, by the setting appointment_pattern: 48 of'
    ' apt-48-visit; NULL if the name tells none.';
