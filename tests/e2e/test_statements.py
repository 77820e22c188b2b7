"""Two connections that write the same things at the same moment."""

import hashlib
import json
import uuid
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import psycopg2
import pytest

from database import Database
from processes import wait_until
from statements import Blocked, Statements
from twilio import new_sid

ACCOUNT = "AC" + "1" * 32
MESSAGE = "event message_inbound"
NOON = datetime(2025, 10, 8, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def statements(environment):
    return Statements(environment.source)


@pytest.fixture(scope="module", params=["whole", "partitioned"])
def conninfo(request, cluster, environment):
    """The site's database, and one of its own user's whose ledger is partitioned."""
    if request.param == "whole":
        return cluster.conninfo
    name = "partitioned_site"
    cluster.run_psql("postgres", "postgres", "-c", f"CREATE DATABASE {name}")
    for script in ("install.sql", "partition.sql"):
        cluster.run_psql("postgres", name, "-f", environment.source / "sql" / script)
    return f"host={cluster.directory} port={cluster.port} dbname={name} user=postgres"


@pytest.fixture
def database(conninfo):
    """Its tables, empty."""
    database = Database(SimpleNamespace(conninfo=conninfo))
    database.empty()
    yield database
    database.close()


@pytest.fixture
def connect(conninfo, database):
    """Connections to them."""
    connections = []

    def new(autocommit=False):
        connection = psycopg2.connect(conninfo)
        connection.autocommit = autocommit
        connections.append(connection)
        return connection

    yield new
    for connection in connections:
        connection.close()


def message(hours=0.0, sid=None, **changes):
    """What an inbound message gives the statements."""
    sid = sid or new_sid("SM")
    at = NOON + timedelta(hours=hours)
    values = {
        "account_sid": ACCOUNT, "endpoint": "sms", "kind": "message", "subject_sid": sid,
        "received_at": at, "params": json.dumps({"MessageSid": sid}), "source": "webhook",
        "event_key": hashlib.sha256(uuid.uuid4().bytes).digest(), "MessageSid": sid,
        "From": "+15551230009", "To": "+15551230001", "Body": "hello",
    }
    return {**values, **changes}


def sessions(database):
    """Messages of each session, by their times in hours."""
    rows = database.rows(
        "SELECT array_agg(received_at ORDER BY received_at) AS times FROM hookswitch.messages"
        " GROUP BY session_id ORDER BY min(received_at)")
    return [[(time - NOON) / timedelta(hours=1) for time in row["times"]] for row in rows]


def store(connect, statements, values, names=MESSAGE):
    connection = connect()
    statements.run(connection, names, **values)
    connection.commit()


def at_once(connect, statements, first, second, names=MESSAGE, waits=True):
    """Two webhooks; the second begins before the first is committed."""
    one, other = connect(), connect()
    statements.run(one, names, **first)
    behind = Blocked(connect(autocommit=True), other,
                     lambda: statements.run(other, names, **second))
    if waits:
        wait_until(behind.is_waiting, "the second waits for the first")
        one.commit()
    behind.finish()
    one.commit()
    other.commit()


def test_first_two_messages_of_a_contact(connect, statements, database):
    """On a number that has no channel yet: one channel, one session."""
    at_once(connect, statements, message(0), message(0))
    assert sessions(database) == [[0, 0]]
    assert database.counts()["channels"] == database.counts()["sessions"] == 1


def test_first_two_messages_of_a_contact_on_a_channel(connect, statements, database):
    store(connect, statements, message(0, From="+15551230008"))
    at_once(connect, statements, message(1), message(2))
    assert sessions(database) == [[0], [1, 2]]


def test_messages_in_a_session_do_not_wait(connect, statements, database):
    """Nearly all are such: nobody may wait for another, whose batch may be a long one."""
    store(connect, statements, message(0))
    at_once(connect, statements, message(1), message(2), waits=False)
    assert sessions(database) == [[0, 1, 2]]


def test_late_message_that_another_needs(connect, statements, database):
    """A spool is replayed while messages come in: they belong together only through the late one,
    which has not been committed yet."""
    store(connect, statements, message(0))
    at_once(connect, statements, message(20), message(40))
    assert sessions(database) == [[0, 20, 40]]


def test_late_message_that_joins_two_sessions(connect, statements, database):
    """The second came in after the first of the two sessions was taken for another one."""
    store(connect, statements, message(0))
    at_once(connect, statements, message(40), message(20))
    assert sessions(database) == [[0, 20, 40]]
    assert database.counts()["sessions"] == 1


def test_session_that_is_closed_meanwhile(connect, statements, database):
    """Whoever closes it has not seen the message, which must not be lost in a closed session."""
    store(connect, statements, message(0))
    one, other = connect(), connect()
    statements.run(one, MESSAGE, **message(2))
    behind = Blocked(connect(autocommit=True), other, lambda: other.cursor().execute(
        "UPDATE hookswitch.sessions SET closed_at = %s", (NOON + timedelta(hours=1),)))
    wait_until(behind.is_waiting, "the closing waits for the message")
    one.commit()
    behind.finish()
    other.commit()
    assert sessions(database) == [[0], [2]]


def test_message_while_its_session_is_closed(connect, statements, database):
    store(connect, statements, message(0))
    one, other = connect(), connect()
    one.cursor().execute(
        "UPDATE hookswitch.sessions SET closed_at = %s", (NOON + timedelta(hours=1),))
    behind = Blocked(connect(autocommit=True), other,
                     lambda: statements.run(other, MESSAGE, **message(2)))
    wait_until(behind.is_waiting, "the message waits for the closing")
    one.commit()
    behind.finish()
    other.commit()
    assert sessions(database) == [[0], [2]]


def test_same_request_twice(connect, statements, database):
    request = message(0)
    at_once(connect, statements, request, request)
    assert {name: n for name, n in database.counts().items() if n} == {
        "webhook_events": 1, "messages": 1, "channels": 1, "sessions": 1}


def test_same_message_by_two_requests(connect, statements, database):
    """As one to the main URL and one to the fallback URL: another event, the same message."""
    sid = new_sid("SM")
    at_once(connect, statements, message(1, sid), message(0, sid))
    assert sessions(database) == [[0]]
    assert database.counts()["webhook_events"] == 2
    assert database.counts()["sessions"] == 1


def test_first_call_and_first_call(connect, statements, database):
    call = {"kind": "call", "endpoint": "voice", "Direction": "inbound", "CallStatus": "ringing"}
    at_once(connect, statements, message(0, CallSid=new_sid("CA"), **call),
            message(0, CallSid=new_sid("CA"), **call), names="event call channel")
    assert database.counts()["channels"] == 1
    assert database.counts()["calls"] == 2


def ask(connect, statements, names, values):
    """What the last statement returns, and how it calls that."""
    connection = connect()
    with connection.cursor() as cursor:
        for name in names.split():
            statements.execute(cursor, name, values)
        columns = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    connection.commit()
    return columns, rows


def test_reply_to_a_message(connect, statements, database):
    """A repeated request gets the same answer, though nothing of it is stored again."""
    names = "event channel opt_out message_inbound"
    request = message(Body="Hours, please")
    assert ask(connect, statements, names, request) == (
        ["twiml", "is_general", "is_opted_out"], [])
    database.connection.cursor().execute(
        "INSERT INTO hookswitch.auto_replies (account_sid, keyword, twiml)"
        " VALUES (%s, 'hours,', '<Response/>'), (%s, NULL, '<Response>Hi</Response>')",
        (ACCOUNT, ACCOUNT))
    for _ in range(2):
        assert ask(connect, statements, names, request)[1] == [("<Response/>", False, False)]
    assert ask(connect, statements, names, message(Body="?"))[1] == [
        ("<Response>Hi</Response>", True, False)]
    stop = message(Body="stop", opt_out="STOP")
    for _ in range(2):
        assert ask(connect, statements, names, stop)[1] == [("<Response/>", False, True)]
    assert ask(connect, statements, names, message(Body="?"))[1] == [
        ("<Response/>", False, True)]


def test_reply_to_a_call(connect, statements, database):
    names = "event call channel call_reply"
    call = message(kind="call", CallSid=new_sid("CA"), Direction="inbound", campaignId="c1")
    assert ask(connect, statements, names, call) == (["twiml", "is_general"], [])
    database.connection.cursor().execute(
        "INSERT INTO hookswitch.campaigns (id, voice_twiml) VALUES ('c1', '<Response/>')")
    for _ in range(2):
        assert ask(connect, statements, names, call)[1] == [("<Response/>", True)]
