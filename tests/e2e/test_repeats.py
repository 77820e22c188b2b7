"""The same webhook again and again: stored once, the row untouched."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

import payloads
import wire
from deployment import ENDPOINTS
from twilio import Account, Twilio, new_sid
from webservers import ApacheCgid

TIMES = 20


# Table, what its SIDs begin with, parameters.
WEBHOOKS = {
    "voice": ("calls", "CA", payloads.inbound_call),
    "sms": ("messages", "SM", payloads.inbound_mms),
    "whatsapp": ("messages", "SM", payloads.inbound_whatsapp),
    "status": ("messages", "SM", lambda account, sid: payloads.message_status(
        account, sid, "delivered")),
    "recording": ("recordings", "RE", lambda account, sid: payloads.recording_status(
        account, new_sid("CA"), sid)),
    "video-room": ("rooms", "RM", lambda account, sid: payloads.room_event(
        account, sid, "room-created")),
    "webhook": ("calls", "CA", payloads.dial_action),
}


@dataclass(frozen=True)
class Webhook:
    """An endpoint's typical webhook, and the row that it makes."""

    account: Account
    endpoint: str
    params: list
    table: str
    sid: str

    def request(self, server):
        return Twilio(server, self.account).request(self.endpoint, self.params)


@pytest.fixture(params=ENDPOINTS)
def webhook(request, account):
    table, prefix, build = WEBHOOKS[request.param]
    sid = new_sid(prefix)
    return Webhook(account, request.param, build(account, sid), table, sid)


def test_in_turn(fast, database, webhook):
    request = webhook.request(fast)
    first = wire.send(fast.port, request)
    row, counts = database.row(webhook.table, webhook.sid), database.counts()
    for _ in range(TIMES - 1):
        answer = wire.send(fast.port, request)
        assert (answer.status, answer.body) == (first.status, first.body)
    assert database.row(webhook.table, webhook.sid) == row
    assert database.counts() == counts
    assert len(database.events(webhook.sid)) == 1


@pytest.fixture
def crowd(either_server, environment):
    """Under lighttpd requests share few processes, as plain CGI each has one to itself."""
    if environment.wrapper and isinstance(either_server, ApacheCgid):
        pytest.skip("hundreds of processes under HOOKSWITCH_WRAPPER may take minutes to start")
    return either_server


def test_at_once(crowd, database, webhook):
    requests = [webhook.request(crowd)] * TIMES
    send_at_once(crowd, requests)
    assert len(database.events(webhook.sid)) == 1
    row, counts = database.row(webhook.table, webhook.sid), database.counts()
    send_at_once(crowd, requests)
    assert database.row(webhook.table, webhook.sid) == row
    assert database.counts() == counts


def test_two_statuses_of_one_message_at_once(crowd, database, account):
    """Different webhooks of one row collide; none may be lost."""
    twilio = Twilio(crowd, account)
    sids = [new_sid("SM") for _ in range(TIMES)]
    requests = [twilio.request("status", payloads.message_status(account, sid, status))
                for sid in sids for status in ("sent", "delivered")]
    send_at_once(crowd, requests)
    for sid in sids:
        assert database.row("messages", sid)["status"] == "delivered"
        assert len(database.events(sid)) == 2


def test_same_parameters_at_another_endpoint(fast, database, account):
    """The endpoint is part of an event's identity."""
    sid = new_sid("SM")
    twilio = Twilio(fast, account)
    params = payloads.inbound_whatsapp(account, sid)
    assert twilio.send("sms", params).status == 200
    assert twilio.send("whatsapp", params).status == 200
    assert len(database.events(sid)) == 2


def test_order_of_parameters_does_not_matter(fast, database, account):
    sid = new_sid("SM")
    twilio = Twilio(fast, account)
    params = payloads.inbound_sms(account, sid)
    twilio.send("sms", params)
    twilio.send("sms", params[::-1], space="%20")
    assert len(database.events(sid)) == 1


def send_at_once(server, requests):
    with ThreadPoolExecutor(TIMES) as pool:
        answers = list(pool.map(lambda request: wire.send(server.port, request), requests))
    assert {answer.status for answer in answers} <= {200, 204}
