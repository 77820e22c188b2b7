"""Signed but strange: never refused for its content, kept as it came."""

import secrets

import pytest

import payloads
import twilio as twilio_module
import wire
from answers import check_empty_twiml, check_no_content
from twilio import Twilio, new_sid
from webservers import ApacheFcgid

REPLACEMENT = "\ufffd"


def only_event(database):
    return database.one("SELECT * FROM hookswitch.webhook_events")


def test_sid_with_quote_and_sql(twilio, database, account):
    """The SID is the key of every statement; here it tries to be one."""
    sid = "SM'); DROP SCHEMA hookswitch CASCADE; -- \\' $1 \""
    check_empty_twiml(twilio.send("sms", payloads.inbound_sms(account, sid)))
    assert database.row("messages", sid)["status"] == "received"
    assert only_event(database)["subject_sid"] == sid


def test_nul_byte(twilio, database, account):
    """PostgreSQL holds no NUL: U+FFFD in the columns, the bytes beside them."""
    sid = new_sid("SM")
    request = twilio.request("sms", payloads.inbound_sms(account, sid, Body="a\0b"))
    check_empty_twiml(wire.send(twilio.port, request))
    assert database.row("messages", sid)["body"] == f"a{REPLACEMENT}b"
    check_raw(database, request, "Body", f"a{REPLACEMENT}b")


@pytest.mark.parametrize("octets, text", [
    (b"caf\xe9!", f"caf{REPLACEMENT}!"),
    (b"\xff", REPLACEMENT),
    (b"end\xf0\x9f\x98", None),
    (b"\xed\xa0\x80surrogate", None),
    (b"\xc0\xaf/overlong", None),
], ids=["latin1", "ff", "cut-short", "surrogate", "overlong"])
def test_invalid_utf8(twilio, database, account, octets, text):
    """How many U+FFFD replace a longer broken sequence is left open."""
    sid = new_sid("SM")
    request = twilio.request("sms", payloads.inbound_sms(account, sid, Body=octets))
    check_empty_twiml(wire.send(twilio.port, request))
    stored = database.row("messages", sid)["body"]
    assert REPLACEMENT in stored
    check_raw(database, request, "Body", text or stored)


def check_raw(database, request, name, text):
    event = only_event(database)
    assert event["params"][name] == text
    assert bytes(event["raw_body"]) == request.body


def test_invalid_utf8_in_a_get(farm, database, account):
    """It has no body; the bytes that are kept are the query's. lighttpd itself would refuse it."""
    sid = new_sid("SM")
    twilio = Twilio(farm.get(ApacheFcgid), account)
    request = twilio.request("sms", payloads.inbound_sms(account, sid, Body=b"\xff"), method="GET")
    check_empty_twiml(wire.send(twilio.port, request))
    assert database.row("messages", sid)["body"] == REPLACEMENT
    assert bytes(only_event(database)["raw_body"]).decode() == request.target.partition("?")[2]


def test_strange_parameter_name(twilio, database, account):
    params = payloads.inbound_sms(account, new_sid("SM")) + [
        (b"Na\xffme\0", "1"), ("", "nameless"), ("SipHeader_X-Foo", "bar"), ("日本", "語")]
    check_empty_twiml(twilio.send("sms", params))
    stored = only_event(database)["params"]
    assert stored[f"Na{REPLACEMENT}me{REPLACEMENT}"] == "1"
    assert (stored[""], stored["SipHeader_X-Foo"], stored["日本"]) == ("nameless", "bar", "語")


@pytest.mark.parametrize("status", ["beamed-up", "Delivered!", "übermittelt"])
def test_unknown_message_status(twilio, database, account, status):
    sid = new_sid("SM")
    check_no_content(twilio.send("status", payloads.message_status(account, sid, status)))
    assert database.row("messages", sid)["status"] == status


def test_unknown_call_status(twilio, database, account):
    sid = new_sid("CA")
    params = payloads.call_progress(account, sid, 0, "teleported", 1)
    check_no_content(twilio.send("status", params))
    assert database.row("calls", sid)["status"] == "teleported"


@pytest.mark.parametrize("number", ["many", "1e3", "-", "12.5", "9" * 30, " 7 x", "0x10", "NaN"])
def test_numbers_that_are_none(twilio, database, account, number):
    call, recording, message = new_sid("CA"), new_sid("RE"), new_sid("SM")
    check_no_content(twilio.send("status", payloads.call_progress(
        account, call, 3, "completed", 9, CallDuration=number, Duration=number,
        SipResponseCode=number, SequenceNumber=number)))
    check_no_content(twilio.send("recording", payloads.recording_status(
        account, call, recording, RecordingDuration=number, RecordingChannels=number)))
    check_empty_twiml(twilio.send("sms", payloads.inbound_sms(
        account, message, NumMedia=number, NumSegments=number)))
    row = database.row("calls", call)
    assert (row["status"], row["duration"], row["sip_response_code"]) == ("completed", None, None)
    row = database.row("recordings", recording)
    assert (row["status"], row["duration"], row["channels"]) == ("completed", None, None)
    row = database.row("messages", message)
    assert (row["status"], row["num_segments"]) == ("received", None)
    assert database.counts()["webhook_events"] == 3


@pytest.mark.parametrize("date", ["yesterday", "2025-13-45T99:99:99Z", "", "infinity", "now",
                                  "Wed, 31 Feb 2025 25:61:00 +0000", "99999999-01-01", "0"])
def test_dates_that_are_none(twilio, database, account, date):
    recording, room = new_sid("RE"), new_sid("RM")
    check_no_content(twilio.send("recording", payloads.recording_status(
        account, new_sid("CA"), recording, RecordingStartTime=date)))
    check_no_content(twilio.send("video-room", payloads.room_event(
        account, room, "room-created", Timestamp=date)))
    assert database.row("recordings", recording)["started_at"] is None
    assert database.row("rooms", room)["status"] == "in-progress"
    assert database.events(room)[0]["params"]["Timestamp"] == date


def test_appointment_of_a_room_with_another_name(twilio, database, account):
    room = new_sid("RM")
    check_no_content(twilio.send("video-room", payloads.room_event(
        account, room, "room-created", RoomName="apt-99999999999999999999-x")))
    assert database.row("rooms", room)["appointment_id"] is None


def test_unknown_room_event(twilio, database, account):
    room = new_sid("RM")
    check_no_content(twilio.send("video-room", payloads.room_event(account, room, "room-painted")))
    event = database.one("SELECT * FROM hookswitch.room_events WHERE room_sid = %s", room)
    assert event["event"] == "room-painted"


def test_repeated_and_empty_parameters(twilio, database, account):
    """Signed with each value once, stored with all of them; empty is not absent."""
    params = payloads.inbound_sms(account, new_sid("SM")) + [
        ("MessagingBinding.Address", "+1415"), ("MessagingBinding.Address", "+1325"),
        ("Empty", "")]
    check_empty_twiml(twilio.send("sms", params))
    stored = only_event(database)["params"]
    assert sorted(stored["MessagingBinding.Address"]) == ["+1325", "+1415"]
    assert stored["Empty"] == ""


def test_same_value_twice(twilio, database, account):
    params = payloads.inbound_sms(account, new_sid("SM")) + [("Twice", "x"), ("Twice", "x")]
    check_empty_twiml(twilio.send("sms", params))
    assert only_event(database)["params"]["Twice"] == ["x", "x"]


def test_same_name_in_query_and_body(twilio, database, account):
    """Both are signed, each in its place; the body's value is the webhook's."""
    sid = new_sid("SM")
    answer = twilio.send("sms", payloads.inbound_sms(account, sid), query="Body=query&From=x")
    check_empty_twiml(answer)
    assert database.row("messages", sid)["from_address"] == payloads.THEIRS


def test_empty_sid(twilio, database, account):
    check_empty_twiml(twilio.send("sms", payloads.inbound_sms(
        account, "", SmsSid="", SmsMessageSid="")))
    assert database.counts()["webhook_events"] == 1


def test_no_account_sid(twilio, database, account):
    """Signed with the configured account's token: taken as that account's."""
    sid = new_sid("SM")
    check_empty_twiml(twilio.send("sms", payloads.inbound_sms(account, sid, AccountSid=None)))
    assert database.row("messages", sid)["account_sid"] == account.sid


def test_other_kind_of_webhook(twilio, database, account):
    """A room's event at the SMS address: a mistake in Twilio's console, not a reason to lose it."""
    room = new_sid("RM")
    check_empty_twiml(twilio.send("sms", payloads.room_event(account, room, "room-created")))
    assert only_event(database)["params"]["RoomSid"] == room


@pytest.mark.parametrize("endpoint, build", [("sms", payloads.message_status),
                                             ("whatsapp", payloads.whatsapp_status)])
def test_delivery_status_at_the_address_for_messages(twilio, database, account, endpoint, build):
    """A likely mistake in Twilio's console; the message is ours all the same, and no reply to it."""
    sid = new_sid("SM")
    for status in ("sent", "delivered"):
        check_no_content(twilio.send(endpoint, build(account, sid, status)))
    row = database.row("messages", sid)
    assert (row["direction"], row["status"], row["body"]) == ("outbound", "delivered", None)
    assert row["sent_at"] and row["delivered_at"]
    assert {event["endpoint"] for event in database.events(sid)} == {endpoint}


@pytest.mark.parametrize("build, kind", [(payloads.inbound_sms, "sms"),
                                         (payloads.inbound_whatsapp, "whatsapp")])
def test_message_at_the_address_for_statuses(twilio, database, account, build, kind):
    """The same mistake the other way round: it has its text, and is answered as a message is."""
    sid = new_sid("SM")
    check_empty_twiml(twilio.send("status", build(account, sid, Body="Hello")))
    row = database.row("messages", sid)
    assert (row["direction"], row["communication_type"], row["body"]) == ("inbound", kind, "Hello")
    assert row["session_id"]


def test_chunked_and_strange(twilio, database, account):
    sid = new_sid("SM")
    request = twilio.request("sms", payloads.inbound_sms(account, sid, Body=b"\xfe\0"))
    check_empty_twiml(wire.send_chunked(twilio.port, request, size=7))
    assert bytes(only_event(database)["raw_body"]) == request.body


def test_long_values(twilio, database, account):
    """Longer than any column a reader might think of."""
    sid = new_sid("CA")
    params = payloads.inbound_call(account, sid, From="sip:" + "x" * 4000, CallerName="ß" * 4000)
    assert twilio.send("voice", params).status == 200
    assert database.row("calls", sid)["from_number"] == "sip:" + "x" * 4000


@pytest.mark.parametrize("endpoint, name", [
    ("voice", "CallSid"), ("sms", "MessageSid"), ("whatsapp", "MessageSid"), ("status", "CallSid"),
    ("status", "MessageSid"), ("status", "Sid"), ("recording", "RecordingSid"),
    ("video-room", "RoomSid"), ("video-room", "CompositionSid"), ("webhook", "ConferenceSid"),
    ("webhook", "Sid")])
def test_sid_that_fits_no_index(twilio, database, account, endpoint, name):
    """Random, so that PostgreSQL cannot make it short either."""
    sid = secrets.token_hex(5000)
    params = [("AccountSid", account.sid), (name, sid)]
    assert twilio.send(endpoint, params).status in (200, 204)
    event = only_event(database)
    assert (event["subject_sid"], event["params"][name]) == (None, sid)


def test_bodysha256_on_a_form(twilio, database, account):
    """Twilio's proxy adds it to form requests too; there it only counts as part of the URL."""
    sid = new_sid("SM")
    digest = "bodySHA256=" + "0" * 64
    check_empty_twiml(twilio.send("sms", payloads.inbound_sms(account, sid), query=digest))
    assert database.row("messages", sid)["status"] == "received"


def test_json_that_is_none(twilio, database, account):
    """The digest is right, so it is Twilio's; whether it parses is for whoever reads it."""
    body = b"{not json \xff\0"
    request = twilio_module.json(account.token, twilio.origin, "/api/webhooks/status", body)
    check_no_content(wire.send(twilio.port, request))
    assert bytes(only_event(database)["raw_body"]) == body
