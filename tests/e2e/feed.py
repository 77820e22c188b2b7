"""Readers of the live feed: those that poll, and those that have it streamed."""

import json
import socket
import time
from dataclasses import dataclass
from urllib.parse import quote

import pytest

import payloads
import wire
from processes import PATIENCE
from twilio import Twilio, new_sid

PATH = "/api/webhooks/events"
TOKEN = "f33dT0ken-of.the~tests_0123456789="
STREAM = "text/event-stream"

# Every list, with what it needs.
LISTS = {
    "calls": {}, "campaigns": {}, "channels": {}, "conversations": {}, "deliveries": {},
    "health": {}, "live-calls": {}, "live-rooms": {}, "messages": {"session": 1},
    "recordings": {}, "rooms": {}, "timeline": {"sid": "CA1"},
}


def each(*servers):
    """A parameter of a test: these classes in turn."""
    return pytest.mark.parametrize("server_class", servers, ids=lambda server: server.name)


def token(value=TOKEN):
    return {"Authorization": f"Bearer {value}"}


def target(parameters, path=PATH):
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
    return path + ("?" + query if query else "")


def ask(server, parameters=(), headers=None, path=PATH, method="GET"):
    """An answer as it comes; `headers` are those of somebody who may read unless they are given."""
    headers = token() if headers is None else headers
    return wire.send(server.port, wire.Request(method, target(dict(parameters), path), headers))


def get(server, **parameters):
    """What a good answer says."""
    answer = ask(server, parameters)
    assert answer is not None and answer.status == 200, answer
    check_headers(answer)
    return json.loads(answer.body)


def check_headers(answer, content_type="application/json"):
    assert answer.header("Content-Type").partition(";")[0] == content_type
    assert answer.header("Content-Length") == str(len(answer.body))
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("X-Content-Type-Options") == "nosniff"


class Poller:
    """Asks for what comes next, as often as it is told."""

    def __init__(self, server, **parameters):
        self.server = server
        self.parameters = parameters
        self.cursor = parameters.pop("after", "newest")
        self.seen = []
        if self.cursor == "newest":
            self.poll()

    def poll(self):
        """One answer's events."""
        page = get(self.server, after=self.cursor, **self.parameters)
        self.cursor = page["cursor"]
        self.seen += page["events"]
        self.has_more = page["more"]
        return page["events"]

    def drain(self):
        """Everything there is."""
        found = self.poll()
        while self.has_more:
            found += self.poll()
        return found


@dataclass
class Block:
    """One block of an event stream."""

    type: str = "message"
    id: str = None
    data: str = None
    retry: int = None

    @property
    def json(self):
        return json.loads(self.data)


def parse_block(text):
    """Fields of a block; None for comments alone."""
    block = Block()
    lines = [line for line in text.split("\n") if line and not line.startswith(":")]
    for line in lines:
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "event":
            block.type = value
        elif name == "id":
            block.id = value
        elif name == "data":
            block.data = value if block.data is None else block.data + "\n" + value
        elif name == "retry":
            block.retry = int(value)
        else:
            raise AssertionError(f"no field of a stream: {line!r}")
    return block if lines else None


class Stream:
    """A connection that has the feed streamed; what comes is read when it is asked for."""

    def __init__(self, server, last_event_id=None, headers=None, path=PATH, timeout=PATIENCE,
                 receive_buffer=None, **parameters):
        self.last_event_id = last_event_id
        self.retry = None
        self.headers = None
        self.comments = 0
        self._raw = b""
        self._text = b""
        self._is_chunked = False
        self._ended = False
        sent = {**(token() if headers is None else headers), "Accept": STREAM}
        if last_event_id:
            sent["Last-Event-ID"] = last_event_id
        request = wire.Request("GET", target(parameters, path), sent)
        self.socket = socket.socket()
        self.socket.settimeout(timeout)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(request.head(f"127.0.0.1:{server.port}", {}))
        self._read_head()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def fileno(self):
        return self.socket.fileno()

    def _read_head(self):
        while b"\r\n\r\n" not in self._raw:
            piece = self.socket.recv(65536)
            assert piece, f"no answer: {self._raw!r}"
            self._raw += piece
        head, _, self._raw = self._raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value.strip()
                        for name, _, value in (line.partition(":") for line in lines[1:])}
        self._is_chunked = self.headers.get("transfer-encoding") == "chunked"

    def _unchunk(self):
        """Moves whole chunks to the text."""
        if not self._is_chunked:
            self._text, self._raw = self._text + self._raw, b""
        while self._is_chunked and b"\r\n" in self._raw:
            size, _, rest = self._raw.partition(b"\r\n")
            length = int(size.partition(b";")[0], 16)
            if len(rest) < length + 2:
                return
            if length == 0:
                self._ended = True
            self._text += rest[:length]
            self._raw = rest[length + 2:]

    def _next_block(self):
        """A block that is there already; None if there is none."""
        self._unchunk()
        while b"\n\n" in self._text:
            text, _, self._text = self._text.partition(b"\n\n")
            block = parse_block(text.decode())
            if block is None:
                self.comments += 1
                continue
            if block.id is not None:
                self.last_event_id = block.id
            self.retry = self.retry if block.retry is None else block.retry
            return block
        return None

    def next(self, patience=PATIENCE):
        """The next block; None when the stream has ended."""
        deadline = time.monotonic() + patience
        while True:
            block = self._next_block()
            if block is not None or self._ended:
                return block
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            piece = self.socket.recv(65536)
            self._ended = self._ended or not piece
            self._raw += piece

    def event(self, patience=PATIENCE):
        """The next event as JSON; what has no data only has an id."""
        while True:
            block = self.next(patience)
            assert block is not None, "the stream has ended"
            if block.data is not None:
                assert block.type == "message", block
                return block.json

    def events(self, count, patience=PATIENCE):
        return [self.event(patience) for _ in range(count)]

    def rest(self, patience=PATIENCE):
        """All blocks until the stream ends."""
        found = []
        while (block := self.next(patience)) is not None:
            found.append(block)
        return found

    def events_there(self, patience=1):
        """Events until the stream ends, or nothing has come for so long."""
        found = []
        try:
            while (block := self.next(patience)) is not None:
                if block.data is not None:
                    found.append(block.json)
        except TimeoutError:
            pass
        return found


def write_events(database, subject, count=1, size=1, **columns):
    """As many rows of the ledger, in one transaction; their ids."""
    row = {"account_sid": "AC1", "endpoint": "sms", "kind": "message", "source": "webhook",
           "received_at": "now()", **columns}
    names = ", ".join(row)
    values = ", ".join("now()" if value == "now()" else "%s" for value in row.values())
    given = [value for value in row.values() if value != "now()"]
    rows = database.rows(
        f"INSERT INTO hookswitch.webhook_events (event_key, subject_sid, occurred_at, params, {names})"
        f" SELECT sha256(concat_ws('/', %s, n, random())::bytea), %s, now(),"
        f" jsonb_build_object('Body', repeat('x', %s)), {values}"
        " FROM generate_series(1, %s) AS n RETURNING id", subject, subject, size, *given, count)
    return [row["id"] for row in rows]


def send_message(server, account, **changes):
    sid = new_sid("SM")
    answer = Twilio(server, account).send("sms", payloads.inbound_sms(account, sid, **changes))
    assert answer is not None and answer.status == 200, answer
    return sid


def subjects(events):
    return [event["subject_sid"] for event in events]
