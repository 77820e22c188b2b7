"""Twilio's REST API when it does not do what it should, by way of the command that needs it most:
one that must not call twice."""

import json
import threading
import time

import pytest

from command import check_failed, run, run_json
from deployment import ACCOUNT
from processes import free_port, in_time
from rest_api import Fault

SETTINGS = {"TWILIO_ACCOUNT_SID": ACCOUNT.sid, "TWILIO_AUTH_TOKEN": ACCOUNT.token,
            "TWILIO_PHONE_NUMBER": "+15551230001", "HOOKSWITCH_PUBLIC_URL": "https://example.com"}
CALLS = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Calls.json"
TO = "+15551230009"
TOO_MANY = b'{"code": 20429, "message": "Too Many Requests", "status": 429}'
HTML = b"<html><body>Bad gateway</body></html>"


def call(environment, rest_api, *words, **more):
    return run(environment, "call", "--to", TO, *words,
               **{**SETTINGS, "HOOKSWITCH_TWILIO_API": rest_api.origin, **more})


def asked(rest_api):
    return [request.method for request in rest_api.requests]


def placed(rest_api):
    return len(rest_api.made("calls"))


def test_too_many_requests(environment, rest_api):
    """Nothing was done, so it is asked again."""
    rest_api.fail(Fault(429, TOO_MANY), Fault(429, b""), Fault(429, HTML))
    assert call(environment, rest_api).returncode == 0
    assert (asked(rest_api), placed(rest_api)) == (["POST"] * 4, 1)


def test_too_many_requests_to_the_end(environment, rest_api):
    rest_api.fail(*[Fault(429, TOO_MANY)] * 6)
    check_failed(call(environment, rest_api), 1, "answered 429: Too Many Requests (code 20429)")
    assert (asked(rest_api), placed(rest_api)) == (["POST"] * 6, 0)


@pytest.mark.parametrize("value, least", [("2", 2), ("0", 0), ("-1", 0), ("soon", 0), ("", 0),
                                          ("Wed, 21 Oct 2015 07:28:00 GMT", 0)])
def test_retry_after(environment, rest_api, value, least):
    def is_asked_again():
        rest_api.fail(Fault(429, TOO_MANY, {"Retry-After": value}))
        began = time.monotonic()
        assert call(environment, rest_api).returncode == 0
        assert least <= time.monotonic() - began

    in_time(is_asked_again, least + 2, "it is asked again")
    assert asked(rest_api) == ["POST", "POST"] * placed(rest_api)


@pytest.mark.parametrize("fault, said", [
    (Fault(done=True), 'no whole answer from "127.0.0.1": it closed the connection before it answered'),
    (Fault(500, b'{"message": "Internal Server Error", "code": 20500}', done=True),
     "answered 500: Internal Server Error (code 20500)"),
    (Fault(502, HTML, done=True), "answered 502"),
    (Fault(503, b"", done=True), "answered 503"),
    (Fault(201, HTML, done=True), "is not JSON"),
    (Fault(201, b'{"sid": "CA', done=True), "is not JSON"),
    (Fault(201, b"", done=True), "answer, 201, names no call"),
    (Fault(200, b"{}", done=True), "answer, 200, names no call"),
    (Fault(200, b"[]", done=True), "answer, 200, names no call"),
    (Fault(200, b'{"sid": 1}', done=True), "answer, 200, names no call"),
    (Fault(201, b"\xff\xfe\x00", done=True), "is not JSON"),
])
def test_done_but_not_told(environment, rest_api, fault, said):
    """It is not asked for again; what there is is looked up and told."""
    rest_api.fail(fault)
    result = call(environment, rest_api)
    check_failed(result, 1, said)
    sid = rest_api.made("calls")[0]["sid"]
    assert f"the call was most likely placed all the same: Twilio has {sid} (queued)" in result.stderr
    assert (asked(rest_api), placed(rest_api)) == (["POST", "GET"], 1)
    assert rest_api.requests[1].all("To") == [TO]


@pytest.mark.parametrize("fault", [Fault(), Fault(500, b""), Fault(504, HTML)])
def test_not_done_and_not_told(environment, rest_api, fault):
    """Nor then: it could have been on its way.  Twilio is given a moment to list it."""
    rest_api.fail(fault)
    check_failed(call(environment, rest_api), 1, "the call was most likely not placed: Twilio has none")
    assert (asked(rest_api), placed(rest_api)) == (["POST", "GET", "GET", "GET"], 0)


def test_not_even_looked_up(environment, rest_api):
    rest_api.fail(Fault(done=True), *[Fault(500, b"")] * 3)
    check_failed(call(environment, rest_api), 1, "that could not be found out (Twilio answered 500): "
                 "before you try again, see Monitor, Logs, Calls in Twilio's console")
    assert asked(rest_api) == ["POST", "GET", "GET", "GET"]


def test_unknown_for_a_script(environment, rest_api):
    rest_api.fail(Fault(done=True))
    printed, status = run_json(environment, "call", "--to", TO,
                               HOOKSWITCH_TWILIO_API=rest_api.origin, **SETTINGS)
    made = rest_api.made("calls")[0]
    assert status == 1
    assert printed == {"sid": None, "status": None, "unknown": True, "found": [
        {"sid": made["sid"], "status": "queued", "date_created": None}]}


def test_kept_connection_that_breaks(environment, rest_api):
    """libcurl would send the request again by itself: two calls."""
    rest_api.fail(Fault(429, TOO_MANY), Fault(done=True))
    check_failed(call(environment, rest_api), 1, "most likely placed all the same")
    assert (asked(rest_api), placed(rest_api)) == (["POST", "POST", "GET"], 1)


@pytest.mark.parametrize("status, body, said", [
    (400, b'{"code": 21211, "message": "no number", "status": 400}', "no number (code 21211)"),
    (404, b"", "Twilio answered 404\n"),
    (403, b'{"code": 20403, "message": "Forbidden"}', "answered 403: Forbidden (code 20403)"),
    (400, HTML, "Twilio answered 400\n"),
    (301, b"", "Twilio answered 301\n"),
    (400, b'{"message": "a\\u001b[31mb\\nc", "code": 1}', "a\\x1B[31mb\\x0Ac"),
    (400, b'{"message": "' + b"x" * 2000 + b'"}', "x" * 300),
    (400, b'{"message": ["x"], "code": "y"}', "Twilio answered 400\n"),
])
def test_refused(environment, rest_api, status, body, said):
    rest_api.fail(Fault(status, body))
    check_failed(call(environment, rest_api), 1, said)
    assert (asked(rest_api), placed(rest_api)) == (["POST"], 0)


def test_wrong_token(environment, rest_api):
    result = call(environment, rest_api, TWILIO_AUTH_TOKEN="wrongtoken")
    check_failed(result, 1, "Twilio answered 401: Authenticate (code 20003); is the token in the "
                 "settings that account's?")
    assert "wrongtoken" not in result.stderr


def test_token_being_rotated(environment, rest_api):
    """The account's other token is tried, and stays."""
    token = f"previous {ACCOUNT.token} next"
    assert call(environment, rest_api, TWILIO_AUTH_TOKEN=token).returncode == 0
    assert (asked(rest_api), placed(rest_api)) == (["POST"] * 2, 1)


def test_slow_answer(environment, rest_api):
    event = threading.Event()
    rest_api.fail(Fault(201, b'{"sid": "CA1", "status": "queued"}', wait=event))
    timer = threading.Timer(1.5, event.set)
    timer.start()
    result = call(environment, rest_api)
    timer.join()
    assert (result.returncode, result.stdout) == (0, "CA1  queued\n")


def test_large_answer(environment, rest_api):
    body = json.dumps({"sid": "CA1", "status": "queued", "x": "y" * 3_000_000}).encode()
    rest_api.fail(Fault(201, body))
    assert call(environment, rest_api).stdout == "CA1  queued\n"
    rest_api.fail(Fault(201, b" " * (17 * 1024 * 1024), done=True))
    check_failed(call(environment, rest_api), 1, "exceeds 16777216 bytes")


def test_nobody_there(environment):
    """Nothing was sent, so there is nothing to be looked up."""
    result = run(environment, "call", "--to", TO,
                 HOOKSWITCH_TWILIO_API=f"http://127.0.0.1:{free_port()}", **SETTINGS)
    check_failed(result, 1, 'could not reach "127.0.0.1": no connection to its port')
    assert "(Connection refused); is it up" in result.stderr
    assert "most likely" not in result.stderr and "may have been" not in result.stderr


def test_nothing_else_answers(environment, fast):
    """A web server that is not the API."""
    result = run(environment, "call", "--to", TO, HOOKSWITCH_TWILIO_API=fast.url, **SETTINGS)
    check_failed(result, 1, "Twilio answered 404")


@pytest.mark.parametrize("origin", ["http://example.com", "ftp://127.0.0.1", "127.0.0.1"])
def test_token_goes_nowhere_else(environment, origin):
    result = run(environment, "call", "--to", TO, HOOKSWITCH_TWILIO_API=origin, **SETTINGS)
    check_failed(result, 1, '"HOOKSWITCH_TWILIO_API" must look like')
