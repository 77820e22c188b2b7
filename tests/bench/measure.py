"""Slices of load: short measurements of one contender, and what has to be true after each."""

import os
import secrets
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from contenders import AT_A_TIME, STRANGER
from deployment import ACCOUNT
from load import send_messages
from memory import Watch
from report import Held
from twilio import encode

# The message that tests/load sends.
MESSAGE = {
    "ToCountry": "US", "SmsMessageSid": "SM0123456789abcdef12345", "NumMedia": "0",
    "FromZip": "94105", "SmsSid": "SM0123456789abcdef12345", "FromState": "CA",
    "SmsStatus": "received", "FromCity": "SAN FRANCISCO", "Body": "Message number 12345",
    "FromCountry": "US", "To": "+15005550006", "NumSegments": "1",
    "MessageSid": "SM0123456789abcdef12345", "AccountSid": ACCOUNT.sid, "From": "+14158675309",
    "ApiVersion": "2010-04-01",
}


@dataclass(frozen=True)
class Slice:
    """Requests a second; milliseconds that half of them, and 99 of 100, took at most; the most."""

    per_second: float
    p50: float
    p99: float
    longest: float


def slice_of(seconds, milliseconds):
    """From how long it took, and how long each."""
    ordered = sorted(milliseconds)
    return Slice(len(ordered) / seconds, statistics.median(ordered),
                 ordered[len(ordered) * 99 // 100], ordered[-1])


class Verifier:
    """Whether what was acknowledged is in the database, and nothing else."""

    def __init__(self, cluster):
        self.connection = psycopg2.connect(cluster.conninfo)
        self.connection.autocommit = True

    def close(self):
        self.connection.close()

    def expect(self, prefix, acknowledged):
        for column, table in (("sid", "messages"), ("subject_sid", "webhook_events")):
            stored = self._column(
                f"SELECT {column} FROM hookswitch.{table} WHERE {column} LIKE %s", prefix + "%")
            if len(stored) != len(acknowledged) or set(stored) != acknowledged:
                raise RuntimeError(f"{len(acknowledged)} messages were acknowledged, and"
                                   f" {len(stored)} are in {table}")

    def connections(self, application):
        """How many there are of that name."""
        return self._column("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s",
                            application)[0]

    def _column(self, sql, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [row[0] for row in cursor.fetchall()]


class Served:
    """A contender behind HTTP: messages, all new, all signed, so many at a time."""

    def __init__(self, environment, verifier, server):
        self.environment = environment
        self.verifier = verifier
        self.server = server
        self.title = server.title
        self.rate = None

    def start(self):
        self.server.start()

    def close(self):
        self.server.close()

    def warm_up(self, requests):
        """A wrong signature is refused, and a right one taken, before anything is measured. More at
        a time than later, since mod_fcgid starts its last process when it has no other left."""
        if self.server.checks_signatures:
            self.send(AT_A_TIME, STRANGER, 403)
        self.rate = self.send(requests, at_a_time=2 * AT_A_TIME).per_second

    @property
    def holds(self):
        """Whether it keeps anything from one request to the next."""
        return self.server.keeps

    def hold(self, seconds):
        """What it holds under one more slice of load."""
        with Watch(self.server) as watch:
            self.slice(seconds)
        return Held(watch.most, self.verifier.connections(self.server.application))

    def slice(self, seconds):
        taken = self.send(max(AT_A_TIME, round(self.rate * seconds)))
        self.rate = taken.per_second
        return taken

    def send(self, count, account=None, expected=None, at_a_time=AT_A_TIME):
        """Every message has to be answered as expected, and stored if it was taken."""
        server = self.server
        expected = expected or server.expected
        prefix = "SM" + secrets.token_hex(8)
        with tempfile.TemporaryDirectory() as directory:
            taken = Path(directory) / "taken"
            outcome = send_messages(self.environment, server, account or server.account, count,
                                    at_a_time, prefix, taken)
            acknowledged = set(taken.read_text().split())
        if outcome.answers != {expected: count}:
            raise RuntimeError(f"{server.name} answered {outcome.answers}\n{server.error_log()}")
        if server.application:
            self.verifier.expect(prefix, acknowledged)
        return Slice(outcome.per_second,
                     *(outcome.milliseconds[key] for key in ("p50", "p99", "max")))


class Started:
    """A program that is started directly, one process after another: plain CGI without a web
    server, for a request with a wrong signature."""

    title = None
    program = None
    holds = False

    def __init__(self, arena):
        self.path = str(arena.environment.fcgi_dir / self.program)
        self.place = tempfile.TemporaryDirectory()
        self.body = Path(self.place.name) / "body"
        self.body.write_text(encode(MESSAGE.items()))
        config = Path(self.place.name) / "hookswitch.conf"
        config.write_text("".join(f"{name} = {value}\n"
                                  for name, value in arena.settings.items()))
        config.chmod(0o600)
        self.variables = {
            "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST", "DOCUMENT_ROOT": "/var/www",
            "REQUEST_URI": "/api/webhooks/sms", "HTTP_HOST": "example.com",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(self.body.stat().st_size),
            "HTTP_X_TWILIO_SIGNATURE": "A" * 27 + "=", "HOOKSWITCH_CONFIG": str(config),
        }

    @classmethod
    def unavailable(cls):
        return None

    def start(self):
        answer = subprocess.run([self.path], stdin=self.body.open(), env=self.variables,
                                capture_output=True, text=True).stdout
        if not answer.startswith("Status: 403 "):
            raise RuntimeError(f"{self.program} answered {answer}")

    def close(self):
        self.place.cleanup()

    def warm_up(self, requests):
        for _ in range(requests):
            self.once()

    def slice(self, seconds):
        start = time.perf_counter()
        taken = []
        while time.perf_counter() < start + seconds:
            taken.append(self.once())
        return slice_of(time.perf_counter() - start, taken)

    def once(self):
        """Milliseconds from its start to its end."""
        files = [(os.POSIX_SPAWN_OPEN, 0, str(self.body), os.O_RDONLY, 0),
                 (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                 (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
        start = time.perf_counter()
        pid = os.posix_spawn(self.path, [self.path], self.variables, file_actions=files)
        _, status = os.waitpid(pid, 0)
        milliseconds = (time.perf_counter() - start) * 1e3
        if status != 0:
            raise RuntimeError(f"{self.program} ended with status {status}")
        return milliseconds


class RefusingStarted(Started):
    title = "Hookswitch"
    program = "sms.fcgi"


class EmptyStarted(Started):
    title = "empty program"
    program = "tests/bench/empty"
