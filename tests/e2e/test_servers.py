"""Every endpoint under every server: answered as Twilio expects, and stored."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Callable

import pytest

import payloads
import wire
from answers import check_empty_twiml, check_no_content, check_twiml
from deployment import ENDPOINTS
from twilio import Account, Twilio, form, new_sid
from webservers import ApacheCgid, ApacheFcgid, ApacheProxyFcgi, LogWatch

BODY_LIMIT = 256 * 1024


@dataclass(frozen=True)
class Case:
    """A typical webhook of an endpoint, how it is answered, and the row it leaves."""

    prefix: str
    params: Callable
    check: Callable
    table: str
    row: dict


CASES = {
    "voice": Case("CA", payloads.inbound_call, check_twiml, "calls", {
        "direction": "inbound", "from_number": payloads.THEIRS, "to_number": payloads.OURS,
        "status": "ringing"}),
    "sms": Case("SM", payloads.inbound_sms, check_empty_twiml, "messages", {
        "direction": "inbound", "communication_type": "sms", "from_address": payloads.THEIRS,
        "to_address": payloads.OURS, "body": "Wo bleibt ihr? 🚚 50% & mehr", "num_media": 0,
        "num_segments": 1, "status": "received"}),
    "whatsapp": Case("SM", payloads.inbound_whatsapp, check_empty_twiml, "messages", {
        "direction": "inbound", "communication_type": "whatsapp", "profile_name": "Zoë 🌻",
        "body": "Grüße aus München 👋🏽", "wa_id": payloads.THEIRS.lstrip("+"),
        "status": "received"}),
    "status": Case("CA", lambda account, sid: payloads.call_progress(
        account, sid, 3, "completed", 40), check_no_content, "calls", {
            "direction": "outbound-api", "status": "completed", "duration": 19,
            "sip_response_code": 200,
            "ended_at": datetime(2025, 10, 8, 13, 54, 40, tzinfo=timezone.utc)}),
    "recording": Case("RE", lambda account, sid: payloads.recording_status(
        account, new_sid("CA"), sid), check_no_content, "recordings", {
            "status": "completed", "duration": 15, "channels": 1, "source": "OutboundAPI",
            "track": "both",
            "started_at": datetime(2025, 10, 8, 13, 54, 4, tzinfo=timezone.utc)}),
    "video-room": Case("RM", lambda account, sid: payloads.room_event(
        account, sid, "room-created"), check_no_content, "rooms", {
            "name": "apt-48-test-room", "type": "group", "status": "in-progress"}),
    "webhook": Case("SM", lambda account, sid: payloads.message_status(
        account, sid, "undelivered"), check_no_content, "messages", {
            "direction": "outbound", "communication_type": "sms", "status": "undelivered",
            "error_code": 30003}),
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("path", ["/api/webhooks/{}", "/hookswitch/{}.fcgi"],
                         ids=["pretty", "own-name"])
def test_endpoint_answers_and_stores(server, database, account, endpoint, path):
    case = CASES[endpoint]
    sid = new_sid(case.prefix)
    params = case.params(account, sid)
    answer = Twilio(server, account).send(endpoint, params, path=path.format(endpoint))
    case.check(answer)
    row = database.row(case.table, sid)
    assert row["account_sid"] == account.sid
    assert {name: row[name] for name in case.row} == case.row
    check_event(database.events(sid), endpoint, account, params)


def check_event(events, endpoint, account, params):
    assert len(events) == 1
    event = events[0]
    assert event["endpoint"] == endpoint
    assert event["account_sid"] == account.sid
    assert event["source"] == "webhook"
    assert event["idempotency_token"]
    assert event["raw_body"] is None
    assert {name: event["params"][name] for name, _ in params} == {
        name: str(value) for name, value in params}


def test_get_with_campaign(server, database, account):
    """By GET all parameters are in the URL, and they are signed once."""
    sid = new_sid("CA")
    answer = Twilio(server, account).send(
        "voice", payloads.inbound_call(account, sid), query="campaignId=4711", method="GET")
    check_twiml(answer)
    row = database.row("calls", sid)
    assert str(row["campaign_id"]) == "4711"
    assert row["from_number"] == payloads.THEIRS


def test_post_with_campaign_and_odd_query(server, database, account):
    """The query is signed as it was written: order, case of escapes, empty values."""
    sid = new_sid("CA")
    query = "z=%c3%A4+b%20c&campaignId=4711&empty=&a&a=2&it's"
    answer = Twilio(server, account).send(
        "voice", payloads.inbound_call(account, sid), query=query, space="%20")
    check_twiml(answer)
    assert str(database.row("calls", sid)["campaign_id"]) == "4711"


def test_json_body(server, database, account):
    """JSON is accepted when its digest is signed; the parameters are then the query's."""
    sid = new_sid("SM")
    body = json.dumps({"say": "Grüße"}, ensure_ascii=False).encode()
    answer = Twilio(server, account).send_json("status", body, f"MessageSid={sid}")
    check_no_content(answer)
    event = database.one("SELECT * FROM hookswitch.webhook_events")
    assert event["params"]["MessageSid"] == sid
    assert bytes(event["raw_body"]) == body
    assert event["account_sid"] == account.sid


def test_chunked_body(server, database, account):
    sid = new_sid("SM")
    params = payloads.inbound_sms(account, sid)
    check_empty_twiml(Twilio(server, account).send_chunked("sms", params))
    assert database.row("messages", sid)["body"] == dict(params)["Body"]


def test_truncated_body_is_not_stored(server, database, account):
    """Signed for what did arrive, so that only the missing bytes speak against it."""
    twilio = Twilio(server, account)
    request = twilio.request("sms", payloads.inbound_sms(account, new_sid("SM")))
    short = replace(request, announced_length=len(request.body) + 10)
    answer = wire.send(server.port, short)
    assert answer is None or answer.status >= 400
    check_empty_twiml(twilio.send("sms", payloads.inbound_sms(account, new_sid("SM"))))
    assert database.counts()["webhook_events"] == 1


def test_largest_body_is_stored(server, database, account):
    """256 KiB pass every server's own limit."""
    sid = new_sid("SM")
    params = payloads.inbound_sms(account, sid, Padding="")
    request = Twilio(server, account).request("sms", params)
    padding = "x" * (BODY_LIMIT - len(request.body))
    params = payloads.changed(params, Padding=padding)
    request = Twilio(server, account).request("sms", params)
    assert len(request.body) == BODY_LIMIT
    check_empty_twiml(wire.send(server.port, request))
    assert len(database.events(sid)[0]["params"]["Padding"]) == len(padding)


def test_absolute_form_target(server, database, account):
    """A proxy's way to write the request line; what is signed stays the URL."""
    sid = new_sid("SM")
    request = Twilio(server, account).request("sms", payloads.inbound_sms(account, sid))
    absolute = replace(request, target=server.url + request.target)
    check_empty_twiml(wire.send(server.port, absolute))
    assert database.row("messages", sid)["status"] == "received"


def test_trailing_slash_is_signed(server, database, account):
    sid = new_sid("SM")
    params = payloads.inbound_sms(account, sid)
    answer = Twilio(server, account).send("sms", params, path="/api/webhooks/sms/")
    check_empty_twiml(answer)
    assert database.row("messages", sid)["status"] == "received"


@pytest.mark.parametrize("path", ["/hookswitch/sms.fcgi/", "/hookswitch/sms.fcgi/more"])
def test_path_behind_a_program(server, database, account, path):
    """The program has it: a server that took it for a file would hand out the program."""
    sid = new_sid("SM")
    params = payloads.inbound_sms(account, sid)
    check_empty_twiml(Twilio(server, account).send("sms", params, path=path))
    assert database.row("messages", sid)["status"] == "received"
    unsigned = wire.send(server.port, wire.Request("GET", path))
    assert (unsigned.status, unsigned.body) == (403, b"")


@pytest.mark.parametrize("path", ["/api/webhooks/smsfoo", "/api/webhooks",
                                  "/hookswitch/sms.fcgi-old", "/api/webhooks/sms/more"])
def test_other_paths_lead_nowhere(server, database, account, path):
    params = payloads.inbound_sms(account, new_sid("SM"))
    assert Twilio(server, account).send("sms", params, path=path).status in (403, 404)
    assert database.counts()["webhook_events"] == 0


@pytest.mark.parametrize("origin", ["https://hooks.example.com", "https://hooks.example.com:8443",
                                    "https://example.com/twilio"])
def test_public_url_behind_a_proxy(server, database, account, origin):
    """The address that Twilio knows, its path prefix too, in place of what arrives here."""
    sid = new_sid("SM")
    with server.settings(HOOKSWITCH_PUBLIC_URL=origin):
        answer = Twilio(server, account, origin).send("sms", payloads.inbound_sms(account, sid))
    check_empty_twiml(answer)
    assert database.row("messages", sid)["account_sid"] == account.sid


def test_public_url_excludes_others(server, database, account):
    """With a public address set, the request's own Host has no say."""
    with server.settings(HOOKSWITCH_PUBLIC_URL="https://hooks.example.com"):
        answer = Twilio(server, account).send("sms", payloads.inbound_sms(account, new_sid("SM")))
    assert answer.status == 403
    assert database.counts()["webhook_events"] == 0


@pytest.mark.parametrize("host", ["hooks.example.com", "hooks.example.com:8080"])
def test_url_built_from_the_request(server, database, account, host):
    """Without a public address, it is the scheme of the connection and the Host header."""
    sid = new_sid("SM")
    request = form(account.token, f"http://{host}", "/api/webhooks/sms",
                   payloads.inbound_sms(account, sid))
    request.headers["Host"] = host
    check_empty_twiml(wire.send(server.port, request))
    assert database.row("messages", sid)["account_sid"] == account.sid


@pytest.mark.parametrize("server_class", [ApacheFcgid, ApacheCgid, ApacheProxyFcgi],
                         ids=lambda server_class: server_class.name)
def test_setting_in_htaccess_wins(farm, database, server_class, account):
    """Settings come with each request: the running processes follow an edited .htaccess."""
    server = farm.get(server_class)
    new = Account(account.sid, "0123456789abcdef" * 2)
    params = payloads.inbound_sms(account, new_sid("SM"))
    try:
        server.set_in_htaccess("TWILIO_AUTH_TOKEN", new.token)
        check_empty_twiml(Twilio(server, new).send("sms", params))
        assert Twilio(server, account).send("sms", params).status == 403
    finally:
        server.deploy()
    check_empty_twiml(Twilio(server, account).send("sms", params))


@pytest.mark.parametrize("mode", [0o644, 0o620], ids=oct)
def test_settings_file_open_to_others_is_refused(server, database, account, mode):
    log = LogWatch(server)
    try:
        (server.site.private / "hookswitch.conf").chmod(mode)
        answer = Twilio(server, account).send("sms", payloads.inbound_sms(account, new_sid("SM")))
    finally:
        server.site.configure()
    assert answer.status == 500
    assert "private/hookswitch.conf" in log.only_line()
    assert database.counts()["webhook_events"] == 0
