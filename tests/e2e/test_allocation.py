"""Memory that runs out in a plain CGI program, at one call to the allocator after the other.

The unit tests do the same without a database. Here each request is a process of its own, so
that everything that libraries do once is part of it.
"""

import os
import random
import re
import subprocess
from dataclasses import dataclass

import pytest

import payloads
import twilio
import wire
from test_command import run as run_command
from twilio import new_sid

ORIGIN = "https://example.com"
TARGET = "/api/webhooks/sms"

# One call in so many; HOOKSWITCH_SCARCE_STEP=1 tries them all, which takes minutes.
STEP = int(os.environ.get("HOOKSWITCH_SCARCE_STEP", 71))

# Each call alone, and each with all that follow it.
LENGTHS = (1, 2**64 - 1)

REPLY = "<Response><Message to='{From}'>You said: {Body}</Message></Response>"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
REPLIES = {
    f'{HEAD}<Response><Message to="{payloads.THEIRS}">You said: Hi</Message></Response>\n',
    f"{HEAD}<Response/>\n",
}

# The process could not start; the dynamic linker gave up on a library.
NOT_SERVED = (1, 127)


@dataclass
class Served:
    """What came of one request, the calls from `first` on failing."""

    first: int
    calls: int
    params: list
    result: subprocess.CompletedProcess

    @property
    def sid(self):
        return dict(self.params)["MessageSid"]

    @property
    def taken(self):
        return self.result.stdout.startswith("Status: 2")

    def check(self):
        """A whole answer, or none from a process that ended before it could serve."""
        if self.result.returncode in NOT_SERVED:
            assert self.result.stdout == "", self
            return
        assert self.result.returncode == 0, self
        head, _, body = self.result.stdout.partition("\n\n")
        assert int(re.search(r"^Content-Length: (\d+)$", head, re.M)[1]) == len(body), self
        if self.taken:
            assert head.startswith("Status: 200 OK\n") and body in REPLIES, self
        else:
            assert head.startswith("Status: 503 ") and body == "", self
            assert "not stored: " in self.result.stderr, self


class Program:
    """One endpoint as a web server runs it, with a spool and a reply file."""

    def __init__(self, environment, settings, account, directory):
        self.environment = environment
        self.account = account
        self.spool = directory / "spool"
        self.spool.mkdir(0o700)
        (directory / "sms.xml").write_text(REPLY)
        self.count = directory / "count"
        self.config = directory / "hookswitch.conf"
        lines = {**settings, "HOOKSWITCH_SPOOL": self.spool, "HOOKSWITCH_REPLIES": directory}
        self.config.write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))
        self.config.chmod(0o600)

    def serve(self, first, calls):
        params = payloads.inbound_sms(self.account, new_sid("SM"), Body="Hi")
        request = twilio.form(self.account.token, ORIGIN, TARGET, params)
        result = self._run("sms.fcgi", first, calls, request.body.decode(),
                           **self._variables(request))
        return Served(first, calls, params, result)

    def read(self, first, calls, query, **variables):
        """What a user gets of the live feed, as the program writes it."""
        request = wire.Request("GET", "/api/webhooks/events", {"Content-Type": ""})
        return self._run("events.fcgi", first, calls, "", **{
            **self._variables(request), "QUERY_STRING": query, "REMOTE_USER": "anna", **variables})

    def _run(self, name, first, calls, body, **variables):
        return subprocess.run(
            [self.environment.fcgi_dir / name], input=body, text=True, capture_output=True,
            timeout=60, env={
                "LD_PRELOAD": str(self.environment.fcgi_dir / "tests" / "load" / "scarce.so"),
                "SCARCE_FIRST": str(first), "SCARCE_CALLS": str(calls),
                "SCARCE_COUNT": str(self.count), **variables})

    def waiting(self):
        """The records that wait, whole: their text."""
        folder = self.spool / "new"
        return [path.read_text() for path in folder.iterdir()] if folder.exists() else []

    def _variables(self, request):
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value
                   for name, value in request.headers.items()}
        return {
            # HOME, or libpq looks it up: without memory glibc 2.36 crashes in getpwuid_r.
            "PATH": os.environ["PATH"], "HOME": "/nonexistent",
            "GATEWAY_INTERFACE": "CGI/1.1", "HTTPS": "on",
            "REQUEST_METHOD": request.method, "REQUEST_URI": request.target,
            "CONTENT_TYPE": request.headers["Content-Type"],
            "CONTENT_LENGTH": str(len(request.body)), "HTTP_HOST": "example.com",
            "DOCUMENT_ROOT": "/usr", "HOOKSWITCH_CONFIG": str(self.config), **headers}


@pytest.fixture
def program(environment, settings, account, tmp_path):
    if environment.wrapper:
        pytest.skip("HOOKSWITCH_WRAPPER may have an allocator of its own")
    if re.search(rb"__asan_", (environment.fcgi_dir / "sms.fcgi").read_bytes()):
        pytest.skip("built with a sanitizer, which has an allocator of its own")
    return Program(environment, settings, account, tmp_path)


def test_every_call(program, environment, database):
    """A 2xx is in the database or in the spool, and in the end once in the database, whole."""
    served = [program.serve(1, 0)]
    assert served[0].taken and database.events(served[0].sid), served[0]
    calls = int(program.count.read_text())
    offset = random.randrange(STEP)
    for length in LENGTHS:
        served += [program.serve(first, length) for first in range(1 + offset, calls + 1, STEP)]
    spooled = "".join(program.waiting())
    for each in served:
        each.check()
        rows, records = len(database.events(each.sid)), spooled.count(f"&MessageSid={each.sid}")
        assert rows <= 1 and records <= 1 and rows + records >= each.taken, each
    replayed = run_command(environment, "replay", "--config", program.config)
    assert (replayed.returncode, program.waiting()) == (0, []), replayed.stderr
    assert {path.name for path in program.spool.iterdir()} <= {"new", "tmp"}
    for each in served:
        check_stored(each, database)
    taken = sum(each.taken for each in served)
    assert 0 < taken < len(served)


def check_stored(served, database):
    events = database.events(served.sid)
    assert len(events) == 1 or not (events or served.taken), served
    for event in events:
        assert event["params"] == {name: str(value) for name, value in served.params}, served
        assert database.row("messages", served.sid)["body"] == "Hi", served


@pytest.mark.parametrize("query, variables", [
    ("after=oldest", {"HTTP_ACCEPT": "text/event-stream"}), ("list=conversations", {}),
], ids=["feed", "list"])
def test_every_call_of_a_reader(program, database, query, variables):
    """All that was asked for, or a whole answer that says it could not be had."""
    program.serve(1, 0)
    whole = program.read(1, 0, query, **variables)
    assert whole.returncode == 0 and whole.stdout.startswith("Status: 200 OK\n"), whole
    calls = int(program.count.read_text())
    step = STEP if STEP == 1 else 2 * STEP
    offset = random.randrange(step)
    results = [program.read(first, length, query, **variables) for length in LENGTHS
               for first in range(1 + offset, calls + 1, step)]
    for result in results:
        if result.returncode in NOT_SERVED:
            assert result.stdout == "", result
            continue
        assert result.returncode == 0, result
        head, _, body = result.stdout.partition("\n\n")
        if head.startswith("Status: 200 OK\n"):
            assert result.stdout == whole.stdout
        else:
            assert head.startswith("Status: 50"), result
            assert int(re.search(r"^Content-Length: (\d+)$", head, re.M)[1]) == len(body), result
    assert any(result.stdout == whole.stdout for result in results)
    assert any(result.stdout != whole.stdout for result in results)
