"""Writers, readers and faults at random: each reader sees each event exactly once.

`make feed-drill` does it for longer; HOOKSWITCH_SEED repeats a run, as far as threads can be
repeated.
"""

import json
import os
import random
import signal
import threading
import time
from contextlib import ExitStack, suppress

import psycopg2
import pytest

import feed
import payloads
from faults import connected, kill_database
from feed import Stream, ask, get
from postgresql import Cluster, Pair
from processes import wait_until
from twilio import Twilio, new_sid
from webservers import Lighttpd, pids

SECONDS = float(os.environ.get("HOOKSWITCH_FEED_SECONDS", "0")) or 6
WRITERS, STREAMS, POLLERS = 6, 3, 3

INSERT = """
    INSERT INTO hookswitch.webhook_events
        (event_key, account_sid, endpoint, received_at, occurred_at, params, source)
    VALUES (sha256(random()::text::bytea), 'AC1', 'sms', now(), now(), '{}', 'webhook')
    RETURNING id
"""


class Worker(threading.Thread):
    """Does one thing after the other until it is told to stop, with a generator of its own."""

    def __init__(self, name, seed, stop):
        super().__init__(name=name)
        self.random = random.Random(f"{seed} {name}")
        self.stop = stop
        self.failure = None
        self.start()

    def run(self):
        try:
            while not self.stop.is_set():
                self.work()
            self.finish()
        except BaseException as failure:  # told by check
            self.failure = failure

    def finish(self):
        pass

    def pause(self, most):
        self.stop.wait(self.random.random() * most)

    def check(self):
        self.join()
        if self.failure:
            raise self.failure


class Client(Worker):
    """What it does it does over a connection, while there is one."""

    def __init__(self, cluster, *arguments):
        self.cluster = cluster
        super().__init__(*arguments)

    def work(self):
        try:
            with psycopg2.connect(self.cluster.conninfo) as connection:
                self.use(connection)
        except psycopg2.Error:
            time.sleep(0.1)  # the server is away


class Writer(Client):
    """Transactions of one to five rows, some of them long, some rolled back."""

    def use(self, connection):
        while not self.stop.is_set():
            self.transaction(connection)

    def transaction(self, connection):
        pause = self.random.choice([0, 0, 0.01, 0.05, 0.3])
        with connection.cursor() as cursor:
            for _ in range(self.random.randint(1, 5)):
                cursor.execute(INSERT)
                self.pause(pause)
        if self.random.random() < 0.1:
            connection.rollback()
        else:
            connection.commit()


class Sleeper(Client):
    """Transactions that write nothing to the ledger and stay open for long."""

    def use(self, connection):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        self.pause(SECONDS)


class Sender(Worker):
    """Webhooks, as they come."""

    def __init__(self, server, account, *arguments):
        self.twilio = Twilio(server, account)
        super().__init__(*arguments)

    def work(self):
        self.twilio.send("sms", payloads.inbound_sms(self.twilio.account, new_sid("SM")))
        self.pause(0.02)


class Reader(Worker):
    """What it has seen, and the cursor behind it; `finish` reads what is left."""

    def __init__(self, server, *arguments):
        self.server = server
        self.cursor = get(server, after="newest")["cursor"]
        self.seen = []
        self.n_broken_off = 0
        super().__init__(*arguments)

    def take(self, event):
        self.seen.append(event["id"])
        self.cursor = event["cursor"]

    def poll(self, limit=500):
        """Whether there is more, or nobody knows."""
        answer = ask(self.server, {"after": self.cursor, "limit": limit})
        if answer is None or answer.status in (500, 503):
            time.sleep(0.1)
            return True
        assert answer.status == 200, answer
        page = json.loads(answer.body)
        # Some answers do not arrive to their end.
        events = page["events"]
        if events and self.random.random() < 0.2:
            self.n_broken_off += 1
            for event in events[:self.random.randrange(len(events))]:
                self.take(event)
            return True
        for event in events:
            self.take(event)
        self.cursor = page["cursor"]
        return page["more"]

    def finish(self):
        while self.poll():
            pass


class Poller(Reader):
    def work(self):
        self.poll(self.random.choice([1, 2, 3, 10, 100]))
        self.pause(0.1)


class Follower(Reader):
    """Streams, each left after a while, in the middle of whatever comes."""

    def work(self):
        deadline = time.monotonic() + self.random.random() * SECONDS / 2
        try:
            with Stream(self.server, self.cursor) as stream:
                if stream.status != 200:
                    time.sleep(0.1)
                    return
                while time.monotonic() < deadline and not self.stop.is_set():
                    try:
                        block = stream.next(patience=0.1)
                    except TimeoutError:
                        continue
                    if block is None:
                        return
                    self.take_block(block)
        except (AssertionError, OSError) as failure:
            # No answer at all: its process had to end, or lighttpd waits before it starts another.
            assert "no answer" in str(failure) or isinstance(failure, OSError), failure
            time.sleep(0.1)
        self.n_broken_off += 1

    def take_block(self, block):
        assert block.type == "message", block
        if block.data is not None:
            self.take(block.json)
        elif block.id is not None:
            self.cursor = block.id


class ByNumber(Worker):
    """As one might do it without thinking: rows with a greater id than the last."""

    def __init__(self, cluster, *arguments):
        self.cluster = cluster
        self.seen = []
        super().__init__(*arguments)

    def work(self):
        try:
            with connected(self.cluster) as database:
                while not self.stop.is_set():
                    self.read(database)
                    self.pause(0.05)
        except psycopg2.Error:
            time.sleep(0.1)

    def read(self, database):
        rows = database.rows("SELECT id FROM hookswitch.webhook_events WHERE id > %s ORDER BY id",
                             self.seen[-1] if self.seen else 0)
        self.seen += [row["id"] for row in rows]

    def finish(self):
        with connected(self.cluster) as database:
            self.read(database)


@pytest.fixture(params=["whole", "partitioned"])
def site(request, environment, settings):
    """A server and its database, in each layout of the ledger."""
    with ExitStack() as stack:
        cluster = Cluster()
        stack.callback(cluster.close)
        cluster.create(environment.source / "sql" / "install.sql")
        if request.param == "partitioned":
            cluster.run_psql("site", "site", "-f", environment.source / "sql" / "partition.sql")
        server = Lighttpd(environment, {**settings, "HOOKSWITCH_DATABASE": cluster.conninfo,
                                        "HOOKSWITCH_FEED_TOKEN": feed.TOKEN})
        stack.callback(server.close)
        server.start()
        yield server, cluster


def end_process(server):
    """SIGTERM to the feed's process, under all its streams."""
    for pid in pids(server, "events"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def test_each_event_once(site, account):
    server, cluster = site
    seed = int(os.environ.get("HOOKSWITCH_SEED") or time.time())
    print(f"\nHOOKSWITCH_SEED={seed}")
    writing, reading = threading.Event(), threading.Event()
    readers = [Poller(server, f"poller {n}", seed, reading) for n in range(POLLERS)]
    readers += [Follower(server, f"stream {n}", seed, reading) for n in range(STREAMS)]
    naive = ByNumber(cluster, "by number", seed, reading)
    writers = [Writer(cluster, f"writer {n}", seed, writing) for n in range(WRITERS)]
    writers += [Sleeper(cluster, f"sleeper {n}", seed, writing) for n in range(2)]
    writers += [Sender(server, account, "sender", seed, writing)]
    try:
        disturb(server, cluster, random.Random(seed))
    finally:
        writing.set()
        for each in writers:
            each.join()
        wait_until(lambda: ask(server).status == 200, "the feed is back")
        reading.set()
        for each in (*readers, naive):
            each.join()
    for each in (*writers, *readers, naive):
        each.check()
    with connected(cluster) as database:
        written = [row["id"] for row in database.rows("SELECT id FROM hookswitch.webhook_events")]
    print(f"{len(written)} events; {sum(each.n_broken_off for each in readers)} answers broken off;"
          f" {len(set(written) - set(naive.seen))} missed by their numbers alone")
    assert len(written) > 100
    for each in readers:
        check(each, written)
    assert set(written) - set(naive.seen), "nothing came late, so that nothing was shown"


class Switch(Worker):
    """Has the feed read from one server of a pair, and then from the other."""

    def __init__(self, server, pair, *arguments):
        self.server = server
        self.clusters = [pair.standby, pair.primary]
        super().__init__(*arguments)

    def work(self):
        self.finish()
        self.clusters.reverse()
        self.pause(0.4)

    def finish(self):
        self.server.site.configure(HOOKSWITCH_FEED_TOKEN=feed.TOKEN,
                                   HOOKSWITCH_FEED_DATABASE=self.clusters[0].conninfo)


@pytest.fixture
def pair_site(environment, settings):
    """A server, and a primary with its replica."""
    with ExitStack() as stack:
        pair = Pair()
        stack.callback(pair.close)
        pair.create(environment.source / "sql" / "install.sql")
        pair.replicate()
        server = Lighttpd(environment, {**settings, "HOOKSWITCH_FEED_TOKEN": feed.TOKEN,
                                        "HOOKSWITCH_FEED_DATABASE": pair.primary.conninfo})
        stack.callback(server.close)
        server.start()
        yield server, pair


def test_each_event_once_from_a_pair(pair_site):
    """Whichever of the two is asked: the replica is behind, and cannot tell what is open."""
    server, pair = pair_site
    seed = int(os.environ.get("HOOKSWITCH_SEED") or time.time())
    print(f"\nHOOKSWITCH_SEED={seed}")
    writing, reading = threading.Event(), threading.Event()
    readers = [Poller(server, f"poller {n}", seed, reading) for n in range(POLLERS)]
    readers += [Follower(server, f"stream {n}", seed, reading) for n in range(STREAMS)]
    switch = Switch(server, pair, "switch", seed, writing)
    writers = [Writer(pair.primary, f"writer {n}", seed, writing) for n in range(WRITERS)]
    time.sleep(SECONDS)
    writing.set()
    for each in (switch, *writers):
        each.check()
    with connected(pair.primary) as database:
        written = [row["id"] for row in database.rows("SELECT id FROM hookswitch.webhook_events")]
    # The other one may not have come to the last of them yet.
    server.site.configure(HOOKSWITCH_FEED_TOKEN=feed.TOKEN,
                          HOOKSWITCH_FEED_DATABASE=pair.primary.conninfo)
    reading.set()
    for each in readers:
        each.check()
    print(f"{len(written)} events")
    assert len(written) > 100
    for each in readers:
        check(each, written)


def check(reader, written):
    missed = set(written) - set(reader.seen)
    repeated = len(reader.seen) - len(set(reader.seen))
    assert not missed, f"{reader.name} missed {len(missed)}, such as {min(missed)}"
    assert not repeated, f"{reader.name} saw {repeated} twice"
    assert set(reader.seen) <= set(written), f"{reader.name} saw what is not there"


def disturb(server, cluster, chance):
    """The database is killed, and the process of the feed ended, now and then."""
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        time.sleep(SECONDS / 4)
        end_process(server)
        time.sleep(SECONDS / 4)
        if chance.random() < 0.5:
            kill_database(cluster)
            cluster.start()
        else:
            with cluster.stopped():
                pass
