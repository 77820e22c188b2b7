"""The CRM: one address for everything that Twilio tells, and a log of calls.

All goes to /functions/v1/twilio-webhook: calls, their status callbacks, recordings, messages, video
rooms. People see a call go from "Connecting" over "Ringing" to "Connected", then its summary with
the duration, and half a minute later its recording. A call that stays at "Connecting" has no status
callback; one without a recording has no recording callback.
"""

from datetime import datetime, timezone

import pytest

import payloads
from answers import check_empty_twiml, check_no_content, check_twiml
from twilio import new_sid

WEBHOOK = "/functions/v1/twilio-webhook"
DAY = datetime(2025, 10, 8, 13, 54, tzinfo=timezone.utc)
TIMELINE = {"initiated_at": 10, "ringing_at": 12, "answered_at": 20, "ended_at": 39}


def life(account, call, recording):
    """All that is told of a call that we place, in the order in which it happens."""
    return [payloads.call_progress(account, call, 0, "initiated", 10),
            payloads.call_progress(account, call, 1, "ringing", 12),
            payloads.call_progress(account, call, 2, "in-progress", 20),
            payloads.call_progress(account, call, 3, "completed", 39),
            payloads.recording_status(account, call, recording)]


def logged(system, call):
    return system.one("SELECT * FROM hookswitch.call_log WHERE sid = %s", call)


def check_summary(system, call, recording):
    """Duration, timeline and recording of a call that has ended."""
    row = logged(system, call)
    assert (row["status"], row["duration"], row["direction"]) == ("completed", 19, "outbound-api")
    assert (row["from_number"], row["to_number"]) == (payloads.OURS, payloads.THEIRS)
    assert {name: row[name] for name in TIMELINE} == {
        name: DAY.replace(second=second) for name, second in TIMELINE.items()}
    assert row["recording_urls"] == [payloads.recording_url(system.account, recording)]
    assert [(each["sid"], each["status"], each["duration"]) for each in row["recordings"]] == [
        (recording, "completed", 15)]


# A call

def test_a_call_as_people_see_it(any_system):
    """Connecting, ringing, connected, its summary; then the recording."""
    system, call, recording = any_system, new_sid("CA"), new_sid("RE")
    *steps, recorded = life(system.account, call, recording)
    for params, status, known in zip(steps, ("initiated", "ringing", "in-progress", "completed"),
                                     range(1, 5)):
        check_no_content(system.post(WEBHOOK, params))
        row = logged(system, call)
        assert row["status"] == status
        assert [name for name in TIMELINE if row[name]] == list(TIMELINE)[:known]
    assert (row["duration"], row["recording_urls"]) == (19, [])
    check_no_content(system.post(WEBHOOK, recorded))
    check_summary(system, call, recording)


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (4, 0, 3, 1, 2), (3, 4, 0, 2, 1),
                                   (2, 0, 1, 4, 3)], ids=str)
def test_whichever_callback_comes_first(system, order):
    call, recording = new_sid("CA"), new_sid("RE")
    webhooks = life(system.account, call, recording)
    for number in order:
        check_no_content(system.post(WEBHOOK, webhooks[number]))
    check_summary(system, call, recording)


def test_each_callback_twice(system):
    call, recording = new_sid("CA"), new_sid("RE")
    for params in life(system.account, call, recording):
        for _ in range(2):
            check_no_content(system.post(WEBHOOK, params))
    check_summary(system, call, recording)
    assert system.value("SELECT count(*) FROM hookswitch.webhook_events") == 5


def test_with_the_database_away_in_between(any_system):
    """Twilio gets the same answers, and `hookswitch replay` brings the rest."""
    system, call, recording = any_system, new_sid("CA"), new_sid("RE")
    first, *others = life(system.account, call, recording)
    check_no_content(system.post(WEBHOOK, first))
    with system.database_away():
        for params in (*others, others[0]):
            check_no_content(system.post(WEBHOOK, params))
        incoming = payloads.inbound_call(system.account, new_sid("CA"))
        assert check_twiml(system.post(WEBHOOK, incoming)).find("Say") is not None
        assert system.waiting() == 5
    assert logged(system, call)["status"] == "initiated"
    system.replay()
    check_summary(system, call, recording)
    assert logged(system, dict(incoming)["CallSid"])["status"] == "ringing"


def test_an_incoming_call(any_system):
    """Is answered with what it is to hear; its end is told by the number's status callback."""
    system, call = any_system, new_sid("CA")
    system.reply_file("voice.xml", "<Response><Say>Good day, {From}.</Say></Response>")
    root = check_twiml(system.post(WEBHOOK, payloads.inbound_call(system.account, call)))
    assert root[0].text == f"Good day, {payloads.THEIRS}."
    assert (logged(system, call)["status"], logged(system, call)["direction"]) == (
        "ringing", "inbound")
    check_no_content(system.post(WEBHOOK, payloads.call_progress(
        system.account, call, 0, "completed", 39, Direction="inbound", From=payloads.THEIRS,
        To=payloads.OURS)))
    row = logged(system, call)
    assert (row["status"], row["duration"], row["from_number"]) == (
        "completed", 19, payloads.THEIRS)


def test_a_call_with_two_recordings(system):
    """In the order in which they were made; one that is going on has no end yet."""
    call, first, second, going_on = new_sid("CA"), *(new_sid("RE") for _ in range(3))
    for recording, status, second_of in ((going_on, "in-progress", 30), (second, "completed", 25),
                                         (first, "completed", 21)):
        check_no_content(system.post(WEBHOOK, payloads.recording_status(
            system.account, call, recording, status,
            RecordingStartTime=payloads.STATUS_DAY.format(second_of))))
    assert system.rows("SELECT FROM hookswitch.call_log") == []  # nothing but recordings so far
    system.post(WEBHOOK, payloads.call_progress(system.account, call, 3, "completed", 39))
    row = logged(system, call)
    assert row["recording_urls"] == [payloads.recording_url(system.account, recording)
                                     for recording in (first, second, going_on)]
    assert [each["status"] for each in row["recordings"]] == [
        "completed", "completed", "in-progress"]


def test_a_recording_that_came_with_the_status_callback(system):
    """Where a call is recorded from its beginning."""
    call, recording = new_sid("CA"), new_sid("RE")
    check_no_content(system.post(WEBHOOK, payloads.call_progress(
        system.account, call, 3, "completed", 39, RecordingSid=recording, RecordingDuration=15,
        RecordingUrl=payloads.recording_url(system.account, recording))))
    assert logged(system, call)["recording_urls"] == [
        payloads.recording_url(system.account, recording)]


def test_a_call_that_was_put_through(system):
    """<Dial>: the second leg is a call of its own, and the first goes on after it."""
    call, leg = new_sid("CA"), new_sid("CA")
    system.post(WEBHOOK, payloads.inbound_call(system.account, call))
    check_empty_twiml(system.post(WEBHOOK, payloads.dial_action(
        system.account, call, DialCallSid=leg)))
    assert logged(system, call)["status"] == "in-progress"
    row = logged(system, leg)
    assert (row["parent_sid"], row["status"], row["duration"]) == (call, "completed", 33)


def test_what_is_missing_in_the_console_shows(system):
    """No status callback: the call stays at its beginning. No recording callback: no URL."""
    stays, unrecorded = new_sid("CA"), new_sid("CA")
    system.post(WEBHOOK, payloads.call_progress(system.account, stays, 0, "initiated", 10))
    for params in life(system.account, unrecorded, new_sid("RE"))[:4]:
        system.post(WEBHOOK, params)
    assert system.values("SELECT sid FROM hookswitch.stuck_calls") == [stays]
    assert (logged(system, unrecorded)["status"], logged(system, unrecorded)["recording_urls"]) == (
        "completed", [])
    assert system.values("SELECT DISTINCT kind FROM hookswitch.webhook_health") == ["call-status"]


# Everything at one address

def check_kind(system, kind, table, sid):
    """The one row in the ledger, and what it became."""
    event = system.one("SELECT * FROM hookswitch.webhook_events")
    assert (event["kind"], event["endpoint"], event["account_sid"]) == (
        kind, "webhook", system.account.sid)
    assert system.row(table, sid)["account_sid"] == system.account.sid


@pytest.mark.parametrize("kind, table, prefix, build, check", [
    ("call", "calls", "CA", payloads.inbound_call, check_twiml),
    ("call", "calls", "CA", payloads.outbound_call, check_twiml),
    ("call-action", "calls", "CA", payloads.dial_action, check_empty_twiml),
    ("call-action", "calls", "CA", payloads.gather_action, check_empty_twiml),
    ("answering-machine-detection", "calls", "CA", payloads.async_amd, check_no_content),
    ("message", "messages", "SM", payloads.inbound_sms, check_empty_twiml),
    ("message", "messages", "MM", payloads.inbound_mms, check_empty_twiml),
    ("message", "messages", "SM", payloads.inbound_whatsapp, check_empty_twiml),
    ("message", "messages", "SM", payloads.whatsapp_location, check_empty_twiml),
    ("debugger", "debugger_events", "NO", payloads.debugger, check_no_content),
], ids=lambda value: getattr(value, "__name__", None))
def test_kinds_with_one_shape(any_system, kind, table, prefix, build, check):
    """Told apart by what is in them; TwiML for calls and messages, and for nothing else."""
    sid = new_sid(prefix)
    check(any_system.post(WEBHOOK, build(any_system.account, sid)))
    check_kind(any_system, kind, table, sid)


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress", "completed",
                                    "busy", "failed", "no-answer", "canceled"])
def test_call_status(system, status):
    call = new_sid("CA")
    check_no_content(system.post(WEBHOOK, payloads.call_progress(
        system.account, call, 1, status, 9)))
    check_kind(system, "call-status", "calls", call)
    assert logged(system, call)["status"] == status


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending", "sent",
                                    "delivered", "undelivered", "failed", "read", "canceled"])
def test_message_status(system, status):
    message = new_sid("SM")
    check_no_content(system.post(WEBHOOK, payloads.message_status(
        system.account, message, status)))
    check_kind(system, "message-status", "messages", message)
    assert system.row("messages", message)["status"] == status


@pytest.mark.parametrize("status", ["in-progress", "completed", "absent", "failed"])
def test_recording_status(system, status):
    recording = new_sid("RE")
    check_no_content(system.post(WEBHOOK, payloads.recording_status(
        system.account, new_sid("CA"), recording, status)))
    check_kind(system, "recording-status", "recordings", recording)
    assert system.row("recordings", recording)["status"] == status


@pytest.mark.parametrize("event", payloads.ROOM_EVENTS)
def test_room_event(system, event):
    room = new_sid("RM")
    check_no_content(system.post(WEBHOOK, payloads.room_event(system.account, room, event)))
    check_kind(system, "video-room", "rooms", room)
    assert system.value("SELECT event FROM hookswitch.room_events") == event


def test_something_that_nobody_knows_yet(system):
    """Twilio makes new products: kept whole, and answered with nothing that could be wrong."""
    params = [("AccountSid", system.account.sid), ("Sid", new_sid("ZZ")), ("Event", "new-product")]
    check_no_content(system.post(WEBHOOK, params))
    event = system.one("SELECT * FROM hookswitch.webhook_events")
    assert (event["kind"], event["params"]) == ("other", dict(params))


def test_messages_get_their_own_reply(system):
    """Which of the two it is Twilio tells by the numbers."""
    system.reply_file("sms.xml", "<Response><Message>by SMS</Message></Response>")
    system.reply_file("whatsapp.xml", "<Response><Message>on WhatsApp</Message></Response>")
    for build, words in ((payloads.inbound_sms, "by SMS"),
                         (payloads.inbound_whatsapp, "on WhatsApp")):
        root = check_twiml(system.post(WEBHOOK, build(system.account, new_sid("SM"))))
        assert root[0].text == words


# The address

def test_the_address_is_matched_exactly(system):
    """Signed for another one, or not at all: 403, and nothing is stored."""
    params = payloads.inbound_call(system.account, new_sid("CA"))
    system.set(HOOKSWITCH_PUBLIC_URL="https://crm.example.com")
    assert system.post(WEBHOOK, params).status == 403
    assert system.get(WEBHOOK + "?CallSid=CA1").status == 403
    assert system.rows("SELECT FROM hookswitch.webhook_events") == []
