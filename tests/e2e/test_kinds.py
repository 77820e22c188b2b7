"""Every kind of webhook that Twilio sends to an endpoint: answered, and kept whole."""

import pytest

import payloads
from answers import check_empty_twiml, check_no_content, check_twiml
from twilio import new_sid

COMPOSITION_EVENTS = ("composition-enqueued", "composition-started", "composition-progress",
                      "composition-available", "composition-failed")


def call(build):
    return lambda account: build(account, new_sid("CA"))


def message(build):
    return lambda account: build(account, new_sid("SM"))


def message_status(build, status):
    return lambda account: build(account, new_sid("SM"), status)


def recording(status):
    return lambda account: payloads.recording_status(
        account, new_sid("CA"), new_sid("RE"), status)


def room(build, event):
    return lambda account: build(account, new_sid("RM"), event)


KINDS = [
    ("voice", check_twiml, "inbound-call", call(payloads.inbound_call)),
    ("voice", check_twiml, "outbound-call", call(payloads.outbound_call)),
    ("voice", check_empty_twiml, "dial-action", call(payloads.dial_action)),
    ("voice", check_empty_twiml, "record-action", call(payloads.record_action)),
    ("voice", check_empty_twiml, "gather-action", call(payloads.gather_action)),
    ("sms", check_empty_twiml, "sms", message(payloads.inbound_sms)),
    ("sms", check_empty_twiml, "mms", message(payloads.inbound_mms)),
    ("whatsapp", check_empty_twiml, "text", message(payloads.inbound_whatsapp)),
    ("whatsapp", check_empty_twiml, "location", message(payloads.whatsapp_location)),
    ("whatsapp", check_empty_twiml, "button", message(payloads.whatsapp_button)),
    ("status", check_no_content, "async-amd", call(payloads.async_amd)),
    *[("status", check_no_content, f"message-{status}",
       message_status(payloads.message_status, status))
      for status in ("accepted", "scheduled", "queued", "sending", "sent", "delivered",
                     "undelivered", "failed", "read", "canceled", "partially_delivered")],
    *[("status", check_no_content, f"service-{status}",
       message_status(payloads.message_status_of_service, status))
      for status in ("queued", "sent", "delivered")],
    *[("status", check_no_content, f"whatsapp-{status}",
       message_status(payloads.whatsapp_status, status))
      for status in ("sent", "delivered", "read")],
    *[("recording", check_no_content, status, recording(status))
      for status in ("in-progress", "completed", "absent", "failed")],
    *[("video-room", check_no_content, event, room(payloads.room_event, event))
      for event in payloads.ROOM_EVENTS],
    *[("video-room", check_no_content, event, room(payloads.composition_event, event))
      for event in COMPOSITION_EVENTS],
]


@pytest.mark.parametrize("space", ["+", "%20"], ids=["plus", "percent"])
@pytest.mark.parametrize("endpoint, check, build", [
    pytest.param(endpoint, check, build, id=f"{endpoint}-{kind}")
    for endpoint, check, kind, build in KINDS])
def test_kind(twilio, database, account, endpoint, check, build, space):
    params = build(account)
    check(twilio.send(endpoint, params, space=space))
    event = database.one("SELECT * FROM hookswitch.webhook_events")
    assert event["endpoint"] == endpoint
    assert event["params"] == {name: str(value) for name, value in params}


def test_media_of_a_message(twilio, database, account):
    sid = new_sid("MM")
    twilio.send("sms", payloads.inbound_mms(account, sid))
    rows = database.rows("SELECT * FROM hookswitch.message_media WHERE message_sid = %s"
                         " ORDER BY position", sid)
    assert [(row["position"], row["url"], row["content_type"]) for row in rows] == [
        (0, payloads.media_url(account, sid, 0), "image/jpeg"),
        (1, payloads.media_url(account, sid, 1), "text/vcard")]
    assert database.row("messages", sid)["num_media"] == 2


def test_more_media_announced_than_sent(twilio, database, account):
    """NumMedia is Twilio's word, not a loop count."""
    sid = new_sid("MM")
    params = payloads.inbound_mms(account, sid, NumMedia=1_000_000)
    check_empty_twiml(twilio.send("sms", params))
    rows = database.rows("SELECT * FROM hookswitch.message_media WHERE message_sid = %s", sid)
    assert len(rows) == 2


@pytest.mark.parametrize("event", payloads.ROOM_EVENTS)
def test_room_event(twilio, database, account, event):
    sid = new_sid("RM")
    params = dict(payloads.room_event(account, sid, event, second=7))
    twilio.send("video-room", list(params.items()))
    row = database.one("SELECT * FROM hookswitch.room_events WHERE room_sid = %s", sid)
    assert (row["event"], row["sequence_number"]) == (event, 7)
    assert (row["participant_sid"], row["participant_identity"]) == (
        params.get("ParticipantSid"), params.get("ParticipantIdentity"))
    assert (row["track_sid"], row["track_kind"]) == (
        params.get("TrackSid"), params.get("TrackKind"))
    assert row["recording_sid"] == params.get("RecordingSid")
    assert row["occurred_at"].isoformat() == "2025-10-27T18:16:07.876000+00:00"


def test_error_code_zero_of_a_recording_is_none(twilio, database, account):
    sid = new_sid("RE")
    twilio.send("recording", payloads.recording_status(account, new_sid("CA"), sid, ErrorCode=0))
    assert database.row("recordings", sid)["error_code"] is None
