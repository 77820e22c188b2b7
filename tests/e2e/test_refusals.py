"""What is not Twilio's, or not well-formed: refused, nothing stored, one line logged.

Every request carries a secret in its query, as callback URLs often do; no log line may show it.
"""

from dataclasses import dataclass, replace

import pytest

import payloads
import twilio
import wire
from processes import wait_until
from twilio import Account, Twilio, new_sid
from webservers import LogWatch

QUERY_SECRET = "swordfish-4711"
TARGET = f"/api/webhooks/sms?key={QUERY_SECRET}"
BODY_LIMIT = 256 * 1024
OTHER = Account("AC" + "9" * 32, "11223344" * 4)


@dataclass(frozen=True)
class Sender:
    """Makes the requests below for one server."""

    account: Account
    origin: str

    def form(self, token=None, **changes):
        params = payloads.inbound_sms(self.account, new_sid("SM"), **changes)
        return twilio.form(token or self.account.token, self.origin, TARGET, params)

    def with_body(self, body):
        """A body that no form encoder makes, under the signature of a good one."""
        return replace(self.form(), body=body)

    def json(self, body=b'{"a": 1}'):
        return twilio.json(self.account.token, self.origin, TARGET, body)


def without_header(request, name):
    return replace(request, headers={n: v for n, v in request.headers.items() if n != name})


def with_header(request, name, value):
    return replace(request, headers={**request.headers, name: value})


def unsigned(sender):
    return without_header(sender.form(), "X-Twilio-Signature")


def empty_signature(sender):
    return with_header(sender.form(), "X-Twilio-Signature", "")


def wrong_token(sender):
    return sender.form(token="0" * 32)


def signature_of_other_length(sender):
    request = sender.form()
    return with_header(request, "X-Twilio-Signature", request.headers["X-Twilio-Signature"] + "A")


def other_account(sender):
    """Somebody's own Twilio account, its webhooks pointed at us."""
    return sender.form(token=OTHER.token, AccountSid=OTHER.sid)


def other_account_with_our_token(sender):
    return sender.form(AccountSid=OTHER.sid)


def tampered_body(sender):
    request = sender.form()
    return replace(request, body=request.body.replace(b"NumSegments=1", b"NumSegments=2"))


def added_parameter(sender):
    request = sender.form()
    return replace(request, body=request.body + b"&Added=1")


def tampered_query(sender):
    request = sender.form()
    return replace(request, target=request.target + "&campaignId=1")


def other_endpoint(sender):
    request = sender.form()
    return replace(request, target=request.target.replace("/sms", "/whatsapp"))


def get_with_form_signature(sender):
    """The signed string has no delimiters; a form's parameters do not sign a GET's."""
    request = sender.form()
    target = twilio.with_query(request.target, request.body.decode())
    return replace(without_header(request, "Content-Type"), method="GET", target=target, body=b"")


def oversized(sender):
    return sender.form(Padding="x" * BODY_LIMIT)


def far_oversized(sender):
    return sender.form(Padding="x" * 900_000)


def wrong_method(sender):
    return replace(sender.form(), method="PUT")


def wrong_type(sender):
    return with_header(sender.form(), "Content-Type", "text/plain")


def percent_rubbish(sender):
    return sender.with_body(b"MessageSid=SM1&Body=100%zz")


def percent_at_the_end(sender):
    return sender.with_body(b"MessageSid=SM1&Body=100%4")


def ten_thousand_parameters(sender):
    return sender.form(**{f"P{number}": "1" for number in range(10_000)})


def wrong_digest(sender):
    return replace(sender.json(), body=b'{"a": 2}')


def missing_digest(sender):
    """Signed, but the signature covers no body: any body could follow."""
    bare = twilio.form(sender.account.token, sender.origin, TARGET, [])
    return replace(with_header(bare, "Content-Type", twilio.JSON), body=b'{"a": 1}')


REFUSALS = {
    403: (unsigned, empty_signature, wrong_token, signature_of_other_length, other_account,
          other_account_with_our_token, tampered_body, added_parameter, tampered_query,
          other_endpoint, get_with_form_signature),
    400: (percent_rubbish, percent_at_the_end, ten_thousand_parameters, wrong_digest,
          missing_digest),
    405: (wrong_method,),
    413: (oversized, far_oversized),
    415: (wrong_type,),
}


@pytest.mark.parametrize("status, make", [
    pytest.param(status, make, id=f"{status}-{make.__name__}")
    for status, makers in REFUSALS.items() for make in makers])
def test_refused(either_server, database, account, status, make):
    log = LogWatch(either_server)
    answer = wire.send(either_server.port, make(Sender(account, either_server.url)))
    check_refused(answer, status)
    check_log(log, account)
    assert not any(database.counts().values())


def test_chunked_oversized_body(either_server, database, account):
    """Nothing announces the size: it shows only while reading."""
    log = LogWatch(either_server)
    request = oversized(Sender(account, either_server.url))
    check_refused(wire.send_chunked(either_server.port, request, size=8192), 413)
    check_log(log, account)
    assert not any(database.counts().values())


def test_each_refusal_can_be_accepted(either_server, database, account):
    """The untampered request is a good one; otherwise the tests above would prove nothing."""
    sender = Sender(account, either_server.url)
    assert wire.send(either_server.port, sender.form()).status == 200
    assert wire.send(either_server.port, sender.json()).status == 200
    assert database.counts()["webhook_events"] == 2


def test_every_refusal_is_logged(either_server, account):
    """Each time, not only when the server happens to listen a little longer."""
    log = LogWatch(either_server)
    request = unsigned(Sender(account, either_server.url))
    for count in range(1, 51):
        assert wire.send(either_server.port, request).status == 403
        wait_until(lambda: len(log.lines()) == count, f"log line {count}")


@pytest.mark.parametrize("missing", ["TWILIO_AUTH_TOKEN", "HOOKSWITCH_DATABASE"])
def test_missing_setting_is_named(either_server, database, account, missing):
    log = LogWatch(either_server)
    params = payloads.inbound_sms(account, new_sid("SM"))
    with either_server.settings(**{missing: None}):
        answer = Twilio(either_server, account).send("sms", params)
    check_refused(answer, 500)
    assert missing in log.only_line()
    assert not any(database.counts().values())


def check_refused(answer, status):
    assert answer is not None, "no answer, or half of one"
    assert answer.status == status
    assert answer.header("Transfer-Encoding") is None
    assert answer.header("Content-Length") == str(len(answer.body))
    if status == 405:
        allowed = {method.strip() for method in answer.header("Allow").split(",")}
        assert allowed == {"GET", "POST"}


def check_log(log, account):
    line = log.only_line()
    assert account.token not in line
    assert QUERY_SECRET not in log.text()
    assert payloads.THEIRS.lstrip("+") not in line
