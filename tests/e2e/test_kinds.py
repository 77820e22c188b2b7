"""Every kind of webhook that Twilio sends to an endpoint: answered, and kept whole."""

import pytest

import payloads
from answers import check_empty_twiml
from kinds import KINDS
from twilio import new_sid


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
