"""What people ask of the views must not take longer as the tables grow: no view may read through a
large table. `make views-bench` asks the same of ten million webhooks, and by the clock."""

import datetime
import json
import os
import re
import time

import psycopg2
import pytest

from postgresql import Cluster
from statements import PLACEHOLDER

ROWS = int(os.environ.get("HOOKSWITCH_VIEWS_ROWS", "0"))
FEW_ROWS = 100_000
SECONDS = 1.0

# Those that grow with every webhook; the others are as large as the site.
LARGE = {
    "webhook_events", "calls", "messages", "recordings", "rooms", "room_participants",
    "room_events", "sessions",
}

# Every view, with the questions it is made for; {...} is the value that some row has there.
VIEWS = {
    "appointment_events": ["WHERE appointment_id = {rooms.appointment_id} ORDER BY occurred_at"],
    "call_log": [
        "ORDER BY created_at DESC LIMIT 100",
        "WHERE sid = {calls.sid}",
        "WHERE campaign_id = {calls.campaign_id} ORDER BY created_at DESC LIMIT 100",
    ],
    "campaign_calls": ["", "WHERE campaign_id = {calls.campaign_id}"],
    "campaign_delivery": ["", "WHERE campaign_id = {messages.campaign_id}"],
    "delivery_errors": ["", "WHERE error_code = {delivery_errors.error_code}"],
    "delivery_status": [
        "ORDER BY created_at DESC LIMIT 100",
        "WHERE sid = {delivery_status.sid}",
        "WHERE campaign_id = {messages.campaign_id} ORDER BY created_at DESC LIMIT 100",
    ],
    "open_sessions": ["", "ORDER BY last_message_at DESC LIMIT 100"],
    "room_sessions": [
        "WHERE appointment_id = {rooms.appointment_id}",
        "WHERE room_sid = {rooms.sid}",
    ],
    "session_messages": ["WHERE session_id = {messages.session_id} ORDER BY created_at"],
    "session_overview": [
        "ORDER BY started_at DESC LIMIT 100",
        "WHERE id = {messages.session_id}",
        "WHERE channel_id = {sessions.channel_id} AND contact_address = {sessions.contact_address}",
    ],
    "stuck_calls": [""],
    "webhook_health": [""],
}
# Every read of events.fcgi, with what is asked: {placeholder: value}, values as above.
SINCE = str(datetime.date.today() - datetime.timedelta(days=1))
READS = {
    "calls": [{}, {"at": "{calls.created_at}", "id": "x"}, {"sid": "{calls.sid}"},
              {"sid": "CA1,CA2,CA3"}],
    "campaigns": [{}, {"id": "{messages.campaign_id}"}],
    "channels": [{}],
    "conversations": [{}, {"at": "{messages.received_at}", "id": "1"}, {"type": "sms"},
                      {"type": "rcs"}, {"session": "{messages.session_id}"},
                      {"message": "{messages.sid}"}, {"message": "SM1,SM2,SM3"}],
    "deliveries": [{}, {"at": "{messages.created_at}", "id": "x"}, {"sid": "{messages.sid}"}],
    "event_position": [{"newest": "100", "most_open": "201"},
                       {"newest": "0", "most_open": "201", "since": SINCE}],
    "events": [{"open": "[]", "xid": "0", "id": "0", "most_open": "201"},
               {"open": '[{"xid":"700","id":0},{"xid":"710","id":9}]', "most_open": "201",
                "xid": "{webhook_events.xid}", "id": "{webhook_events.id}"}],
    "health": [{}],
    "live_calls": [{}],
    "live_rooms": [{}],
    "messages": [{"session": "{messages.session_id}"}],
    "recording_files": [{"recording": "{recordings.sid}"}],
    "recordings": [{}, {"at": SINCE, "id": "x"}, {"call": "{recordings.call_sid}"},
                   {"sid": "{recordings.sid}"}, {"sid": "RE1,RE2,RE3"}],
    "rooms": [{}, {"at": SINCE, "id": "x"}, {"sid": "{rooms.sid}"}],
    "snapshot": [{}],
    "timeline": [{"sid": "{webhook_events.subject_sid}"}],
}
ASKED = [(read, values) for read, all_values in READS.items() for values in all_values]
# A day's sessions are one in a hundred of three months': to look each up costs as much.
MAY_READ = {"open_sessions": {"sessions"}}
QUESTIONS = [(view, question) for view, questions in VIEWS.items() for question in questions]


@pytest.fixture(scope="module")
def filled(environment):
    """A connection to a cluster of its own, with so many webhooks."""
    cluster = Cluster()
    try:
        cluster.create(environment.source / "sql" / "install.sql")
        started = time.monotonic()
        cluster.run_psql("site", "site", "-v", f"rows={ROWS or FEW_ROWS}",
                         "-f", environment.source / "tests" / "e2e" / "fill.sql")
        if ROWS:
            print(f"\n{ROWS} webhooks made in {time.monotonic() - started:.0f} s")
        connection = psycopg2.connect(cluster.conninfo)
        connection.autocommit = True
        with connection.cursor() as cursor:
            # Two values that are asked for have to be of the same row.
            cursor.execute("SET synchronize_seqscans = off")
        yield connection
        connection.close()
    finally:
        cluster.close()


def test_every_view_is_asked(filled):
    """A view that is not in the table above has not been thought of."""
    rows = ask(filled, "SELECT viewname FROM pg_views WHERE schemaname = 'hookswitch'")
    assert sorted(name for name, in rows) == sorted(VIEWS)


def test_every_table_is_filled(filled):
    """Over an empty one every plan is good."""
    for table in sorted(LARGE):
        assert ask(filled, f"SELECT count(*) > 100 FROM hookswitch.{table}") == [(True,)], table


@pytest.mark.parametrize("view, question", QUESTIONS, ids=lambda words: words[:50])
def test_no_large_table_is_read_through(filled, view, question):
    query = compose(filled, view, question)
    assert ask(filled, query), f"{query}: found nothing"
    assert scanned(filled, query) <= MAY_READ.get(view, set()), explain(filled, query)


def test_every_read_is_asked(environment):
    files = (environment.source / "sql" / "reads").glob("*.sql")
    assert sorted(path.stem for path in files) == sorted(READS)


@pytest.mark.parametrize("read, values", ASKED, ids=lambda words: str(words)[:60])
def test_no_read_goes_through_a_large_table(filled, environment, read, values):
    query = compose_read(filled, environment.source, read, values)
    with filled.cursor() as cursor:
        cursor.execute("SET jit = off")  # as src/reader.c does
    assert not scanned(filled, query), explain(filled, query)
    assert min(seconds(filled, query), seconds(filled, query)) < SECONDS


def compose_read(connection, source, read, values):
    """The read with values for its placeholders, as the planner sees them too."""
    text = re.sub(r"--.*", "", (source / "sql" / "reads" / f"{read}.sql").read_text())
    given = {"limit": "100", **{name: compose(connection, None, value)
                                if value.startswith("{") and "." in value else value
                                for name, value in values.items()}}

    def literal(match):
        with connection.cursor() as cursor:
            return cursor.mogrify("%s", (given.get(match[1]),)).decode()

    return PLACEHOLDER.sub(literal, text).rstrip().rstrip(";")


def test_reading_through_is_noticed(filled):
    """Or the test above would pass whatever the views do."""
    query = "SELECT count(*) FROM hookswitch.messages WHERE body = 'x'"
    assert scanned(filled, query) == {"messages"}
    with filled.cursor() as cursor:
        cursor.execute("BEGIN; DROP INDEX hookswitch.messages_error_code")
        assert scanned(filled, compose(filled, "delivery_errors", "")) == {"messages"}
        cursor.execute("ROLLBACK")


@pytest.mark.skipif(not ROWS, reason="only with make views-bench")
def test_answers_within_a_second(filled):
    """The second of two runs: what is asked often is in memory. Both are printed."""
    slow = []
    print(f"\n{'view':20}{'first':>9}{'second':>9}  question")
    for view, question in QUESTIONS:
        query = compose(filled, view, question)
        first, second = seconds(filled, query), seconds(filled, query)
        print(f"{view:20}{first * 1000:6.0f} ms{second * 1000:6.0f} ms  {question or 'all of it'}")
        if second > SECONDS:
            slow.append(query)
    assert not slow


# What a webhook costs the server: with the indexes that the counting views need, and without.
WITHOUT = """
    DROP INDEX hookswitch.messages_campaign_id, hookswitch.messages_error_code;
    CREATE INDEX messages_campaign_id ON hookswitch.messages (campaign_id)
        WHERE campaign_id IS NOT NULL;
"""
WITH = """
    DROP INDEX hookswitch.messages_campaign_id;
    CREATE INDEX messages_campaign_id ON hookswitch.messages (campaign_id, account_sid, status)
        WHERE campaign_id IS NOT NULL;
    CREATE INDEX messages_error_code ON hookswitch.messages (error_code)
        WHERE error_code IS NOT NULL;
"""
ROUNDS = 4
MESSAGES = 1000
STATUSES = ("queued", "sending", "sent", "delivered")


@pytest.mark.skipif(not ROWS, reason="only with make views-bench")
def test_cost_of_the_indexes(filled, environment):
    """Processor time, which a busy machine changes least, the least of some rounds; and WAL."""
    statements = prepare(filled, environment.source)
    costs = {WITH: [], WITHOUT: []}
    for n in range(2 * ROUNDS):
        indexes = (WITHOUT, WITH)[n % 2]
        with filled.cursor() as cursor:
            cursor.execute(indexes)
        costs[indexes].append(send(filled, statements, f"{n}", MESSAGES))
    with_them, without = min(costs[WITH]), min(costs[WITHOUT])
    print(f"\na status of a campaign's message costs the server {with_them[0]:.0f} us of processor"
          f" time and {with_them[1]:.0f} bytes of WAL; {without[0]:.0f} us and {without[1]:.0f}"
          " bytes without the indexes")
    assert with_them[0] < 2 * without[0]


def prepare(connection, source):
    """The statements of a status callback, prepared as the endpoints do: {name: parameters}."""
    statements = {}
    for name in ("event", "message_status"):
        text = re.sub(r"--.*", "", (source / "sql" / "statements" / f"{name}.sql").read_text())
        names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
        text = PLACEHOLDER.sub(lambda match: f"${names.index(match[1]) + 1}", text)
        with connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {text}")
        statements[name] = names
    return statements


def send(connection, statements, prefix, messages):
    """Statuses of new messages, each a transaction; microseconds and bytes for each."""
    with connection.cursor() as cursor:
        before = spent(connection, cursor)
        for status in STATUSES:
            for n in range(messages):
                sid = f"SM{prefix}{n:020}"
                values = {
                    "event_key": f"{sid}{status}".encode(), "account_sid": "AC1",
                    "kind": "message-status", "endpoint": "status", "subject_sid": sid,
                    "received_at": "2026-11-20 12:00:00+00", "source": "webhook",
                    "params": json.dumps({"MessageSid": sid, "MessageStatus": status}),
                    "MessageSid": sid, "MessageStatus": status, "campaignId": f"campaign {n % 10}",
                    "From": "+15551000001", "To": f"+1555{n:07}",
                }
                cursor.execute("BEGIN")
                for name, names in statements.items():
                    places = ", ".join(["%s"] * len(names))
                    cursor.execute(f"EXECUTE {name} ({places})", [values.get(key) for key in names])
                cursor.execute("COMMIT")
        after = spent(connection, cursor)
    count = messages * len(STATUSES)
    return (after[0] - before[0]) * 1e6 / count, (after[1] - before[1]) / count


def spent(connection, cursor):
    """Processor seconds of the connection's server process, bytes of WAL of all."""
    with open(f"/proc/{connection.info.backend_pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
    return ticks / os.sysconf("SC_CLK_TCK"), int(cursor.fetchone()[0])


def ask(connection, query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def seconds(connection, query):
    started = time.monotonic()
    ask(connection, query)
    return time.monotonic() - started


def compose(connection, view, question):
    """The question with values that are there."""
    while "{" in question:
        before, _, rest = question.partition("{")
        name, _, after = rest.partition("}")
        table, _, column = name.partition(".")
        with connection.cursor() as cursor:
            # Not the first: that may be a rare one.
            cursor.execute(
                f"SELECT {column} FROM hookswitch.{table} WHERE {column} IS NOT NULL"
                f" OFFSET (SELECT greatest(0, reltuples / 10) FROM pg_class"
                f" WHERE oid = 'hookswitch.{table}'::regclass) LIMIT 1")
            value = cursor.fetchone()[0]
            if view is None:
                return str(value)
            question = before + cursor.mogrify("%s", (value,)).decode() + after
    return f"SELECT * FROM hookswitch.{view} {question}"


def explain(connection, query):
    return "\n".join(line for line, in ask(connection, "EXPLAIN " + query))


def scanned(connection, query):
    """Large tables that the plan reads through."""
    (plan,), = ask(connection, "EXPLAIN (FORMAT JSON) " + query)
    return {node["Relation Name"] for node in nodes(plan[0]["Plan"])
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE}


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)
