"""A host where files are that Twilio redirects to: it knows no account, and serves parts of files.

What is asked for has to be as RFC 9110 has it, and a part of a file may only be asked for as a part
of that very file (If-Range). Anything else is kept in `violations`, and `close` fails.
"""

import hashlib
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Trouble:
    """What goes wrong with one answer."""
    status: int = 0                # instead of any file
    cut: int = None                # the connection ends after so many bytes of it
    wait: threading.Event = None   # it goes on behind `cut` when that is set
    length: int = None             # announced instead of the right one
    last: int = None               # a part ends with this byte, and says so
    content_range: str = None      # instead of the right one; "" for none
    no_length: bool = False        # none is announced; it ends where the connection does
    type: str = None               # instead of the right one; "" for none
    headers: tuple = ()


class Storage:
    """Files by path; what was asked for. `troubles` are those of the next answers, None for none."""

    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.server.storage = self
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.01})
        self.files = {}
        self.requests = []       # (path, headers)
        self.troubles = []
        self.has_ranges = True
        self.knows_if_range = True
        self.validators = lambda data: {"ETag": f'"{hashlib.md5(data).hexdigest()}"'}
        self.violations = []
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        assert self.violations == []

    def ranges(self):
        """The header of each request; None if it had none."""
        return [headers.get("Range") for _, headers in self.requests]

    def first_wanted(self, headers, data):
        """The byte that an answer has to begin with; None where all of it is to be sent."""
        wanted = headers.get("Range")
        if wanted is None:
            if "If-Range" in headers:
                self.violations.append("If-Range without Range")
            return None
        number = re.fullmatch(r"bytes=([1-9]\d*)-", wanted)
        of = headers.get("If-Range", "")
        if not number or not of or of.startswith("W/"):
            self.violations.append(f"Range: {wanted} with If-Range: {of}")
            return None
        if not self.has_ranges:
            return None
        if self.knows_if_range and of not in self.validators(data).values():
            return None
        return int(number[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        storage = self.server.storage
        storage.requests.append((self.path, dict(self.headers)))
        trouble = (storage.troubles.pop(0) if storage.troubles else None) or Trouble()
        data = storage.files.get(self.path)
        if trouble.status or data is None:
            self._head(trouble.status or 404, [("Content-Length", "0"), *trouble.headers])
            return
        first = storage.first_wanted(self.headers, data)
        if first is not None and first >= len(data):
            self._head(416, [("Content-Length", "0"), ("Content-Range", f"bytes */{len(data)}")])
            return
        self._send(trouble, data, first)

    def _send(self, trouble, data, first):
        end = len(data) if first is None or trouble.last is None else trouble.last + 1
        rest = data[first or 0:end]
        headers = [*trouble.headers, *self.server.storage.validators(data).items()]
        if trouble.type != "":
            headers.append(("Content-Type", trouble.type or "audio/x-wav"))
        if not trouble.no_length:
            length = trouble.length if trouble.length is not None else len(rest)
            headers.append(("Content-Length", str(length)))
        if first is not None and trouble.content_range != "":
            headers.append(("Content-Range", trouble.content_range or
                            f"bytes {first}-{end - 1}/{len(data)}"))
        self._head(206 if first is not None else 200, headers)
        self.wfile.write(rest[:trouble.cut])
        if trouble.wait is not None:
            trouble.wait.wait(60)
        if trouble.cut is not None or trouble.length is not None or trouble.no_length:
            self.close_connection = True

    def _head(self, status, headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
