"""A strict stand-in for Twilio's REST API, on loopback.

Written from Twilio's documentation and its published OpenAPI description. What a request of the
command has to be is in the tables of operations (`Operation`): a method, a path, the parameters it
may and must have. Anything else is answered as Twilio does, and kept in `violations`, which a test
that uses the fixture `rest_api` must leave empty.
"""

import base64
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Operation:
    """What may be asked. In the path, {name} stands for one segment, given to `answer`."""
    method: str
    path: str
    answer: callable          # (api, request, **segments): status and document
    parameters: frozenset = frozenset()
    required: frozenset = frozenset()
    repeated: frozenset = frozenset()  # those that may be there more than once


@dataclass
class Request:
    method: str
    path: str
    parameters: list          # (name, value) of the form, or of the query of a GET
    headers: dict

    def get(self, name, default=""):
        return dict(self.parameters).get(name, default)

    def all(self, name):
        return [value for known, value in self.parameters if known == name]


@dataclass
class Fault:
    """What is answered instead. Without a status the connection is dropped; `done`: after the
    request was carried out."""
    status: int = 0
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    done: bool = False
    wait: threading.Event = None  # answered when it is set


class Refusal(Exception):
    """An error as Twilio words it."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status = status
        self.document = {"code": code, "message": message, "status": status,
                         "more_info": f"https://www.twilio.com/docs/errors/{code}"}


class RestApi:
    """One account's. Give it operations, then `start`; `origin` is for HOOKSWITCH_TWILIO_API."""

    def __init__(self, account, operations):
        self.account = account
        self.operations = [(operation, _pattern(operation.path)) for operation in operations]
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.server.api = self
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={
            "poll_interval": 0.01})
        self.reset()

    def reset(self):
        """As it was at first: nothing asked, nothing there."""
        self.requests = []
        self.violations = []
        self.faults = []
        self.resources = {}   # by kind: a list of documents, the newest first
        self.clock_ahead = 0  # seconds by which its clock differs from ours
        self.page_most = 1000  # of a page, whatever is asked for

    def start(self):
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def fail(self, *faults):
        """The next requests fail so, one after the other; with None one is answered as it is."""
        self.faults.extend(faults)

    def made(self, kind):
        """The list of resources of a kind."""
        return self.resources.setdefault(kind, [])

    def find(self, kind, sid):
        for resource in self.made(kind):
            if resource["sid"] == sid:
                return resource
        raise Refusal(404, 20404, f"The requested resource {sid} was not found")

    def answer(self, request, authorization):
        """Status, document."""
        expected = base64.b64encode(f"{self.account.sid}:{self.account.token}".encode()).decode()
        if authorization != "Basic " + expected:
            raise Refusal(401, 20003, "Authenticate")
        for operation, pattern in self.operations:
            found = pattern.fullmatch(request.path)
            if found and operation.method == request.method:
                segments = found.groupdict()
                if segments.get("AccountSid", self.account.sid) != self.account.sid:
                    raise Refusal(404, 20404, f"The requested resource {request.path} was not found")
                segments.pop("AccountSid", None)
                self._check(operation, request)
                return operation.answer(self, request, **segments)
        self._violate(f"no operation {request.method} {request.path}")
        raise Refusal(404, 20404, f"The requested resource {request.path} was not found")

    def _check(self, operation, request):
        names = [name for name, _ in request.parameters]
        for name in names:
            if name not in operation.parameters | operation.required | operation.repeated:
                self._violate(f"{request.method} {request.path} has no parameter {name}")
            elif names.count(name) > 1 and name not in operation.repeated:
                self._violate(f"{request.method} {request.path} has {name} more than once")
        for name in operation.required:
            if name not in names:
                raise Refusal(400, 20001, f"Missing required parameter {name} in the post body")

    def _violate(self, text):
        with self.lock:
            self.violations.append(text)


def page_2010(api, request, name, resources, path):
    """One page as the API of 2010 has them: the next one's address is relative, with a token."""
    size = int(request.get("PageSize", "50"))
    if size > 1000:
        raise Refusal(400, 20001, "Page size must be at most 1000")
    size = min(size, api.page_most)
    start = _start(request)
    end = start + size
    more = None
    if end < len(resources):
        kept = [(n, v) for n, v in request.parameters if n not in ("Page", "PageToken", "PageSize")]
        query = "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in kept)
        more = (f"{path}?{query}{'&' if query else ''}PageSize={size}"
                f"&Page={end // size}&PageToken=PT{end:x}")
    return 200, {name: resources[start:end], "page": start // size, "page_size": size,
                 "start": start, "end": min(end, len(resources)) - 1, "uri": path,
                 "first_page_uri": f"{path}?PageSize={size}&Page=0", "next_page_uri": more}


def page_v1(api, request, name, resources, url):
    """One page as the newer products have them: `url` is absolute, at the product's own host."""
    size = min(int(request.get("PageSize", "50")), api.page_most)
    start = _start(request)
    end = start + size
    more = None
    if end < len(resources):
        more = f"{url}?PageSize={size}&Page={end // size}&PageToken=PT{end:x}"
    return 200, {name: resources[start:end],
                 "meta": {"page": start // size, "page_size": size, "key": name, "url": url,
                          "first_page_url": f"{url}?PageSize={size}&Page=0",
                          "next_page_url": more, "previous_page_url": None}}


def _start(request):
    """Where the page begins: only a token that was given out leads on."""
    token = request.get("PageToken")
    if not token and request.get("Page", "0") == "0":
        return 0
    if not re.fullmatch("PT[0-9a-f]+", token):
        raise Refusal(400, 21481, "Invalid PageToken")
    return int(token[2:], 16)


def _pattern(path):
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits for the client to acknowledge its head

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + self.server.api.clock_ahead)

    def _serve(self):
        api = self.server.api
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pairs = parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
        if self.command == "POST":
            if self.headers.get_content_type() != FORM:
                api._violate(f"POST {url.path} is {self.headers.get('Content-Type')}")
            if pairs:
                api._violate(f"POST {url.path} has a query")
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
        elif body:
            api._violate(f"{self.command} {url.path} has a body")
        request = Request(self.command, url.path, pairs, dict(self.headers))
        with api.lock:
            api.requests.append(request)
            fault = api.faults.pop(0) if api.faults else None
        if fault is not None and not fault.done:
            self._fail(fault)
            return
        try:
            status, document = api.answer(request, self.headers.get("Authorization", ""))
        except Refusal as refusal:
            status, document = refusal.status, refusal.document
        if fault is not None:
            self._fail(fault)
        elif isinstance(document, Fault):
            self._fail(document)
        else:
            self._send(status, json.dumps(document).encode() if document is not None else b"",
                       {"Content-Type": "application/json; charset=utf-8"})

    do_GET = do_POST = do_DELETE = _serve

    def _fail(self, fault):
        if fault.wait is not None:
            fault.wait.wait(60)
        if fault.status:
            self._send(fault.status, fault.body, fault.headers)
        else:
            self.close_connection = True

    def _send(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
