"""HOOKSWITCH_LOG = debug: enough to see why a request is refused, and nobody's secrets."""

import re
from dataclasses import replace

import pytest

import payloads
import wire
from processes import wait_until
from twilio import Account, Twilio, new_sid
from webservers import LogWatch

BODY = "Text of a message to hide"
HEADERS = {"Authorization": "Basic c3dvcmRmaXNo", "Cookie": "session=swordfish-5",
           "X-Api-Key": "swordfish-6"}
QUERY = "key=swordfish-1&user=swordfish%2D2&swordfish=3"
OTHER_TOKEN = "0123abcd" * 4
LAST_URL = "tried URL http://127.0.0.1:80/"


@pytest.fixture
def debugged(fast):
    with fast.settings(HOOKSWITCH_LOG="debug"):
        yield fast


@pytest.fixture
def params(account):
    return payloads.inbound_sms(account, new_sid("SM"), Body=BODY)


@pytest.fixture
def stranger(account):
    """Somebody who does not know the token."""
    return Account(account.sid, OTHER_TOKEN)


def request_of(server, account, params, method="POST"):
    """With more in it that must stay hidden."""
    made = Twilio(server, account).request("sms", params, query=QUERY, method=method)
    return replace(made, headers={**made.headers, **HEADERS})


def logged(server, request, status, last):
    """The lines that the request leaves, up to the one with `last`."""
    log = LogWatch(server)
    assert wire.send(server.port, request).status == status
    wait_until(lambda: log.lines(last), f"a log line with {last}")
    return [line.partition("hookswitch-sms: ")[2] for line in log.lines()]


def check_shown(lines, method):
    text = "\n".join(lines)
    assert re.search(rf"^{method} /api/webhooks/sms\?\.\.\. from 127\.0\.0\.1, ", text, re.M)
    for header in ("USER_AGENT: TwilioProxy/1.1", "HOST: 127.0.0.1:", "ACCEPT: */*",
                   "X_TWILIO_SIGNATURE: 28 characters", "AUTHORIZATION: 18 characters",
                   "COOKIE: 19 characters", "X_API_KEY: 11 characters"):
        assert f"\nheader {header}" in text, text
    names = ", ".join(re.findall(r"^parameters of the (?:body|query): (.*)$", text, re.M))
    assert {"From", "To", "Body", "MessageSid", "AccountSid", "key", "user"} <= set(
        names.split(", "))


def check_hidden(lines, request, params, account):
    """No value of a parameter, nor of a header that is not known to be harmless."""
    text = "\n".join(lines)
    values = [str(value) for _, value in params]
    hidden = [account.token, OTHER_TOKEN, *HEADERS.values(), "swordfish-", "swordfish=", "%2D",
              request.headers.get("X-Twilio-Signature", BODY),
              request.headers["I-Twilio-Idempotency-Token"],
              *(value for value in values if len(value) > 2)]  # "US" and "0" may be anywhere
    assert [value for value in hidden if value in text] == []


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_refused(debugged, account, stranger, params, method):
    """Method, path, headers, names, the reason, and the URLs that were tried."""
    request = request_of(debugged, stranger, params, method)
    lines = logged(debugged, request, 403, LAST_URL)
    check_shown(lines, method)
    check_hidden(lines, request, params, account)
    reason, = [line for line in lines if line.startswith("403, not stored: ")]
    assert "the signature does not fit" in reason
    assert f"tried URL {debugged.url}/api/webhooks/sms?(query)" in lines


def test_unsigned(debugged, account, params):
    """As from a proxy that drops the header: that it is missing can be seen."""
    signed = request_of(debugged, account, params)
    request = replace(signed, headers={name: value for name, value in signed.headers.items()
                                       if name != "X-Twilio-Signature"})
    lines = logged(debugged, request, 403, LAST_URL)
    check_hidden(lines, request, params, account)
    assert not [line for line in lines if line.startswith("header X_TWILIO_SIGNATURE")]
    assert [line for line in lines if "no X-Twilio-Signature header" in line]


def test_stored(debugged, database, account, params):
    """Of what is in it the SID alone, as at any level."""
    request = request_of(debugged, account, params)
    *lines, last = logged(debugged, request, 200, "200, stored")
    check_shown(lines, "POST")
    check_hidden(lines, request, params, account)
    assert last == "200, stored " + dict(params)["MessageSid"]


def test_not_asked_for(fast, stranger, params):
    """Without the setting there is the one line."""
    lines = logged(fast, request_of(fast, stranger, params), 403, "403, not stored")
    assert len(lines) == 1
