"""hookswitch tail: every event once, as it is committed."""

import json
import os
import queue
import random
import re
import signal
import subprocess
import threading
import time
from contextlib import closing, contextmanager

import psycopg2
import pytest

import payloads
from command import check_failed, command_line, run
from faults import NOWHERE, administer, connected
from postgresql import Cluster
from processes import PATIENCE, in_time, wait_until
from terminal import run_on_terminal
from twilio import new_sid

INSERT = ("INSERT INTO hookswitch.webhook_events (event_key, account_sid, endpoint, subject_sid,"
          " received_at, occurred_at, params, source, kind) SELECT"
          " sha256(gen_random_uuid()::text::bytea), %s, 'status', %s, now(), now(), %s, 'webhook', %s"
          " FROM generate_series(1, %s)")


def add(connection, subject, n=1, account="AC1", kind="message-status", params=None):
    connection.cursor().execute(INSERT, (account, subject, json.dumps(params or {}), kind, n))


class Tail:
    """The command, following; what it prints, line by line as it comes out of the pipe."""

    def __init__(self, environment, cluster, *words):
        self.cluster = cluster
        self.child = subprocess.Popen(
            command_line(environment, "tail", *words), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={
                "PATH": os.environ["PATH"], "TZ": "UTC0", "HOOKSWITCH_DATABASE": cluster.conninfo})
        self.lines = queue.SimpleQueue()
        self.errors = []
        self.threads = [threading.Thread(target=self._read), threading.Thread(target=self._complain)]
        for thread in self.threads:
            thread.start()

    def _read(self):
        for line in self.child.stdout:
            self.lines.put(line)

    def _complain(self):
        for line in self.child.stderr:
            self.errors.append(line)

    def next(self):
        return self.lines.get(timeout=PATIENCE)

    def subject(self):
        return self.next().split()[-1]

    def nothing_more(self, **row):
        """What is added now is the next that it prints, and so it is again when it looks again."""
        with connected(self.cluster) as database:
            for mark in (new_sid("SM"), new_sid("SM")):
                add(database.connection, mark, **row)
                assert mark in self.next()

    def end(self, number=signal.SIGTERM):
        """The exit status, and what else it had to say."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        status = self.child.wait(20)
        for thread in self.threads:
            thread.join()
        rest = []
        while not self.lines.empty():
            rest.append(self.lines.get())
        return status, rest


@contextmanager
def following(environment, cluster, *words):
    """From when it has begun to follow."""
    others = waiting(cluster)
    tail = Tail(environment, cluster, *words)
    try:
        wait_until(lambda: waiting(cluster) - others, "it follows")
        yield tail
    finally:
        tail.end()


def waiting(cluster):
    """The server's processes for those that follow, and for some that have ended just before."""
    with connected(cluster) as database:
        return {row["pid"] for row in database.rows(
            "SELECT pid FROM pg_stat_activity WHERE state = 'idle'"
            " AND application_name = 'hookswitch-tail' AND query <> ''")}


@pytest.fixture
def writer(cluster, database):
    connection = psycopg2.connect(cluster.conninfo)
    connection.autocommit = True
    yield connection
    connection.close()


def last(environment, cluster, *words):
    result = run(environment, "tail", *words, TZ="UTC0", HOOKSWITCH_DATABASE=cluster.conninfo)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout.splitlines()


def test_lines(environment, cluster, twilio, account, database):
    message = new_sid("SM")
    twilio.send("sms", payloads.inbound_sms(account, message, Body="first\nlight \033[2J"))
    (line,) = last(environment, cluster, "-n", 5)
    sender = re.escape(database.row("messages", message)["from_address"])
    receiver = re.escape(database.row("messages", message)["to_address"])
    assert re.fullmatch(
        rf"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  sms        message          {sender} > {receiver}"
        rf' received "first\\x0Alight \\x1B\[2J"  {message}', line)
    (text,) = last(environment, cluster, "--json", "--no-follow")
    event = json.loads(text)
    row = database.events(message)[0]
    assert event["params"] == row["params"]
    assert list(event) == ["id", "received_at", "occurred_at", "endpoint", "kind", "account_sid",
                           "subject_sid", "source", "params"]
    assert (event["id"], event["endpoint"], event["kind"], event["account_sid"],
            event["subject_sid"], event["source"]) == (
        row["id"], "sms", "message", account.sid, message, "webhook")


def test_the_last_ones(environment, cluster, writer):
    """In the order in which they were written, and then it ends."""
    for n in range(1, 13):
        add(writer, f"SM{n}")
    shown = [line.split()[-1] for line in last(environment, cluster, "--no-follow")]
    assert shown == [f"SM{n}" for n in range(3, 13)]
    assert [line.split()[-1] for line in last(environment, cluster, "-n", 2)] == ["SM11", "SM12"]
    assert len(last(environment, cluster, "-n", 100000)) == 12


def test_nothing_there(environment, cluster, database):
    """Which is no failure."""
    result = run(environment, "tail", "-n", 1, HOOKSWITCH_DATABASE=cluster.conninfo)
    assert (result.returncode, result.stdout, result.stderr) == (
        0, "", "hookswitch tail: there is no such webhook among the latest 100,000\n")


def test_as_they_come(environment, cluster, writer):
    add(writer, "SM1")
    with following(environment, cluster) as tail:
        def comes():
            add(writer, "SM2")
            assert tail.subject() == "SM2"
        in_time(comes, 2, "it comes")
        add(writer, "SM3")
        assert tail.subject() == "SM3"
        tail.nothing_more()


def test_the_last_ones_and_what_comes(environment, cluster, writer):
    add(writer, "SM1")
    add(writer, "SM2")
    with following(environment, cluster, "-n", 1, "--follow") as tail:
        assert tail.subject() == "SM2"
        add(writer, "SM3")
        assert tail.subject() == "SM3"
        tail.nothing_more()


def test_a_ledger_that_was_empty(environment, cluster, writer):
    with following(environment, cluster) as tail:
        add(writer, "SM1")
        assert tail.subject() == "SM1"
        tail.nothing_more()


def test_commits_out_of_order(environment, cluster, writer):
    """A transaction that has begun before others ends after them."""
    with closing(psycopg2.connect(cluster.conninfo)) as slow, \
            closing(psycopg2.connect(cluster.conninfo)) as failed:
        add(slow, "SM-before")
        with following(environment, cluster) as tail:
            add(slow, "SM-slow")
            add(failed, "SM-failed")
            add(writer, "SM-fast")
            assert tail.subject() == "SM-fast", "nobody is waited for"
            add(writer, "SM-faster")
            assert tail.subject() == "SM-faster"
            failed.rollback()
            add(writer, "SM-fastest")
            assert tail.subject() == "SM-fastest"
            slow.commit()
            assert [tail.subject() for _ in range(2)] == ["SM-before", "SM-slow"]
            tail.nothing_more()


def test_more_than_a_page(environment, cluster, writer):
    """Of one transaction, and of many; nothing is left out where one page ends."""
    with following(environment, cluster, "--json") as tail:
        os.kill(tail.child.pid, signal.SIGSTOP)
        add(writer, "SM-many", 1700)
        for n in range(600):
            add(writer, f"SM{n}")
        os.kill(tail.child.pid, signal.SIGCONT)
        ids = [json.loads(tail.next())["id"] for _ in range(2300)]
        assert tail.end() == (0, [])
    with connected(cluster) as database:
        assert ids == [row["id"] for row in database.rows(
            "SELECT id FROM hookswitch.webhook_events ORDER BY xid, id")]


@contextmanager
def load(cluster, n):
    """Writers, each a transaction at a time, held open for a while; some of them fail."""
    is_over = threading.Event()

    def write(seed):
        chance = random.Random(seed)
        connection = None
        while not is_over.is_set():
            try:
                connection = connection or psycopg2.connect(cluster.conninfo)
                add(connection, f"SM{seed}", chance.choice((1, 1, 3)))
                time.sleep(chance.choice((0, 0.01, 0.02, 0.7)))
                (connection.rollback if chance.random() < 0.2 else connection.commit)()
            except psycopg2.Error:  # the server is away
                connection = None
                time.sleep(0.05)
        if connection:
            connection.close()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(n)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def written(cluster):
    with connected(cluster) as database:
        return database.counts()["webhook_events"]


def each_once(tail, cluster):
    """All that is in the ledger has come, and nothing else."""
    with connected(cluster) as database:
        known = [row["id"] for row in database.rows("SELECT id FROM hookswitch.webhook_events")]
    ids = [json.loads(tail.next())["id"] for _ in known]
    tail.nothing_more()
    assert tail.end() == (0, [])
    assert sorted(ids) == sorted(known)
    return ids


def test_many_writers(environment, cluster, database):
    with following(environment, cluster, "--json") as tail:
        with load(cluster, 8):
            wait_until(lambda: written(cluster) > 100, "enough is written")
        ids = each_once(tail, cluster)
    assert ids != sorted(ids), "they have come in another order"


@pytest.mark.parametrize("stop", ["stop", "kill"])
def test_a_server_that_starts_again(environment, cluster, database, stop):
    """Under load: it says so once, and goes on where it was."""
    with following(environment, cluster, "--json") as tail:
        with load(cluster, 4):
            wait_until(lambda: written(cluster) > 10, "enough is written")
            getattr(cluster, stop)()
            try:
                wait_until(lambda: len(tail.errors) == 2, "it has noticed")
                time.sleep(1.5)  # and looks again
            finally:
                cluster.start()
            wait_until(lambda: len(tail.errors) > 2, "it has noticed that, too")
        each_once(tail, cluster)
    assert tail.errors[1:] == [
        "hookswitch tail: what comes meanwhile is shown when the database is back\n",
        "hookswitch tail: the database is back\n"]


def test_numbers_that_a_dying_server_gives_out_again(cluster, writer, database):
    """A transaction that failed counts for nothing: a later one may have its number."""
    def snapshot():
        return database.one("SELECT hookswitch.event_snapshot()::text AS text")["text"]

    def current():
        return database.one("SELECT max(xid::text::bigint) AS xid FROM hookswitch.webhook_events")["xid"]

    assert snapshot() == "1:1:"
    add(writer, "SM1")
    first = current()
    assert snapshot() == f"{first + 1}:{first + 1}:"
    for _ in range(3):
        add_and_fail(cluster)
    assert snapshot() == f"{first + 1}:{first + 1}:"
    with closing(psycopg2.connect(cluster.conninfo)) as slow:
        add(slow, "SM2")
        add(writer, "SM3")
        cursor = slow.cursor()
        cursor.execute("SELECT pg_current_xact_id()::text")
        slowest, = cursor.fetchone()
        assert snapshot() == f"{slowest}:{current() + 1}:{slowest}"


def test_last_event_lost(environment, cluster, writer):
    """As after a failover to a server that had not come to it: it says so, and goes on."""
    add(writer, "SM1")
    with following(environment, cluster) as tail:
        add(writer, "SM2")
        assert tail.subject() == "SM2"
        administer(cluster, "DELETE FROM hookswitch.webhook_events WHERE subject_sid = 'SM1'")
        add(writer, "SM3")
        assert tail.subject() == "SM3"
        assert tail.errors == [], "of older ones it does not matter"
        administer(cluster, "DELETE FROM hookswitch.webhook_events WHERE subject_sid = 'SM3'")
        wait_until(lambda: tail.errors, "it has noticed")
        add(writer, "SM4")
        assert tail.subject() == "SM4"
        tail.nothing_more()
        assert tail.errors == [
            "hookswitch tail: the newest event that was there is not any more, because it was purged"
            " or erased, or lost with a server that failed: then others may be missing here\n"]


def add_and_fail(cluster):
    with closing(psycopg2.connect(cluster.conninfo)) as connection:
        add(connection, "SM-failed")
        connection.rollback()


def test_rows_of_a_dump(environment, cluster, writer):
    """They have numbers that this server has not given out yet, and are no news."""
    with following(environment, cluster) as tail:
        administer(cluster, "INSERT INTO hookswitch.webhook_events (event_key, account_sid, endpoint,"
                            " received_at, occurred_at, params, source, xid) VALUES ('', 'AC1',"
                            " 'status', now(), now(), '{}', 'webhook', '999999999999')")
        add(writer, "SM1")
        assert tail.subject() == "SM1"
        tail.nothing_more()


def test_filters(environment, cluster, writer):
    call, leg, other = (f"CA{n}".ljust(34, "0") for n in (1, 2, 9))
    here, there = ("AC" + digit * 32 for digit in "12")
    about = {"CallSid": call, "From": "+15551230009", "To": "client:alice"}
    add(writer, call, kind="call-status", params=about)
    add(writer, "RE1", kind="recording-status", params={"CallSid": call})
    add(writer, leg, kind="call-status", params={"CallSid": leg, "ParentCallSid": call})
    add(writer, "SM1", kind="message", account=there, params={"From": "whatsapp:+1 555 123-0009"})
    add(writer, "SM2", kind="message", params={"From": "+155512300099", "To": "+1555123000"})
    found = {
        ("--kind", "message"): ["SM1", "SM2"],
        ("--kind", "message,recording-status"): ["RE1", "SM1", "SM2"],
        ("--account", there): ["SM1"],
        ("--call", call): [call, "RE1", leg],
        ("--number", "+15551230009"): [call, "SM1"],
        ("--number", "alice"): [call],
        ("--number", "+15551230009", "--kind", "message"): ["SM1"],
    }
    for words, subjects in found.items():
        lines = last(environment, cluster, "--no-follow", *words)
        assert [line.split()[-1] for line in lines] == subjects, words
    result = run(environment, "tail", "--no-follow", "--call", other,
                 HOOKSWITCH_DATABASE=cluster.conninfo)
    assert (result.returncode, result.stdout) == (0, "")
    assert "there is no such webhook" in result.stderr
    with following(environment, cluster, "--kind", "message", "--account", here) as tail:
        add(writer, "SM3", kind="message", account=there)
        add(writer, "SM4", 600, account=here)
        tail.nothing_more(kind="message", account=here)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(environment, cluster, writer, number):
    with following(environment, cluster) as tail:
        add(writer, "SM1")
        tail.next()
        assert tail.end(number) == (0, [])
        assert tail.errors == []


def test_signal_while_the_database_is_away(environment, cluster, database):
    with following(environment, cluster) as tail:
        with cluster.stopped():
            wait_until(lambda: len(tail.errors) == 2, "it has noticed")
            assert tail.end(signal.SIGINT) == (0, [])
    assert "hookswitch tail: query " in tail.errors[0]


def test_signal_while_the_database_does_not_answer(environment, cluster, database):
    """One is enough, while it follows and before."""
    with connected(cluster) as other:
        other.connection.autocommit = False
        with following(environment, cluster) as tail:
            other.connection.cursor().execute(LOCK)
            wait_until(lambda: waits_for_a_lock(database), "it waits for an answer")
            assert tail.end(signal.SIGINT) == (0, [])
            assert tail.errors == []
        child = subprocess.Popen(
            command_line(environment, "tail", "-n", 1), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "HOOKSWITCH_DATABASE": cluster.conninfo})
        wait_until(lambda: len(waits_for_a_lock(database)) == 2, "it waits for an answer")
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=10) == ("", "hookswitch tail: interrupted\n")
        assert child.returncode == 1


LOCK = "LOCK TABLE hookswitch.webhook_events IN ACCESS EXCLUSIVE MODE"


def waits_for_a_lock(database):
    return database.rows("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                         " AND application_name = 'hookswitch-tail'")


@pytest.mark.parametrize("is_busy", [False, True], ids=["idle", "busy"])
def test_nobody_reads(environment, cluster, writer, is_busy):
    """As with "| head": it ends, also if nothing comes that it could not write."""
    if is_busy:
        add(writer, "SM1", 5000)
    words = ["-n", "5000", "--follow"] if is_busy else []
    others = waiting(cluster)
    child = subprocess.Popen(command_line(environment, "tail", *words), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True,
                             env={"PATH": os.environ["PATH"],
                                  "HOOKSWITCH_DATABASE": cluster.conninfo})
    wait_until(lambda: is_busy or waiting(cluster) - others, "it follows")
    child.stdout.close()
    assert (child.wait(10), child.stderr.read()) == (0, "")
    child.stderr.close()


def test_full_disk(environment, cluster, writer):
    add(writer, "SM1")
    with open("/dev/full", "w") as full:
        result = subprocess.run(command_line(environment, "tail", "-n", 1), stdout=full,
                                stderr=subprocess.PIPE, text=True,
                                env={"PATH": os.environ["PATH"],
                                     "HOOKSWITCH_DATABASE": cluster.conninfo})
    assert result.returncode == 1
    assert result.stderr == ("hookswitch tail: could not write to standard output: No space left on"
                             " device\n")


def test_a_table_that_goes_away(environment, cluster, database):
    """To wait for that would be to wait for ever."""
    with following(environment, cluster) as tail:
        administer(cluster, "ALTER TABLE hookswitch.webhook_events RENAME TO events_away")
        try:
            assert tail.child.wait(10) == 1
        finally:
            administer(cluster, "ALTER TABLE hookswitch.events_away RENAME TO webhook_events")
        tail.end()
        assert len(tail.errors) == 1 and "does not exist" in tail.errors[0]


def test_a_standby(environment, cluster, database):
    standby = Cluster()
    try:
        standby.copy(cluster)
        standby.start()
        check_failed(run(environment, "tail", HOOKSWITCH_DATABASE=standby.conninfo), 1,
                     "the database is a standby")
    finally:
        standby.close()


def test_colours_on_a_terminal(environment, cluster, writer):
    add(writer, "SM1")
    words = (environment, "tail", "-n", "1")
    seen = run_on_terminal(*words, whole=True, HOOKSWITCH_DATABASE=cluster.conninfo)[1]
    assert "\033[1mmessage-status  \033[0m" in seen
    assert "\033" not in run_on_terminal(*words, whole=True, NO_COLOR="1",
                                         HOOKSWITCH_DATABASE=cluster.conninfo)[1]


@pytest.mark.parametrize("words, status, said", [
    (["more"], 2, 'unexpected argument "more"'),
    (["-n", "0"], 2, 'option "-n" needs a number from 1 to 100000'),
    (["--kind", "mesage"], 2, 'there is no kind "mesage"; did you mean "message"?'),
    (["--kind", "message,"], 2, 'there is no kind ""'),
    (["--number", "+"], 2, "--number must look like +15551230009"),
    (["--follow", "--no-follow"], 2, "--follow and --no-follow exclude each other"),
    ([], 1, "could not connect to the database"),
])
def test_called_in_a_wrong_way(environment, words, status, said):
    check_failed(run(environment, "tail", *words, HOOKSWITCH_DATABASE=NOWHERE), status, said)
