"""HTTP on the wire, byte for byte.

Ordinary clients normalise targets, fold header names and finish bodies. Signatures depend on
the exact bytes, so requests are written here as they are given.
"""

import http.client
import socket
from dataclasses import dataclass, field

from processes import PATIENCE

TIMEOUT = PATIENCE


@dataclass(frozen=True)
class Request:
    """A request exactly as it will be sent; `dataclasses.replace` makes tampered copies."""

    method: str
    target: str
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    announced_length: int = None

    def head(self, host, extra):
        headers = {"Host": host, "Connection": "close", **self.headers, **extra}
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8")

    def header(self, name):
        return self.headers.get(name)


def send(port, request, source=None):
    """Send with Content-Length (`announced_length` if that is to be a lie).

    `source` is the address on loopback to send from, if it matters.
    """
    length = request.announced_length
    if length is None:
        length = len(request.body)
    extra = {"Content-Length": length} if request.body or request.method == "POST" else {}
    message = request.head(f"127.0.0.1:{port}", extra) + request.body
    return _exchange(port, request, message, source)


def send_chunked(port, request, size=100):
    """Send the body in chunks, its length unknown to the server beforehand."""
    pieces = [request.body[at:at + size] for at in range(0, len(request.body), size)] + [b""]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    head = request.head(f"127.0.0.1:{port}", {"Transfer-Encoding": "chunked"})
    return _exchange(port, request, head + chunks)


def _exchange(port, request, message, source=None):
    """Write, close our side, read the answer; None if no complete one comes."""
    local = (source, 0) if source else None
    with socket.create_connection(("127.0.0.1", port), TIMEOUT, local) as connection:
        try:
            connection.sendall(message)
            connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # an early refusal: its answer is waiting to be read
        response = http.client.HTTPResponse(connection, method=request.method)
        try:
            response.begin()
            # After HEAD there must be nothing, whatever Content-Length says.
            rest = response.fp if request.method == "HEAD" else response
            return Answer(response.status, response.headers, rest.read())
        except (http.client.BadStatusLine, http.client.IncompleteRead, ConnectionResetError):
            return None
