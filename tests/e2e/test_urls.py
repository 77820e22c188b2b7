"""Every address that the shipped configuration has, under every server.

Those who move here from another system leave Twilio's console as it is: their addresses lead to
the program that takes the place of what was there.
"""

import json
from dataclasses import replace

import pytest

import payloads
import wire
from answers import check_empty_twiml, check_no_content, check_twiml
from kinds import call, call_status, message, message_status, recording, room
from twilio import Twilio, new_sid
from webservers import Lighttpd

CALL_STATUS = call_status("in-progress")
MESSAGE_STATUS = message_status(payloads.message_status, "failed")
ROOM = room(payloads.room_event, "room-ended")
RECORDING = recording("completed")

# Path, which program is there, what Twilio sends there, how it is answered.
URLS = [
    ("/api/webhooks/voice", "voice", call(payloads.inbound_call), check_twiml),
    ("/api/webhooks/sms", "sms", message(payloads.inbound_sms), check_empty_twiml),
    ("/api/webhooks/whatsapp", "whatsapp", message(payloads.inbound_whatsapp), check_empty_twiml),
    ("/api/webhooks/status", "status", MESSAGE_STATUS, check_no_content),
    ("/api/webhooks/recording", "recording", RECORDING, check_no_content),
    ("/api/webhooks/video-room", "video-room", ROOM, check_no_content),
    ("/api/webhooks/webhook", "webhook", ROOM, check_no_content),
    ("/api/webhooks/inbound-sms", "sms", message(payloads.inbound_mms), check_empty_twiml),
    ("/api/twilio/call-status", "status", CALL_STATUS, check_no_content),
    ("/api/twilio/status", "status", CALL_STATUS, check_no_content),
    ("/api/twilio/voice-response", "voice", call(payloads.outbound_call), check_twiml),
    ("/functions/v1/twilio-webhook", "webhook", call(payloads.inbound_call), check_twiml),
    ("/api/appointments/twilio-status-callback", "video-room", ROOM, check_no_content),
]

# Made of their parts.
NOWHERE = ["/api/webhooks", "/api/webhooks/inbound", "/api/webhooks/twilio-webhook",
           "/api/twilio/voice", "/api/twilio/call-voice-response", "/api/twilio/status-response",
           "/functions/v1/webhook", "/api/appointments/48"]


@pytest.mark.parametrize("slash", ["", "/"], ids=["bare", "slash"])
@pytest.mark.parametrize("path, program, build, check", URLS, ids=[url[0] for url in URLS])
def test_url(server, database, account, path, program, build, check, slash):
    """The query arrives, and the signature is that of the address as Twilio has it."""
    params = build(account)
    answer = Twilio(server, account).send(None, params, path=path + slash,
                                          query="campaignId=47%201&empty=&b=%c3%9F")
    check(answer)
    event = database.one("SELECT * FROM hookswitch.webhook_events")
    assert event["endpoint"] == program
    assert event["params"] == {"campaignId": "47 1", "empty": "", "b": "ß",
                               **{name: str(value) for name, value in params}}


class LighttpdOfDebian(Lighttpd):
    """With what Debian's own lighttpd.conf says of URLs."""

    name = "lighttpd-of-debian"

    def lines(self):
        yield from super().lines()
        parts = ("header-strict", "host-strict", "host-normalize", "url-normalize-unreserved",
                 "url-normalize-required", "url-ctrls-reject", "url-path-2f-decode",
                 "url-path-dotseg-remove")
        enabled = ", ".join(f'"{part}" => "enable"' for part in parts)
        yield f"server.http-parseopts = ( {enabled} )"


@pytest.mark.parametrize("path", ["/api/webhooks/sms", "/api/webhooks/sms/", "/hookswitch/sms.fcgi",
                                  "/api/webhooks/inbound-sms"])
def test_normalizing_lighttpd(farm, database, account, path):
    """It takes the query to begin at its last question mark."""
    twilio = Twilio(farm.get(LighttpdOfDebian), account)
    said = "What? #1 50% & 2/3 + a=b; ~'ß' ?"
    sid = new_sid("SM")
    check_empty_twiml(twilio.send(None, payloads.inbound_sms(account, sid, Body=said), path=path,
                                  method="GET"))
    assert database.row("messages", sid)["body"] == said
    check_empty_twiml(twilio.send(None, payloads.inbound_sms(account, new_sid("SM")), path=path,
                                  query="why?&a=%7E%2d+%20&campaignId=47%3F"))
    assert database.counts()["messages"] == 2


def test_campaign_of_the_dialer(server, database, account):
    sid = new_sid("CA")
    check_twiml(Twilio(server, account).send(
        None, payloads.outbound_call(account, sid), path="/api/twilio/voice-response",
        query="campaignId=spring"))
    assert database.row("calls", sid)["campaign_id"] == "spring"


@pytest.mark.parametrize("path", ["/api/webhooks/health", "/api/webhooks/health/",
                                  "/api/webhooks/health?full=1", "/hookswitch/health.fcgi"])
def test_health(server, cluster, path):
    answer = wire.send(server.port, wire.Request("GET", path))
    assert answer.status == 200
    assert answer.header("Content-Type").partition(";")[0] == "application/json"
    assert json.loads(answer.body)["status"] == "ok"


def test_one_program_at_two_addresses(server, database, account):
    """A request signed for one of them is none for the other."""
    twilio = Twilio(server, account)
    request = twilio.request(None, MESSAGE_STATUS(account), path="/api/twilio/status")
    for path in ("/api/webhooks/status", "/api/twilio/call-status", "/api/twilio/status/"):
        assert wire.send(server.port, replace(request, target=path)).status == 403
    assert database.counts()["webhook_events"] == 0
    check_no_content(wire.send(server.port, request))


@pytest.mark.parametrize("path", [*(url[0] for url in URLS), "/api/webhooks/health"])
def test_paths_around_it_lead_nowhere(server, database, account, path):
    for other in (f"/old{path}", f"{path}x", f"{path}/more", path.upper()):
        check_nowhere(server, database, account, other)


@pytest.mark.parametrize("path", NOWHERE)
def test_paths_alike_lead_nowhere(server, database, account, path):
    check_nowhere(server, database, account, path)


def check_nowhere(server, database, account, path):
    answer = Twilio(server, account).send(None, MESSAGE_STATUS(account), path=path)
    assert answer.status == 404, path
    assert database.counts()["webhook_events"] == 0, path
