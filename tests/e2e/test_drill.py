"""Everything dies at random under load: what was acknowledged is stored, and stored once.

Short in the suite, long with `make drill`. Each run prints its seed; HOOKSWITCH_SEED makes
another one choose the same.
"""

import os
import random
import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

import faults
import payloads
from faults import Spool, connected, wait_until_taken
from postgresql import Pair
from processes import wait_until
from twilio import Twilio, new_sid
from webservers import ApacheCgid, ApacheFcgid, Lighttpd, LogWatch

LONG = os.environ.get("HOOKSWITCH_DRILL")
SEED = int(os.environ.get("HOOKSWITCH_SEED") or secrets.randbits(32))

# Under each server.
CYCLES = int(LONG or 5)
FAILOVERS = max(2, CYCLES // 10)

# mod_fcgid takes its time to replace processes that died (FcgidSpawnScore).
SERVERS = (Lighttpd, ApacheCgid, *([ApacheFcgid] if LONG else []))

CONNECTIONS = 8
COUNT = 100


class Drill:
    """One server under load, dice to say what happens to it, and what came of it."""

    def __init__(self, server, spool, account):
        self.server = server
        self.spool = spool
        self.twilio = Twilio(server, account)
        self.dice = random.Random(f"{SEED} {server.name}")
        self.log = LogWatch(server)
        self.counts = Counter()
        self.answers = Counter()
        self.taken = []
        self.left = 0

    def choose(self, kinds, n):
        """Each of them once, or of so many the first n; from then on at random."""
        first = self.dice.sample(kinds[:n], min(n, len(kinds)))
        return first + self.dice.choices(kinds, k=n - len(first))

    def wait(self, least, most):
        time.sleep(self.dice.uniform(least, most))

    def go_on(self):
        """For as long as an outage lasts, in which endpoints may die, too."""
        self.wait(0, 0.3)
        if self.dice.random() < 0.3:
            self.kill_endpoint()
            self.wait(0, 0.2)

    def kill_endpoint(self):
        self.counts["kills of endpoints"] += 1
        faults.kill_endpoint(self.server, "sms")

    @contextmanager
    def load(self, environment, folder):
        account = self.twilio.account
        with faults.Load(environment, self.server, account, folder, COUNT, CONNECTIONS) as load:
            yield
        self.answers += load.answers
        self.taken += load.taken

    def check(self, cluster):
        """All that was acknowledged up to now is in the tables once, and nothing is left."""
        self.left += len(self.spool.waiting())
        self.spool.drain(cluster, self.twilio)
        with connected(cluster) as database:
            faults.check_stored_once(database, self.taken)
        assert self.answers[200] == len(self.taken) > 0
        # Whom the web server itself turned away, without a process to ask, we know nothing of.
        assert self.log.lines("not stored") == []
        assert not self.spool.reasons("rejected") and not self.spool.reasons("unreadable")

    def report(self, cluster, cycles):
        with connected(cluster) as database:
            # Of the load's own; no other SID has an "x".
            stored = database.one("SELECT count(*) AS n, count(*) FILTER (WHERE source = 'spool')"
                                  " AS late FROM hookswitch.webhook_events"
                                  " WHERE subject_sid LIKE '%%x%%'")
        refused = {status: n for status, n in sorted(self.answers.items()) if status != 200}
        print(f"{self.server.name}: {cycles} ({listed(self.counts)}),"
              f" {sum(self.answers.values())} sent, {len(self.taken)} acknowledged,"
              f" refused {listed(refused) or 'none'}, {stored['n']} stored,"
              f" {stored['late']} of them from the spool, in which {self.left} were left")


def listed(counts):
    return ", ".join(f"{name}: {n}" for name, n in counts.items())


@contextmanager
def drill_of(server, account, **settings):
    print(f"\n{server.name}: HOOKSWITCH_SEED={SEED}")
    spool = Spool(server)
    try:
        with spool.in_use(**settings):
            yield Drill(server, spool, account)
    finally:
        spool.remove()


@pytest.fixture(params=SERVERS, ids=lambda server: server.name)
def drilled_server(request, farm):
    return farm.get(request.param)


@pytest.fixture(scope="module")
def pair(environment):
    pair = Pair()
    try:
        pair.create(environment.source / "sql" / "install.sql")
        yield pair
    finally:
        pair.close()


@pytest.fixture(autouse=True)
def needs_load(environment):
    if environment.wrapper:
        pytest.skip("HOOKSWITCH_WRAPPER makes a load of nothing; other tests run under it")
    if not (environment.fcgi_dir / "tests" / "load" / "load").exists():
        pytest.skip("tests/load/load is not built (libcurl is missing)")


# What happens to a server and its one database.

def stopped(drill, cluster):
    with cluster.stopped():
        drill.go_on()


def restarted(drill, cluster):
    with cluster.stopped():
        pass


def killed(drill, cluster):
    faults.kill_database(cluster)
    drill.go_on()
    cluster.start()


def read_only(drill, cluster):
    with faults.read_only(cluster):
        drill.go_on()


def endpoints_killed(drill, cluster):
    for _ in range(drill.dice.randint(1, 3)):
        drill.kill_endpoint()
        drill.wait(0, 0.3)


FAULTS = (stopped, restarted, killed, read_only, endpoints_killed)


def test_drill(drilled_server, environment, cluster, database, account, tmp_path):
    with drill_of(drilled_server, account) as drill:
        with drill.load(environment, tmp_path):
            for fault in drill.choose(FAULTS, CYCLES):
                drill.wait(0.1, 0.4)
                drill.counts[fault.__name__] += 1
                fault(drill, cluster)
            drill.wait(0.1, 0.4)
        drill.check(cluster)
        drill.report(cluster, f"{CYCLES} cycles")


# How a primary is lost, and the standby takes its place.

def primary_killed(drill, pair):
    faults.kill_database(pair.primary)
    drill.go_on()
    pair.fail_over()


def standby_gone_before(drill, pair):
    """The primary has made commits that the standby will never know of.

    Nobody may have been told that they were made.
    """
    pair.standby.stop()
    wait_until_commits_wait(pair.primary)
    drill.go_on()
    fail_over_to_stopped(pair)


def standby_long_gone(drill, pair):
    """The same, when endpoints have given up waiting for these commits."""
    pair.standby.stop()
    wait_until(drill.spool.waiting, "a message is spooled")
    drill.go_on()
    fail_over_to_stopped(pair)


def fail_over_to_stopped(pair):
    faults.kill_database(pair.primary)
    pair.standby.start()
    pair.fail_over()


WAYS = (primary_killed, standby_gone_before, standby_long_gone)


def test_failover(either_server, pair, environment, account, tmp_path):
    """What was acknowledged is in the new primary; the endpoints find it by themselves."""
    with connected(pair.primary) as database:
        database.empty()
    with drill_of(either_server, account, HOOKSWITCH_DATABASE=pair.conninfo) as drill:
        for way in drill.choose(WAYS, FAILOVERS):
            pair.replicate()
            with drill.load(environment, tmp_path):
                wait_until_taken(pair.primary)
                drill.wait(0.1, 0.4)
                drill.counts[way.__name__] += 1
                way(drill, pair)
                wait_until_taken(pair.primary)
            drill.check(pair.primary)
        drill.report(pair.primary, f"{FAILOVERS} failovers")


def test_repeat_of_what_no_standby_has(either_server, pair, account):
    """That the primary knows it already is no reason for a 2xx, and the spool still needed."""
    sid = new_sid("SM")
    with drill_of(either_server, account, HOOKSWITCH_DATABASE=pair.conninfo) as drill:
        pair.replicate()
        pair.standby.stop()
        with ThreadPoolExecutor(1) as executor:
            answer = executor.submit(drill.twilio.send, "sms", payloads.inbound_sms(account, sid))
            wait_until_commits_wait(pair.primary)
            faults.disconnect(pair.primary)  # committed here; the endpoint sends it once more
            assert answer.result().status == 200
        fail_over_to_stopped(pair)
        drill.spool.drain(pair.primary, drill.twilio)
        with connected(pair.primary) as database:
            assert len(database.events(sid)) == 1


def wait_until_commits_wait(cluster):
    with connected(cluster) as database:
        wait_until(lambda: database.rows("SELECT FROM pg_stat_activity"
                                         " WHERE wait_event = 'SyncRep'"), "a commit waits")
