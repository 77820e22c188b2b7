"""Requests signed as Twilio signs them.

Written from Twilio's documentation and helper libraries alone, with no code in common with
Hookswitch: a mistake made in both would go unseen.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import quote

import wire

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
JSON = "application/json"


@dataclass(frozen=True)
class Account:
    sid: str
    token: str


def new_sid(prefix):
    """A SID no other test uses, so that tests need not wait for an empty table."""
    return prefix + secrets.token_hex(16)


def signature(token, url, params=()):
    """Base64 of the HMAC-SHA1 over the URL and the parameters, sorted by name.

    A repeated name counts once for each different value, the values sorted.
    """
    values = {}
    for name, value in params:
        values.setdefault(_octets(name), set()).add(_octets(value))
    pairs = [name + value for name in sorted(values) for value in sorted(values[name])]
    message = b"".join([_octets(url), *pairs])
    return base64.b64encode(hmac.new(token.encode(), message, hashlib.sha1).digest()).decode()


def encode(params, space="+"):
    """Form encoding; Twilio sends spaces as `+` for messages and `%20` for calls."""
    text = "&".join(f"{quote(_octets(n), safe='')}={quote(_octets(v), safe='')}" for n, v in params)
    return text.replace("%20", space)


def form(token, origin, target, params, space="+"):
    """A POST form. `params` are (name, value) pairs, str or bytes."""
    body = encode(params, space).encode()
    return _signed("POST", target, body, FORM, signature(token, origin + target, params))


def get(token, origin, target, params, space="+"):
    """A GET: the parameters go into the query, and only the URL is signed."""
    target = with_query(target, encode(params, space))
    return _signed("GET", target, b"", None, signature(token, origin + target))


def json(token, origin, target, body):
    """A POST of JSON: the signed URL carries the digest of the body."""
    target = with_query(target, "bodySHA256=" + hashlib.sha256(body).hexdigest())
    return _signed("POST", target, body, JSON, signature(token, origin + target))


def with_query(target, query):
    return target + ("&" if "?" in target else "?") + query


class Twilio:
    """One account's webhooks on their way to one server.

    `origin` is the address that the account's owner told Twilio, when it is not the server's own.
    """

    def __init__(self, server, account, origin=None):
        self.port = server.port
        self.origin = origin or server.url
        self.account = account

    def request(self, endpoint, params, path=None, query="", method="POST", space="+"):
        """A signed form or GET request for an endpoint's pretty URL, or for `path`."""
        target = path or f"/api/webhooks/{endpoint}"
        target = with_query(target, query) if query else target
        make = get if method == "GET" else form
        return make(self.account.token, self.origin, target, params, space)

    def send(self, endpoint, params, **how):
        return wire.send(self.port, self.request(endpoint, params, **how))

    def send_chunked(self, endpoint, params, **how):
        return wire.send_chunked(self.port, self.request(endpoint, params, **how))

    def send_json(self, endpoint, body, query):
        target = with_query(f"/api/webhooks/{endpoint}", query)
        return wire.send(self.port, json(self.account.token, self.origin, target, body))


def _signed(method, target, body, content_type, signed):
    headers = {
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        "X-Twilio-Signature": signed,
    }
    if content_type:
        headers["Content-Type"] = content_type
    return wire.Request(method, target, headers, body)


def _octets(value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8")
