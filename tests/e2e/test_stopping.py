"""Signals to the endpoints, graceful reload and restart of the servers that run them.

No answer is cut short, and what was being worked on is stored. What a server itself does to its
clients while it stops is no endpoint's doing; the tests below say what each one does.
"""

import http.client
import os
import re
import signal
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path

import pytest

import faults
import payloads
import wire
from answers import check_empty_twiml, check_no_content
from processes import LISTENING, PATIENCE, wait_until
from twilio import Twilio, new_sid
from webservers import (ApacheCgid, ApacheFcgid, ApacheProxyFcgi, ApacheSuexec, Lighttpd, LogWatch,
                        pids)

TERM, USR1, INT = signal.SIGTERM, signal.SIGUSR1, signal.SIGINT
HUP, WINCH = signal.SIGHUP, signal.SIGWINCH

FASTCGI = (Lighttpd, ApacheFcgid, ApacheProxyFcgi)
CGI = (ApacheCgid, ApacheSuexec)
APACHE = (ApacheFcgid, ApacheProxyFcgi, *CGI)

# What waits for a lock gives up after 2.4 seconds.
IN_HAND_SECONDS = 2

# Restarts in a row, and how many senders there are meanwhile.
TIMES = 3
SENDERS = 8


class Late(Exception):
    """The machine was so busy that a request may have been in hand no longer when it was to be."""


def again_when_late(test):
    """Nothing is known then, so that it is done once more, with another server."""
    @wraps(test)
    def tried(start, **fixtures):
        for _ in range(4):
            try:
                return test(start, **fixtures)
            except Late:
                start.close()
        return test(start, **fixtures)
    return tried


def each(servers, *signals):
    """Parameters of a test: every server with every signal."""
    return [pytest.param(server, number, id=f"{server.name}-{number.name}")
            for server in servers for number in signals]


@pytest.fixture
def start(environment, settings):
    """Starts a server that the test has to itself."""
    servers = []

    def start(server_class):
        reason = server_class.unavailable()
        if reason:
            pytest.skip(reason)
        servers.append(server_class(environment, settings))
        servers[-1].start()
        return servers[-1]

    def close():
        """With programs that have ended, and that nobody has started again."""
        while servers:
            with suppress(AssertionError):
                servers.pop().close()

    start.close = close
    try:
        yield start
    finally:
        for server in servers:
            server.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(SENDERS) as pool:
        yield pool


@pytest.fixture
def crowd(environment, account):
    """Makes senders for a server, which give up soon if it may leave them waiting."""
    soon = 5 if environment.wrapper else 0.5

    def crowd(server, may_wait=False):
        if environment.wrapper and isinstance(server, (ApacheFcgid, *CGI)):
            pytest.skip("too many processes at a time for HOOKSWITCH_WRAPPER")
        return Senders(Twilio(server, account), soon if may_wait else wire.TIMEOUT)

    return crowd


# Signals to the process of an endpoint.

@pytest.mark.parametrize("server_class, number", [
    *each(FASTCGI, TERM), *each([Lighttpd], USR1), *each([ApacheProxyFcgi], USR1, INT, HUP)])
def test_idle(start, database, account, server_class, number):
    """It ends at once; the next request finds another process.

    One that lighttpd sends before it has noticed that the process has ended gets 503, and so do
    all others for a second or two.
    """
    server = start(server_class)
    twilio = Twilio(server, account)
    send_message(twilio)
    process = Process(server, "sms")
    process.send_signal(number)
    process.check_ended()
    send_message(twilio)
    assert database.counts()["messages"] == 2


@pytest.mark.parametrize("server_class, number", each((*FASTCGI, *CGI), TERM, USR1))
@again_when_late
def test_in_hand(start, cluster, database, account, pool, server_class, number):
    """In the middle of its transaction: answered and stored, and then the process ends."""
    server = start(server_class)
    twilio = Twilio(server, account)
    with held(cluster, database, twilio, pool) as callback:
        process = Process(server, "status")
        process.interrupt(number)
    callback.check(database)
    process.check_ended()


@pytest.mark.parametrize("server_class, number", each((Lighttpd, ApacheProxyFcgi), TERM, USR1))
@again_when_late
def test_not_accepted_yet(start, cluster, database, account, pool, server_class, number):
    """The idle threads end, one is still at work, and the next request waits for it already.

    It would be lost with the process: these servers have sent it, and keep no copy for another
    process. mod_fcgid sends only to a process that is free.
    """
    server = start(server_class)
    twilio = Twilio(server, account)
    send_status(twilio)
    process = Process(server, "status")
    wait_until(lambda: process.threads() > 2 or send_at_once(twilio, pool), "it has threads")
    with held(cluster, database, twilio, pool) as callback:
        process.send_signal(number)
        wait_until(lambda: process.threads() <= 2, "the idle ones have ended")
        assert process.is_running()
        behind = Callback(twilio, pool)
        wait_until(lambda: 0 in process.connections(), "another request waits")
    callback.check(database)
    behind.check(database)
    process.check_ended()


@pytest.mark.parametrize("server_class", (Lighttpd, ApacheProxyFcgi), ids=lambda s: s.name)
def test_busy(start, crowd, database, server_class):
    """It ends although there is always another request.

    What the server sends at the last moment gets 500, and 503 what it sends to nobody.
    """
    server = start(server_class)
    with crowd(server) as senders:
        senders.wait_for_answers()
        ending = set(pids(server, "sms"))
        for pid in ending:
            os.kill(pid, TERM)
        wait_until(lambda: not ending.intersection(pids(server, "sms")), "they have ended")
        if server_class is ApacheProxyFcgi:
            assert server.endpoints["sms"].child.wait(PATIENCE) == 0
            server.spawn("sms")
        senders.wait_for_answers()
    senders.check(database, {500, 503})


@pytest.mark.parametrize("server_class", (ApacheProxyFcgi, *CGI), ids=lambda server: server.name)
def test_in_the_middle_of_its_body(start, environment, database, account, server_class):
    """These servers hand a body on while it comes."""
    if environment.wrapper and server_class in CGI:
        pytest.skip("whether HOOKSWITCH_WRAPPER runs the program yet cannot be seen")
    server = start(server_class)
    with Upload(Twilio(server, account)) as upload:
        wait_until(lambda: pids(server, "sms"), "there is a process")
        process = Process(server, "sms")
        wait_until(process.is_at_work, "the request is in hand")
        process.interrupt(TERM)
        upload.finish()
    assert database.row("messages", upload.sid)["status"] == "received"
    process.check_ended()


def test_while_the_server_has_the_body(start, database, account):
    """lighttpd keeps it until all of it is there; then it goes to the next process."""
    server = start(Lighttpd)
    twilio = Twilio(server, account)
    send_message(twilio)
    process = Process(server, "sms")
    with Upload(twilio) as upload:
        process.send_signal(TERM)
        process.check_ended()
        upload.finish()
    assert database.row("messages", upload.sid)["status"] == "received"


def test_spooled(start, cluster, database, account, pool):
    """The database goes away from under the request in hand, too: it is in the spool."""
    server = start(Lighttpd)
    twilio = Twilio(server, account)
    spool = faults.Spool(server)
    with spool.in_use():
        # However long it takes to stop the database: what is given up is in the spool, too.
        with held(cluster, database, twilio, pool, PATIENCE) as callback:
            process = Process(server, "status")
            process.interrupt(TERM)
            with cluster.stopped():
                check_no_content(callback.answer())
                process.check_ended()
                assert len(spool.waiting()) == 1
        spool.drain(cluster, twilio)
    with faults.connected(cluster) as back:
        assert [event["source"] for event in back.events(callback.sid)] == ["webhook", "spool"]


# Signals to the server.

@pytest.mark.parametrize("server_class, number", [
    *each([Lighttpd], USR1, HUP), *each(APACHE, USR1)])
@again_when_late
def test_graceful_restart(start, cluster, database, account, pool, server_class, number):
    """The request in hand gets its answer, and so does the first one afterwards.

    What becomes of those in between is for the tests under load: mod_cgid's daemon is away then.
    """
    server = start(server_class)
    twilio = Twilio(server, account)
    with held(cluster, database, twilio, pool) as callback:
        restarted = signal_server(server, number)
    callback.check(database)
    restarted()
    send_message(twilio)
    kill_group(server)


@pytest.mark.parametrize("server_class, number", [
    *each([Lighttpd], INT), *each([ApacheFcgid, ApacheCgid], WINCH)])
@again_when_late
def test_graceful_stop(start, crowd, cluster, database, account, pool, server_class, number):
    """Under load, and one more request in hand; in the end nothing is left running.

    A connection that the server has not accepted yet is closed with its listening socket.
    """
    server = start(server_class)
    with crowd(server) as senders:
        senders.wait_for_answers()
        with held(cluster, database, Twilio(server, account), pool) as callback:
            signal_server(server, number)
        callback.check(database)
        assert server.program.child.wait(PATIENCE) == 0
    senders.check(database, {"no answer", "refused"})
    wait_until(lambda: not pids(server), "the endpoints have ended")


@pytest.mark.parametrize("server_class, number", [
    *each([Lighttpd], TERM), *each([ApacheFcgid, ApacheProxyFcgi, ApacheCgid], HUP)])
@again_when_late
def test_hard_stop(start, crowd, cluster, database, account, pool, server_class, number):
    """The server drops its clients at once, but what was in hand is stored all the same.

    lighttpd and mod_fcgid end their endpoints with SIGTERM. mod_cgid so ends a program that is
    still at work; it kills it three seconds later.
    """
    server = start(server_class)
    with crowd(server, may_wait=True) as senders:
        senders.wait_for_answers()
        with held(cluster, database, Twilio(server, account), pool) as callback:
            signal_server(server, number)
            assert callback.answer() is None
        wait_until(lambda: len(database.events(callback.sid)) == 2, "it is stored")
    assert database.row("messages", callback.sid)["status"] == "read"
    senders.check(database, {"no answer", "silence", "refused", 500, 503})
    kill_group(server)


@pytest.mark.parametrize("server_class, number", [
    *each([Lighttpd], USR1, HUP), *each([ApacheProxyFcgi], USR1)])
def test_graceful_restarts_under_load(start, environment, database, account, tmp_path,
                                      server_class, number):
    """Nobody notices anything.

    lighttpd lets new clients wait while it finishes what it has; at SIGHUP it only opens its
    logs. Behind mod_proxy_fcgi the endpoints go on.
    """
    if not (environment.fcgi_dir / "tests" / "load" / "load").exists():
        pytest.skip("tests/load/load is not built (libcurl is missing)")
    server = start(server_class)
    log = LogWatch(server)
    with faults.Load(environment, server, account, tmp_path, connections=SENDERS) as load:
        for _ in range(TIMES):
            wait_for_round(load)
            signal_server(server, number)()
        wait_for_round(load)
    assert set(load.answers) == {200}, dict(load.answers)
    assert faults.check_stored_once(database, load.taken) == load.sent == len(load.taken)
    assert not log.lines("not stored")


@pytest.mark.parametrize("server_class, number, others", [
    pytest.param(ApacheProxyFcgi, HUP, {"no answer"}, id="apache-proxy-fcgi-SIGHUP"),
    pytest.param(ApacheFcgid, USR1, {"no answer", "silence", 500}, id="apache-fcgid-SIGUSR1"),
    pytest.param(ApacheCgid, USR1, {503}, id="apache-cgid-SIGUSR1"),
])
def test_restarts_under_load(start, crowd, database, server_class, number, others):
    """Some get no answer, or another than ours, but what is acknowledged is stored.

    At SIGHUP Apache drops its clients. At SIGUSR1 it stops mod_cgid's daemon while requests
    are asking it for a program: 503. It also stops mod_fcgid's process manager, which stops the
    endpoints. A request that is sent to one just then gets 500; one that finds none left waits
    for another until its client gives up.
    """
    server = start(server_class)
    with crowd(server, may_wait="silence" in others) as senders:
        for _ in range(TIMES):
            senders.wait_for_answers()
            signal_server(server, number)()
        senders.wait_for_answers()
    senders.check(database, others)
    kill_group(server)


# What a server's log says of a signal: when it has noticed it, and when it is done.
LIGHTTPD_SAYS = {
    USR1: ("graceful shutdown started", "server started"),
    INT: ("graceful shutdown started", "server stopped"),
    TERM: ("server stopped", "server stopped"),
    HUP: ("logfiles cycled", "logfiles cycled"),
}
APACHE_STARTS = "AH00094"
APACHE_SAYS = {
    USR1: ("AH00493", APACHE_STARTS),
    HUP: ("AH00494", APACHE_STARTS),
    WINCH: ("AH00492", "AH00492"),
}


def signal_server(server, number):
    """Returns when the server has noticed; what it returns waits until it is done.

    Apache forgets a signal that comes while it is busy with another.
    """
    noticed, done = (LIGHTTPD_SAYS if isinstance(server, Lighttpd) else APACHE_SAYS)[number]
    log = LogWatch(server)
    socket_before = server.daemon_socket() if isinstance(server, CGI) else None

    def wait_for(text):
        wait_until(lambda: log.lines(text), f'"{text}" in the log of {server.name}')

    def wait_until_done():
        wait_for(done)
        if isinstance(server, CGI) and done == APACHE_STARTS:
            wait_until(lambda: server.daemon_socket() not in (None, socket_before),
                       "the daemon that starts the programs is a new one")

    server.program.child.send_signal(number)
    wait_for(noticed)
    return wait_until_done


def kill_group(server):
    """Apache's processes may wait for each other until it kills them, ten seconds later."""
    if server.program.running():
        os.killpg(server.program.pid, signal.SIGKILL)
        server.program.child.wait()


def wait_for_round(load):
    sent = load.sent
    wait_until(lambda: load.sent > sent or load.failure, "messages are sent")


class Process:
    """The one process of an endpoint."""

    def __init__(self, server, endpoint):
        self.server = server
        self.endpoint = endpoint
        self.log = LogWatch(server)
        (self.pid,) = pids(server, endpoint)

    def send_signal(self, number):
        os.kill(self.pid, number)

    def interrupt(self, number):
        """While it is at work: it leaves the signal for later."""
        self.send_signal(number)
        wait_until(lambda: not self.is_running() or number in self._signals("ShdPnd"),
                   "the signal has arrived")
        assert self.is_running()

    def is_running(self):
        return self._status()["State"][0] not in "ZX"

    def is_at_work(self):
        """A program for one request is so as soon as it holds back signals."""
        if isinstance(self.server, CGI):
            return TERM in self._signals("SigBlk")
        return any(self.connections())

    def connections(self):
        """The server's with this process: inodes, and 0 for one that is not accepted yet."""
        lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
        return [int(line[6]) for line in lines
                if line[-1].startswith(f"{self.server.site.run}/")
                and f"{self.endpoint}.sock" in line[-1] and line[3] != LISTENING]

    def threads(self):
        try:
            return len(os.listdir(f"/proc/{self.pid}/task"))
        except OSError:
            return 0

    def check_ended(self):
        """By itself and in order, as far as its server tells."""
        wait_until(lambda: not self.is_running(), f"{self.endpoint} has ended")
        if isinstance(self.server, ApacheProxyFcgi):
            assert self.server.endpoints[self.endpoint].child.wait(PATIENCE) == 0
            self.server.spawn(self.endpoint)
        elif isinstance(self.server, Lighttpd):
            assert "child exited: 0 " in self.log.only_line("child exited")

    def _signals(self, name):
        mask = int(self._status()[name], 16)
        return {number for number in signal.Signals if mask >> number - 1 & 1}

    def _status(self):
        try:
            text = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return {"State": "Z", "ShdPnd": "0", "SigBlk": "0"}
        return dict(line.split(":\t") for line in text.splitlines())


class Callback:
    """A status callback on its way."""

    def __init__(self, twilio, pool, sid=None):
        self.sid = sid or new_sid("SM")
        future = pool.submit(twilio.send, "status", payloads.message_status(
            twilio.account, self.sid, "read"))
        self.answer, self.is_answered = future.result, future.done

    def check(self, database):
        check_no_content(self.answer())
        assert database.row("messages", self.sid)["status"] == "read"
        assert [event["endpoint"] for event in database.events(self.sid)].count("status") == 1


@contextmanager
def held(cluster, database, twilio, pool, seconds=IN_HAND_SECONDS):
    """A callback in the middle of its transaction: somebody else has locked the row."""
    sid = send_message(twilio)
    asked = []

    def waits():
        """It and nobody else: messages of one contact wait for each other, too."""
        asked.append(time.monotonic())
        return database.rows("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                             " AND application_name = 'hookswitch-status'")

    with faults.locked(cluster, "messages", sid):
        wait_until(lambda: not waits(), "nobody waits")
        callback = Callback(twilio, pool, sid)
        try:
            wait_until(lambda: waits() or callback.is_answered(), "it waits")
            if callback.is_answered():
                raise Late
            yield callback
        finally:
            # Since it was asked when it did not wait yet.
            if time.monotonic() - asked[-2] > seconds:
                raise Late


class Upload:
    """A message whose second half is still to come."""

    def __init__(self, twilio):
        self.sid = new_sid("SM")
        request = twilio.request("sms", payloads.inbound_sms(
            twilio.account, self.sid, Padding="x" * 100_000))
        head = request.head(f"127.0.0.1:{twilio.port}", {"Content-Length": len(request.body)})
        self.connection = socket.create_connection(("127.0.0.1", twilio.port), wire.TIMEOUT)
        self.connection.sendall(head + request.body[:50_000])
        self.rest = request.body[50_000:]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def finish(self):
        self.connection.sendall(self.rest)
        response = http.client.HTTPResponse(self.connection)
        response.begin()
        check_empty_twiml(wire.Answer(response.status, response.headers, response.read()))


class Senders:
    """Messages from several senders at a time, and what became of each of them."""

    def __init__(self, twilio, patience):
        self.twilio = twilio
        self.patience = patience
        self.outcomes = Counter()
        self.taken = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(SENDERS)
        self._runs = []

    def __enter__(self):
        self._runs = [self._pool.submit(self._run) for _ in range(SENDERS)]
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._pool.shutdown()
        for run in self._runs:
            run.result()

    def wait_for_answers(self):
        """To some requests, those that are on their way among them."""
        enough = len(self.taken) + SENDERS // 2
        wait_until(lambda: len(self.taken) >= enough, "messages are taken")

    def check(self, database, others):
        """`others`: what else than 200 may have come."""
        assert set(self.outcomes) <= {200, *others}, dict(self.outcomes)
        faults.check_stored_once(database, self.taken)

    def _run(self):
        outcome = None
        while not self._stop.is_set() and outcome != "refused":
            sid = new_sid("SM")
            request = self.twilio.request("sms", payloads.inbound_sms(self.twilio.account, sid))
            outcome = self._send(request)
            with self._lock:
                self.outcomes[outcome] += 1
                if outcome == 200:
                    self.taken.append(sid)

    def _send(self, request):
        """A status, or what was there in place of a complete answer."""
        address = "127.0.0.1", self.twilio.port
        head = request.head("%s:%d" % address, {"Content-Length": len(request.body)})
        answer = b""
        try:
            with socket.create_connection(address, self.patience) as connection:
                connection.sendall(head + request.body)
                while piece := connection.recv(65536):
                    answer += piece
        except ConnectionRefusedError:
            return "refused"
        except socket.timeout:
            return "cut short" if answer else "silence"
        except ConnectionError:
            pass  # there may be an answer all the same
        if not answer:
            return "no answer"
        return int(answer.split()[1]) if is_complete(answer) else "cut short"


def is_complete(answer):
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"^content-length: *(\d+)", head, re.I | re.M)
    return bool(end) and length is not None and len(body) == int(length[1])


def send_message(twilio):
    """Returns its SID."""
    sid = new_sid("SM")
    check_empty_twiml(twilio.send("sms", payloads.inbound_sms(twilio.account, sid)))
    return sid


def send_status(twilio):
    check_no_content(twilio.send("status", payloads.message_status(
        twilio.account, new_sid("SM"), "read")))


def send_at_once(twilio, pool):
    for callback in [Callback(twilio, pool) for _ in range(SENDERS)]:
        check_no_content(callback.answer())
