"""What may stand before a site: a proxy or a firewall that changes what passes through it."""

import http.client
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Passing:
    """A request on its way; what changes it may do so in place, or answer instead."""
    method: str
    path: str
    headers: list
    body: bytes

    def without(self, name):
        self.headers = [(n, v) for n, v in self.headers if n.lower() != name.lower()]

    def replace(self, old, new):
        self.body = self.body.replace(old, new)


@dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    chunked: bool = False


class Proxy:
    """To a server on loopback. `change` gets every request; `answer` every answer."""

    def __init__(self, port, change=None, answer=None, certificate=None):
        self.port = port
        self.change = change
        self.answer = answer
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.server.proxy = self
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.01})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def forward(self, passing):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(passing.method, passing.path, skip_host=True,
                                  skip_accept_encoding=True)
            for name, value in passing.headers:
                if name.lower() not in ("content-length", "connection"):
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(passing.body)))
            connection.endheaders(passing.body)
            response = connection.getresponse()
            body = response.read()
            headers = {n: v for n, v in response.getheaders()
                       if n.lower() not in ("content-length", "transfer-encoding", "connection")}
            return Reply(response.status, body, headers)
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: there is no waiting between them
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _serve(self):
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        passing = Passing(self.command, self.path, list(self.headers.items()), body)
        reply = proxy.change(passing) if proxy.change else None
        if reply is None:
            reply = proxy.forward(passing)
            if proxy.answer:
                proxy.answer(reply)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.chunked:
            piece = b"%x\r\n%s\r\n" % (len(reply.body), reply.body) if reply.body else b""
            self.wfile.write(piece + b"0\r\n\r\n")
        else:
            self.wfile.write(reply.body)

    do_GET = do_POST = _serve


def make_certificate(folder, days):
    """One of its own authority for the loopback, valid from yesterday for so many days on."""
    path = folder / f"certificate-{days}.pem"
    before = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() - 86400))
    after = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400 + 3600))
    (folder / "openssl.cnf").write_text(
        "[req]\ndistinguished_name = name\n[name]\n[own]\nsubjectAltName = IP:127.0.0.1\n"
        "basicConstraints = critical, CA:TRUE\n"
        f"[ca]\ndefault_ca = all\n[all]\ndatabase = {folder}/index\nserial = {folder}/serial\n"
        f"new_certs_dir = {folder}\ndefault_md = sha256\npolicy = any\nunique_subject = no\n"
        "[any]\ncommonName = supplied\n")
    (folder / "index").write_text("")
    (folder / "serial").write_text("01\n")
    key, request = folder / "key.pem", folder / "request.pem"
    for words in (
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", key, "-out", request, "-subj", "/CN=127.0.0.1",
             "-config", folder / "openssl.cnf"],
            ["ca", "-batch", "-selfsign", "-keyfile", key, "-in", request, "-out", path,
             "-startdate", before, "-enddate", after, "-extensions", "own", "-notext",
             "-config", folder / "openssl.cnf"]):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
    path.write_text(path.read_text() + key.read_text())
    return path
