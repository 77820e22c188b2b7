-- 003-delivery.sql: what became of messages and calls: why they failed, and where they went. Run by
-- install.sql.
--
-- Endpoints of version 2 can go on running meanwhile.

-- Errors

CREATE TABLE hookswitch.twilio_errors (
    code integer NOT NULL,
    message text NOT NULL,
    explanation text,
    shipped_digest bytea,
    PRIMARY KEY (code)
);

COMMENT ON TABLE hookswitch.twilio_errors IS
    'What Twilio''s error codes mean, in our words: the common ones. Rows may be added and changed;'
    ' an upgrade brings new ones and leaves those alone.';
COMMENT ON COLUMN hookswitch.twilio_errors.code IS 'Twilio''s error code, such as 30003.';
COMMENT ON COLUMN hookswitch.twilio_errors.message IS 'The error in a few words.';
COMMENT ON COLUMN hookswitch.twilio_errors.explanation IS 'What it means, and what to do about it.';
COMMENT ON COLUMN hookswitch.twilio_errors.shipped_digest IS
    'SHA-256 of the texts as they were installed, by which an upgrade sees whether they are still'
    ' those. NULL for a row of the owner''s.';

-- Countries

CREATE TABLE hookswitch.dialing_codes (
    prefix text COLLATE "C" NOT NULL,
    country text,
    PRIMARY KEY (prefix),
    CONSTRAINT dialing_codes_prefix_check CHECK (prefix ~ '^[0-9]{1,7}$'),
    CONSTRAINT dialing_codes_country_check CHECK (country ~ '^[A-Z]{2}$')
);

COMMENT ON TABLE hookswitch.dialing_codes IS
    'Which country a telephone number belongs to, by the longest prefix: see country_of. Rows may be'
    ' added and changed; an upgrade brings new ones and leaves those alone.';
COMMENT ON COLUMN hookswitch.dialing_codes.prefix IS
    'First digits of an international number, without plus sign: at most seven.';
COMMENT ON COLUMN hookswitch.dialing_codes.country IS
    'Country (ISO 3166-1 alpha-2; XK for Kosovo, which has no code there). NULL where numbers belong'
    ' to none, such as satellite telephones and international freephone.';

-- Indexes
--
-- Those by campaign hold all that campaign_delivery and campaign_calls count, which then need not
-- read the tables. That a status is in an index has its price: a webhook that changes one writes to
-- all indexes of the row.

-- Statuses are cut at this length from now on, so that they fit into an index with the others.
UPDATE hookswitch.messages SET status = left(status, 64) WHERE length(status) > 64;
UPDATE hookswitch.calls SET status = left(status, 64) WHERE length(status) > 64;
UPDATE hookswitch.calls SET answered_by = left(answered_by, 64) WHERE length(answered_by) > 64;

DROP INDEX hookswitch.messages_campaign_id;
CREATE INDEX messages_campaign_id ON hookswitch.messages (campaign_id, account_sid, status)
    WHERE campaign_id IS NOT NULL;
CREATE INDEX messages_error_code ON hookswitch.messages (error_code) WHERE error_code IS NOT NULL;

DROP INDEX hookswitch.calls_campaign_id;
CREATE INDEX calls_campaign_id
    ON hookswitch.calls (campaign_id, account_sid, status, answered_by, duration, parent_sid)
    WHERE campaign_id IS NOT NULL;
