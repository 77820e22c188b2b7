"""How soon a reader of the live feed has what was committed, and what readers cost.

Processor time is asserted always. How long something takes says something only on a machine that is
not busy with other work, so that the short run allows for more; `make bench` takes longer, is strict,
and prints what it finds.
"""

import multiprocessing
import os
import random
import secrets
import select
import socket
import statistics
import threading
import time
from contextlib import ExitStack

import pytest

import feed
from faults import connected
from feed import Stream, write_events
from load import send_messages
from webservers import ApacheFcgid, Lighttpd, pids

BENCH = int(os.environ.get("HOOKSWITCH_BENCH", "0"))
TICKS = os.sysconf("SC_CLK_TCK")

STREAMED, POLLED = (1.0, 2.0) if BENCH else (5.0, 7.0)  # seconds from the commit
WATCHERS, POLLERS, OF_A_CORE = 50, 10, 0.05


def report(text):
    if BENCH:
        print("\n" + text, end="")


def test_streamed(alone, database):
    chance = random.Random(1)
    times = []
    with Stream(alone(Lighttpd)) as stream:
        stream.next()
        for n in range(100 if BENCH else 8):
            time.sleep(chance.random() * 0.5)
            write_events(database, f"{n}")
            committed = time.monotonic()
            assert stream.event()["subject_sid"] == f"{n}"
            times.append(time.monotonic() - committed)
    report(f"commit to reader, streamed: median {statistics.median(times) * 1000:.0f} ms,"
           f" longest {max(times) * 1000:.0f} ms")
    assert max(times) < STREAMED


def test_polled(alone, database):
    """As a browser does it where nothing is streamed: it comes back after the time it is told."""
    chance = random.Random(1)
    server = alone(ApacheFcgid)
    with Stream(server) as stream:
        stream.rest()
    times = []
    for n in range(30 if BENCH else 3):
        due = time.monotonic() + stream.retry / 1000
        time.sleep(chance.random() * stream.retry / 1000)
        write_events(database, f"{n}")
        committed = time.monotonic()
        found = []
        while not found:
            time.sleep(max(0, due - time.monotonic()))
            with Stream(server, stream.last_event_id) as stream:
                found = [block.json for block in stream.rest() if block.data]
            due = time.monotonic() + stream.retry / 1000
        assert [event["subject_sid"] for event in found] == [f"{n}"]
        times.append(time.monotonic() - committed)
    report(f"commit to reader, polled: median {statistics.median(times) * 1000:.0f} ms,"
           f" longest {max(times) * 1000:.0f} ms")
    assert max(times) < POLLED


def spent(pids):
    """{pid: processor seconds} of those of them that are there."""
    seconds = {}
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except FileNotFoundError:  # a connection that was not needed any more
            continue
        seconds[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    return seconds


def spent_since(before):
    """Processor seconds of the same processes."""
    return sum(seconds - before[pid] for pid, seconds in spent(before).items())


def processes(server, database, name="events"):
    """A program's process, and its servers in the database."""
    own, = pids(server, name)
    return [own] + [row["pid"] for row in database.rows(
        "SELECT pid FROM pg_stat_activity WHERE application_name = %s", f"hookswitch-{name}")]


def test_idle_watchers(alone, environment, cluster, database):
    """One process and all who follow it, with nothing to tell them."""
    if environment.wrapper:
        pytest.skip("HOOKSWITCH_WRAPPER has costs of its own")
    server = alone(Lighttpd)
    seconds = 30 if BENCH else 4
    with ExitStack() as stack, connected(cluster) as other:
        for _ in range(WATCHERS):
            stack.enter_context(Stream(server)).next()
        measured = processes(server, other)
        before = spent(measured)
        time.sleep(seconds)
        share = spent_since(before) / seconds
    report(f"{WATCHERS} idle watchers: {share * 100:.2f} % of a core, over"
           f" {len(measured) - 1} connections")
    assert share < OF_A_CORE


class Audience:
    """Watchers and pollers that read all they can get, in a process of their own."""

    def __init__(self, server, watchers):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(
            target=attend, args=(server, watchers, theirs))
        self.process.start()
        assert self.pipe.recv() == "all are there"

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.process.kill()
        self.process.join()

    def leave(self, events):
        """When all watchers have had so many."""
        self.pipe.send(events)
        counts = self.pipe.recv()
        assert all(count == events for count in counts), counts


def attend(server, watchers, pipe):
    """What the process of an audience does, until it is told how many events there have been."""
    request = (f"GET {feed.PATH} HTTP/1.0\r\nHost: 127.0.0.1:{server.port}\r\n"
               f"Accept: {feed.STREAM}\r\nAuthorization: Bearer {feed.TOKEN}\r\n\r\n").encode()
    is_over = threading.Event()
    pollers = [threading.Thread(target=poll, args=(server, is_over))
               for _ in range(POLLERS if watchers else 0)]
    counts, ends = {}, {}  # by socket: events, and the last bytes
    for _ in range(watchers):
        watcher = socket.create_connection(("127.0.0.1", server.port))
        watcher.sendall(request)
        assert b"200 OK" in watcher.recv(65536)
        counts[watcher], ends[watcher] = 0, b""
    for poller in pollers:
        poller.start()
    pipe.send("all are there")
    expected, deadline = None, 0
    while expected is None or (time.monotonic() < deadline and min(counts.values(), default=0)
                               < (expected if counts else 0)):
        for ready in select.select([pipe, *counts] if expected is None else list(counts), [], [], 1)[0]:
            if ready is pipe:
                expected, deadline = pipe.recv(), time.monotonic() + 30
                continue
            text = ends[ready] + ready.recv(1 << 18)
            counts[ready] += text.count(b"\ndata: ")
            ends[ready] = text[-len(b"data: "):]
    is_over.set()
    for poller in pollers:
        poller.join()
    pipe.send(list(counts.values()))


def poll(server, is_over):
    poller = feed.Poller(server)
    while not is_over.wait(1):
        poller.drain()
        poller.seen.clear()


@pytest.fixture
def busy(alone, environment):
    """A server of which the feed is read while messages come."""
    if not (environment.fcgi_dir / "tests" / "load" / "load").exists():
        pytest.skip("tests/load/load is not built (libcurl is missing)")
    if environment.wrapper:
        pytest.skip("HOOKSWITCH_WRAPPER has costs of its own")
    return alone(Lighttpd)


def in_turns(server, environment, account, count, rounds, measure, is_enough, rate=0):
    """What was measured of each round without an audience, and with one.

    A machine that is busy with other things is given some more rounds.
    """
    found = {0: [], WATCHERS: []}
    for n in range(4 * rounds):
        if n >= rounds and is_enough(*found.values()):
            break
        for watchers in found:
            with Audience(server, watchers) as audience:
                send(environment, server, account, 50)
                found[watchers].append(measure(
                    lambda: send(environment, server, account, count, rate)))
                audience.leave(50 + count)
    return found.values()


def test_cost_of_writing(busy, environment, account, cluster, database):
    """Processor time of a message, in its program and in the database: readers add nothing."""
    count = BENCH or 1000

    def cost(send):
        with connected(cluster) as other:
            before = spent(processes(busy, other, "sms"))
        send()
        return spent_since(before) / count

    def is_enough(without, with_them):
        return min(with_them) < (1.3 if BENCH else 1.5) * min(without)

    found = in_turns(busy, environment, account, count, 3, cost, is_enough)
    without, with_them = map(min, found)
    report(f"a message costs {without * 1e6:.0f} us of processor time in sms.fcgi and in the"
           f" database, {with_them * 1e6:.0f} us with {WATCHERS} watchers that have each of them")
    assert is_enough(*found)


def test_time_of_writing(busy, environment, account, database):
    """How long a message takes where the machine has time for all of them."""
    seconds, rate = (10, 200) if BENCH else (1, 200)
    def is_enough(*found):
        best = [min(each["p50"] for each in rounds) for rounds in found]
        return best[1] < (1.5 if BENCH else 3) * best[0]

    without, with_them = in_turns(busy, environment, account, seconds * rate, 5 if BENCH else 2,
                                  lambda send: send().milliseconds, is_enough, rate)
    for name in ("p50", "p99"):
        report(f"{name} of a message, {rate} a second: "
               f"{statistics.median(each[name] for each in without):.2f} ms,"
               f" with {WATCHERS} watchers {statistics.median(each[name] for each in with_them):.2f} ms")
    assert is_enough(without, with_them)


def send(environment, server, account, count, rate=0):
    outcome = send_messages(environment, server, account, count, 16, "SM" + secrets.token_hex(8),
                            rate=rate)
    assert outcome.answers == {200: count}
    return outcome
