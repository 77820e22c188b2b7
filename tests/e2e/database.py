"""Questions to the site's database."""

import datetime

import psycopg2
import psycopg2.extras

# Rows that webhooks make, and owners; anything else in the schema (its version, say) stays.
TABLES = (
    "webhook_events", "calls", "messages", "message_media", "recordings", "rooms",
    "room_participants", "room_events", "channels", "sessions", "campaigns", "appointments",
    "opt_outs", "auto_replies", "debugger_events", "backfill_places", "recording_files",
)

# What a row has that two runs of the same cannot have in common.
OF_A_RUN = ("id", "xid", "source", "channel_id", "session_id")


class Database:
    """One connection of the site's own user."""

    def __init__(self, cluster):
        self.connection = psycopg2.connect(
            cluster.conninfo, cursor_factory=psycopg2.extras.RealDictCursor)
        self.connection.autocommit = True

    def rows(self, sql, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()]

    def one(self, sql, *values):
        rows = self.rows(sql, *values)
        assert len(rows) == 1, f"{len(rows)} rows instead of one: {sql} {values}"
        return rows[0]

    def row(self, table, sid):
        return self.one(f"SELECT * FROM hookswitch.{table} WHERE sid = %s", sid)

    def events(self, subject):
        """The ledger of one call, message, recording or room."""
        return self.rows("SELECT * FROM hookswitch.webhook_events WHERE subject_sid = %s"
                         " ORDER BY id", subject)

    def counts(self):
        """Rows in each table."""
        union = " UNION ALL ".join(
            f"SELECT '{table}' AS name, count(*) AS n FROM hookswitch.{table}" for table in TABLES)
        return {row["name"]: row["n"] for row in self.rows(union)}

    def empty(self):
        tables = ", ".join(f"hookswitch.{table}" for table in TABLES)
        with self.connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables} CASCADE")

    def close(self):
        self.connection.close()


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def contents(database, start, end, but=()):
    """{table: rows}, with "arrival" for the times at which a run's requests came.

    `but` names more columns in which two runs differ.
    """
    def comparable(name, value):
        if isinstance(value, datetime.datetime) and value > start:
            assert value <= end, f"{name} is later than the request: {value}"
            return "arrival"
        return bytes(value) if isinstance(value, memoryview) else value

    tables = [table for table in TABLES if table not in ("channels", "sessions")]
    return {table: sorted(({name: comparable(name, value) for name, value in row.items()
                            if name not in (*OF_A_RUN, *but)}
                           for row in database.rows(f"SELECT * FROM hookswitch.{table}")), key=str)
            for table in tables}
