-- 005-reads.sql: what events.fcgi reads by. Run by install.sql.
--
-- Endpoints of an earlier version can go on running meanwhile.

-- The feed. It only grows at its end, so that a webhook writes to a page that is in memory.
CREATE INDEX IF NOT EXISTS webhook_events_xid ON hookswitch.webhook_events (xid, id);

-- Conversations, those first in which something came in last.
CREATE INDEX messages_received_at ON hookswitch.messages (received_at, session_id)
    WHERE session_id IS NOT NULL;

-- Rooms and recordings, the newest first; of some nobody has told when they began.
CREATE INDEX rooms_started_at
    ON hookswitch.rooms (coalesce(started_at, timestamptz '1970-01-01 00:00:00+00'), sid);
CREATE INDEX recordings_started_at
    ON hookswitch.recordings (coalesce(started_at, timestamptz '1970-01-01 00:00:00+00'), sid);

COMMENT ON COLUMN hookswitch.webhook_events.xid IS
    'Transaction that wrote it: what the feed is read by, so that it misses nothing.';
