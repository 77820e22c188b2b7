"""The feed misses nothing and repeats nothing, in whatever order transactions commit; and where it
cannot go on, it says so."""

import json
from contextlib import ExitStack, contextmanager

import psycopg2
import pytest

import feed
import wire
from database import Database
from faults import administer, connected, pooler
from feed import LISTS, Poller, Stream, ask, check_headers, get, write_events
from postgresql import Cluster, Pair
from processes import wait_until


@pytest.fixture
def server(fast, database):
    with fast.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN):
        yield fast


class Transaction(Database):
    """A connection that commits when it is told."""

    def __init__(self, cluster):
        super().__init__(cluster)
        self.connection.autocommit = False

    def commit(self):
        self.connection.commit()

    def rollback(self):
        self.connection.rollback()


@pytest.fixture
def begin(cluster):
    """Begins transactions that are over with the test."""
    begun = []

    def begin():
        begun.append(Transaction(cluster))
        begun[-1].rows("SELECT pg_current_xact_id()")
        return begun[-1]

    yield begin
    for each in begun:
        each.close()


def ids(events):
    return [event["id"] for event in events]


# In whatever order transactions commit.

def test_late_commit(server, database, begin):
    """What others have written does not wait for it; and then it comes, once."""
    poller = Poller(server)
    with Stream(server) as stream:
        stream.next()
        late = begin()
        late_ids = write_events(late, "late", 2)
        early_ids = write_events(database, "early", 2)
        assert ids(poller.poll()) == early_ids
        assert ids(stream.events(2)) == early_ids
        late.commit()
        assert ids(stream.events(2)) == late_ids
        assert ids(poller.poll()) == late_ids
        assert poller.poll() == []
        more = write_events(database, "more")
        assert ids(poller.poll()) == more
        assert ids(stream.events(1)) == more


def test_open_elsewhere(server, cluster, database):
    """A transaction of another database does not hold the feed back."""
    cluster.run_psql("postgres", "postgres", "-c", "CREATE TABLE IF NOT EXISTS elsewhere ()")
    other = psycopg2.connect(f"host={cluster.directory} port={cluster.port} dbname=site user=site")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        poller = Poller(server)
        for n in range(3):
            written = write_events(database, f"{n}")
            assert ids(poller.poll()) == written
    finally:
        other.close()


def test_rolled_back(server, database, begin):
    poller = Poller(server)
    failed = begin()
    write_events(failed, "failed", 3)
    written = write_events(database, "written")
    assert ids(poller.poll()) == written
    failed.rollback()
    assert poller.poll() == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_small_pages(server, database, begin, limit):
    """Cut anywhere: in what was open, before it, behind it."""
    poller = Poller(server, limit=limit)
    written = []
    for n in range(4):
        late = [begin() for _ in range(3)]
        for transaction in late:
            written += write_events(transaction, f"late {n}", 3)
        written += write_events(database, f"early {n}", 5)
        poller.poll()
        for transaction in (late[1], late[2]):
            transaction.commit()
            poller.poll()
        written += write_events(database, f"more {n}", 2)
        poller.poll()
        late[0].commit()
    poller.drain()
    assert sorted(ids(poller.seen)) == sorted(written)


def test_rest_of_a_transaction(server, database, begin):
    """Of which a page had the beginning: it comes first, though others before it have ended."""
    poller = Poller(server, limit=2)
    first, second = begin(), begin()
    first_ids = write_events(first, "first", 3)
    second_ids = write_events(second, "second", 3)
    early_ids = write_events(database, "early")
    assert ids(poller.drain()) == early_ids
    second.commit()
    assert ids(poller.poll()) == second_ids[:2]
    first.commit()
    assert ids(poller.drain()) == second_ids[2:] + first_ids
    assert poller.poll() == []


def test_each_cursor_is_good(server, database, begin):
    """Whoever has it from whichever event: what comes behind is the same."""
    poller = Poller(server)
    late = begin()
    write_events(late, "late", 3)
    write_events(database, "early", 3)
    poller.poll()
    late.commit()
    write_events(database, "more", 2)
    poller.poll()
    assert len(poller.seen) == 8
    for at, event in enumerate(poller.seen):
        behind = sorted(ids(poller.seen[at + 1:]))
        assert sorted(ids(Poller(server, after=event["cursor"]).drain())) == behind
        with Stream(server, event["cursor"]) as stream:
            assert sorted(ids(stream.events(7 - at))) == behind


def test_a_stream_joins_another(server, database, begin):
    """It begins at an older cursor, while others have been served for long."""
    first = Poller(server)
    with Stream(server) as old:
        old.next()
        late = begin()
        late_ids = write_events(late, "late", 2)
        early_ids = write_events(database, "early", 2)
        assert ids(old.events(2)) == early_ids
        with Stream(server, first.cursor) as new:
            assert ids(new.events(2)) == early_ids
            late.commit()
            more = write_events(database, "more")
            assert sorted(ids(new.events(3))) == sorted(late_ids + more)
            assert sorted(ids(old.events(3))) == sorted(late_ids + more)


@pytest.fixture
def other_cluster(environment):
    """A database that the feed alone is read from."""
    cluster = Cluster()
    try:
        cluster.create(environment.source / "sql" / "install.sql")
        yield cluster
    finally:
        cluster.close()


MANY = 205  # more than a cursor can hold


def prepare(database, numbers):
    """As many transactions that stay open; the events of the first."""
    for n in numbers:
        execute(database, "BEGIN")
        written = write_events(database, f"prepared {n}")
        if n == numbers[0]:
            first = written
        execute(database, f"PREPARE TRANSACTION '{n}'")
    return first


def execute(database, command):
    with database.connection.cursor() as cursor:
        cursor.execute(command)


def test_too_many_open(server, other_cluster):
    """What is behind them waits until there are fewer; it is not lost."""
    administer(other_cluster, f"ALTER SYSTEM SET max_prepared_transactions = {MANY}")
    with other_cluster.stopped():
        pass
    with connected(other_cluster) as database, server.settings(
            HOOKSWITCH_FEED_TOKEN=feed.TOKEN, HOOKSWITCH_FEED_DATABASE=other_cluster.conninfo):
        poller = Poller(server)
        before = write_events(database, "before")
        with Stream(server, poller.cursor) as stream:
            assert ids(stream.events(1)) == before
            first = prepare(database, range(MANY - 10))
            between = write_events(database, "between")
            prepare(database, range(MANY - 10, MANY))
            behind = write_events(database, "behind", 2)
            assert ids(poller.poll()) == before + between and not poller.has_more
            assert poller.poll() == []
            slow = Poller(server, after=poller.cursor, limit=1)
            assert slow.poll() == [] and not slow.has_more, "to ask at once would be of no use"
            assert ids(stream.events(1)) == between
            assert stream.events_there(1) == []
            execute(database, "COMMIT PREPARED '0'")
            assert ids(poller.poll()) == first
            assert ids(stream.events(1)) == first
            for n in range(1, MANY):
                execute(database, f"ROLLBACK PREPARED '{n}'")
            assert ids(poller.poll()) == behind
            assert ids(stream.events(2)) == behind


# Where to begin, and what to leave out.

def test_where_to_begin(server, database):
    written = [id for n in range(6) for id in write_events(database, f"{n}")]
    assert ids(get(server)["events"]) == written
    assert ids(get(server, limit=2)["events"]) == written[-2:]
    assert get(server, after="newest")["events"] == []
    first = get(server, after="oldest", limit=4)
    assert ids(first["events"]) == written[:4] and first["more"] is True
    rest = get(server, after=first["cursor"])
    assert ids(rest["events"]) == written[4:] and rest["more"] is False


def test_nothing_yet(server, database):
    """The very first event comes, too."""
    readers = [Poller(server, after=after) for after in ("newest", "oldest")]
    cursor = get(server)["cursor"]
    written = write_events(database, "first")
    for reader in readers:
        assert ids(reader.poll()) == written
    assert ids(get(server, after=cursor)["events"]) == written


def test_since(server, database):
    """By when it was received, and with all that was written since: from the spool, say."""
    old = write_events(database, "old", received_at="2026-01-01T00:00:00Z")
    new = write_events(database, "new", received_at="2026-01-03T00:00:00Z")
    spooled = write_events(database, "spooled", received_at="2026-01-02T00:00:00Z")
    for since, expected in (("2025-12-31T00:00:00Z", old + new + spooled),
                            ("2026-01-01T12:00:00Z", new + spooled),
                            ("Fri, 02 Jan 2026 12:00:00 +0000", new + spooled),
                            ("2026-01-03T00:00:00.000001Z", [])):
        assert ids(get(server, since=since)["events"]) == expected
    with Stream(server, since="2026-01-01T12:00:00+00:00") as stream:
        assert ids(stream.events(2)) == new + spooled


def test_filters(server, database):
    """They leave events out; the cursor passes them all the same."""
    calls = write_events(database, "call", kind="call", endpoint="voice", account_sid="AC1")
    others = write_events(database, "other", kind="message", endpoint="sms", account_sid="AC2")
    both = write_events(database, "both", kind="call", endpoint="webhook", account_sid="AC2")
    for parameters, expected in (({"kind": "call"}, calls + both), ({"kind": "other"}, []),
                                 ({"endpoint": "sms"}, others), ({"account": "AC2"}, others + both),
                                 ({"account": "AC2", "kind": "call"}, both)):
        page = get(server, after="oldest", **parameters)
        assert ids(page["events"]) == expected
        assert get(server, after=page["cursor"])["events"] == []
    with Stream(server, get(server, after="oldest", limit=1)["cursor"], kind="call") as stream:
        assert ids(stream.events(1)) == both


def test_id_of_what_is_left_out(server, database):
    """Nobody hears of it, but who comes back need not pass it again."""
    with Stream(server, kind="call") as stream:
        begun = stream.next().id
        write_events(database, "message", 3)
        assert stream.next(patience=20).id != begun
    assert get(server, after=stream.last_event_id)["events"] == []


@pytest.mark.parametrize("parameters", [
    {"limit": "0"}, {"limit": "-1"}, {"limit": "501"}, {"limit": "ten"}, {"limit": "1.5"},
    {"limit": "99999999999999999999"}, {"after": "x"}, {"after": "1.2.3.4"},
    {"after": "9" * 5000}, {"after": "newest", "since": "2026-01-01T00:00:00Z"},
    {"since": "yesterday"}, {"since": "2026-13-01T00:00:00Z"}, {"kind": "cal"},
    {"endpoint": "health"}, {"limits": "1"}, {"token": "x"},
], ids=lambda parameters: str(parameters)[:40])
def test_parameters_that_cannot_be(server, database, parameters):
    answer = ask(server, parameters)
    assert answer.status == 400
    check_headers(answer)
    text = json.loads(answer.body)["error"]
    name, = list(parameters)[:1]
    assert name in text or "query" in text, text


def test_cursor_that_is_none(server, database):
    """It says where to begin instead."""
    for parameters, headers, name in (
            ({"after": "x"}, {}, 'parameter "after"'),
            ({}, {"Accept": feed.STREAM, "Last-Event-ID": "x"}, "Last-Event-ID")):
        answer = ask(server, parameters, {**feed.token(), **headers})
        assert answer.status == 400
        check_headers(answer)
        assert json.loads(answer.body)["error"] == (
            f"{name} is none that the feed has given out: begin with after=oldest or after=newest")


@pytest.mark.parametrize("query", ["limit=1&limit=2", "limit=%zz", "%ff=1", "account=%ff", "limit"])
def test_queries(server, database, query):
    answer = wire.send(server.port, wire.Request(
        "GET", feed.PATH + "?" + query, feed.token()))
    assert answer.status == (200 if query == "limit" else 400), "an empty value counts as none"


# Cursors that are not good any more.

def gone(server, cursor):
    """What is said to one who has such a cursor."""
    answer = ask(server, {"after": cursor})
    assert answer.status == 410
    check_headers(answer)
    told = json.loads(answer.body)
    assert list(told) == ["error", "oldest", "newest"]
    with Stream(server, cursor) as stream:
        blocks = [stream.next(), stream.next()]
        block, = [each for each in blocks if each.type == "gone"]
        assert set(block.json) == {"oldest", "newest"}
        assert block.id == block.json["newest"]
    return told


def test_purged(server, cluster, database):
    """Events are missing before those that are kept."""
    old = write_events(database, "old", 3, received_at="2020-01-01T00:00:00Z")
    cursor = get(server, after="oldest", limit=2)["cursor"]
    kept = write_events(database, "kept", 3)
    assert ids(get(server, after=cursor)["events"]) == old[2:] + kept
    assert database.rows("SELECT * FROM hookswitch.purge('1 year')")
    told = gone(server, cursor)
    assert ids(get(server, after=told["oldest"])["events"]) == kept
    assert get(server, after=told["newest"])["events"] == []


def test_of_another_database(server, cluster, database):
    written = write_events(database, "here")
    cursor = get(server)["cursor"]
    identity, _, rest = cursor.partition(".")
    other = identity[:-1] + ("0" if identity[-1] != "0" else "1")
    told = gone(server, f"{other}.{rest}")
    assert ids(get(server, after=told["oldest"])["events"]) == written
    assert told["newest"] == cursor


def test_event_of_nobody(server, database):
    """As after a failover that has lost it."""
    write_events(database, "here", 3)
    cursor = get(server)["cursor"]
    database.rows("DELETE FROM hookswitch.webhook_events WHERE id = (SELECT max(id)"
                  " FROM hookswitch.webhook_events) RETURNING id")
    gone(server, cursor)


def test_gone_in_the_middle(server, database):
    """Those who follow are told, and go on."""
    with Stream(server) as stream:
        stream.next()
        # The first ones it may have read by itself, while the others' reader was at an older test.
        for n in range(3):
            write_events(database, f"{n}")
            stream.event()
        database.rows("DELETE FROM hookswitch.webhook_events RETURNING id")
        block = stream.next()
        assert block.type == "gone"
        written = write_events(database, "second")
        assert ids(stream.events(1)) == written


# Other ways to reach the database.

def read_from(server, cluster):
    """From now on, until the settings are others again."""
    server.site.configure(HOOKSWITCH_FEED_TOKEN=feed.TOKEN,
                          HOOKSWITCH_FEED_DATABASE=cluster.conninfo)


@pytest.fixture(scope="module")
def pair(environment):
    pair = Pair()
    try:
        pair.create(environment.source / "sql" / "install.sql")
        pair.replicate()
        yield pair
    finally:
        pair.close()


@pytest.fixture
def primary(pair):
    with connected(pair.primary) as database:
        yield database


@pytest.fixture
def replica(server, pair, primary):
    """What is read is the replica, unless read_from says otherwise."""
    with server.settings():
        read_from(server, pair.standby)
        yield server


def replay(pair, primary):
    """Waits until the replica shows what the primary shows now."""
    lsn = primary.one("SELECT pg_current_wal_lsn()::text AS lsn")["lsn"]
    with connected(pair.standby) as standby:
        wait_until(lambda: standby.one("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn AS is_there",
                                       lsn)["is_there"], "the replica is as far")


@contextmanager
def paused(pair):
    """The replica takes what is written, and does not show it."""
    administer(pair.standby, "SELECT pg_wal_replay_pause()")
    try:
        with connected(pair.standby) as standby:
            wait_until(lambda: standby.one("SELECT pg_get_wal_replay_pause_state() AS state")[
                "state"] == "paused", "the replica has paused")
        yield
    finally:
        administer(pair.standby, "SELECT pg_wal_replay_resume()")


def test_on_a_replica(replica, pair, primary):
    """It does not know what is open, so the feed waits; and nothing is missed or repeated."""
    poller = Poller(replica)
    late = Transaction(pair.primary)
    late_ids = write_events(late, "late")
    early_ids = write_events(primary, "early")
    replay(pair, primary)
    assert poller.poll() == [], "what may yet come before it is not known"
    other = Poller(replica)
    late.commit()
    late.close()
    replay(pair, primary)
    for each in (poller, other):
        assert ids(each.drain()) == late_ids + early_ids


def test_between_a_primary_and_a_replica(replica, pair, primary):
    """A cursor says what was open on the primary, which the replica cannot tell."""
    poller = Poller(replica)
    read_from(replica, pair.primary)
    late, later = Transaction(pair.primary), Transaction(pair.primary)
    late_ids = write_events(late, "late") + write_events(later, "later")
    early_ids = write_events(primary, "early")
    assert ids(poller.poll()) == early_ids
    read_from(replica, pair.standby)
    for transaction in (later, late):
        replay(pair, primary)
        for _ in range(2):
            assert poller.poll() == []
        transaction.commit()
        transaction.close()
    replay(pair, primary)
    assert ids(poller.drain()) == late_ids
    assert poller.poll() == []


def test_rest_of_a_transaction_on_a_replica(replica, pair, primary):
    """The primary has shown its beginning, while an older one is open; the replica goes on as soon
    as it can see it."""
    poller = Poller(replica, limit=2)
    read_from(replica, pair.primary)
    first, second = Transaction(pair.primary), Transaction(pair.primary)
    first_ids = write_events(first, "first", 3)
    second_ids = write_events(second, "second", 3)
    early_ids = write_events(primary, "early")
    assert ids(poller.drain()) == early_ids
    replay(pair, primary)
    with ExitStack() as stack:
        with paused(pair):
            second.commit()
            assert ids(poller.poll()) == second_ids[:2]
            read_from(replica, pair.standby)
            stream = stack.enter_context(Stream(replica, poller.cursor))
            stream.next()
            for _ in range(2):
                assert poller.poll() == []
        replay(pair, primary)
        assert ids(poller.poll()) == ids(stream.events(1)) == second_ids[2:]
        for _ in range(2):
            assert poller.poll() == []
        first.commit()
        replay(pair, primary)
        assert ids(poller.drain()) == ids(stream.events(3)) == first_ids
    for each in (first, second):
        each.close()


def test_replica_that_is_behind(replica, pair, primary):
    """It does not have the event of the primary's cursor yet, which is not gone for that."""
    poller = Poller(replica)
    with paused(pair):
        newer = write_events(primary, "newer")
        read_from(replica, pair.primary)
        assert ids(poller.poll()) == newer
        read_from(replica, pair.standby)
        assert poller.poll() == []
    newest = write_events(primary, "newest")
    replay(pair, primary)
    assert ids(poller.poll()) == newest


def test_failover(replica, pair, primary):
    """The last of them: afterwards there is no replica."""
    poller = Poller(replica)
    before = write_events(primary, "before")
    replay(pair, primary)
    assert ids(poller.poll()) == before
    pair.primary.kill()
    pair.fail_over()
    with connected(pair.primary) as promoted:
        after = write_events(promoted, "after")
        wait_until(lambda: ids(poller.seen) == before + after or poller.drain() and False,
                   "the feed goes on")
        assert ids(Poller(replica, after="oldest").drain())[-2:] == before + after


def test_through_a_pooler(server, cluster, database):
    """Of which each transaction may get another session, and which everybody shares."""
    with pooler(cluster) as port, server.settings(
            HOOKSWITCH_FEED_TOKEN=feed.TOKEN, HOOKSWITCH_FEED_DATABASE=cluster.tcp_conninfo(port)):
        poller = Poller(server)
        with Stream(server) as stream:
            stream.next()
            for n in range(3):
                written = write_events(database, f"{n}")
                assert ids(poller.poll()) == written
                assert ids(stream.events(1)) == written
        assert ask(server, {"list": "calls"}).status == 200
        with psycopg2.connect(cluster.tcp_conninfo(port)) as shared, shared.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            assert cursor.fetchone() == ("off",), "nothing is left behind"
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


def test_with_the_role_for_it(server, environment, other_cluster):
    """hookswitch_reader is enough for the feed and every list; hookswitch_writer is not."""
    sql = environment.source / "sql"
    other_cluster.run_psql("postgres", "site", "-f", sql / "roles.sql")
    for role in ("reader", "writer"):
        administer(other_cluster, f"CREATE ROLE {role} LOGIN IN ROLE hookswitch_{role}")
    hba = other_cluster.data / "pg_hba.conf"
    hba.write_text("local site reader,writer trust\n" + hba.read_text())
    administer(other_cluster, "SELECT pg_reload_conf()")
    with connected(other_cluster) as database:
        written = write_events(database, "x")
    for role, status in (("reader", 200), ("writer", 503)):
        conninfo = other_cluster.conninfo.replace("user=site", f"user={role}")
        with server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN, HOOKSWITCH_FEED_DATABASE=conninfo):
            answer = ask(server, {"after": "oldest"})
            assert answer.status == status
            if status == 200:
                assert ids(json.loads(answer.body)["events"]) == written
            for name, parameters in LISTS.items() if status == 200 else ():
                assert ask(server, {"list": name, **parameters}).status == 200, name


def test_restored(server, environment, other_cluster):
    """Transactions of the cluster that a dump is from have numbers that come here later."""
    with connected(other_cluster) as database, server.settings(
            HOOKSWITCH_FEED_TOKEN=feed.TOKEN, HOOKSWITCH_FEED_DATABASE=other_cluster.conninfo):
        write_events(database, "native")
        write_events(database, "foreign", 2, xid="900000", received_at="2040-01-01T00:00:00Z")
        page = get(server, after="oldest")
        assert [event["subject_sid"] for event in page["events"]] == ["native"]
        poller = Poller(server)
        since = Poller(server, after=get(server, since="2039-01-01T00:00:00Z")["cursor"])
        other_cluster.install(environment.source / "sql" / "install.sql")
        assert poller.poll() == [], "they are no news"
        assert len(get(server, after="oldest")["events"]) == 3
        written = write_events(database, "new")
        assert ids(poller.poll()) == written
        assert ids(since.drain())[-1:] == written
