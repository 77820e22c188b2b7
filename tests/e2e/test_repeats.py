"""The same webhook again and again: stored once, the row untouched."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import payloads
import wire
from twilio import Twilio, new_sid

TIMES = 20


def webhooks(account):
    return {
        "voice": ("calls", "CA", payloads.inbound_call),
        "sms": ("messages", "SM", payloads.inbound_mms),
        "whatsapp": ("messages", "SM", payloads.inbound_whatsapp),
        "status": ("messages", "SM", lambda account, sid: payloads.message_status(
            account, sid, "delivered")),
        "recording": ("recordings", "RE", lambda account, sid: payloads.recording_status(
            account, new_sid("CA"), sid)),
        "video-room": ("rooms", "RM", lambda account, sid: payloads.room_event(
            account, sid, "room-created")),
    }


@pytest.fixture(params=["voice", "sms", "whatsapp", "status", "recording", "video-room"])
def webhook(request, fast, account):
    """(table, SID, signed request) of an endpoint's typical webhook."""
    table, prefix, build = webhooks(account)[request.param]
    sid = new_sid(prefix)
    return table, sid, Twilio(fast, account).request(request.param, build(account, sid))


def test_in_turn(fast, database, webhook):
    table, sid, request = webhook
    first = wire.send(fast.port, request)
    row, counts = database.row(table, sid), database.counts()
    for _ in range(TIMES - 1):
        answer = wire.send(fast.port, request)
        assert (answer.status, answer.body) == (first.status, first.body)
    assert database.row(table, sid) == row
    assert database.counts() == counts
    assert len(database.events(sid)) == 1


def test_at_once(fast, database, webhook):
    table, sid, request = webhook
    send_at_once(fast, [request] * TIMES)
    assert len(database.events(sid)) == 1
    row, counts = database.row(table, sid), database.counts()
    send_at_once(fast, [request] * TIMES)
    assert database.row(table, sid) == row
    assert database.counts() == counts


def test_two_statuses_of_one_message_at_once(fast, database, account):
    """Different webhooks of one row collide; none may be lost."""
    twilio = Twilio(fast, account)
    sids = [new_sid("SM") for _ in range(TIMES)]
    send_at_once(fast, [twilio.request("status", payloads.message_status(account, sid, status))
                        for sid in sids for status in ("sent", "delivered")])
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
