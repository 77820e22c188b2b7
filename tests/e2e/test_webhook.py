"""webhook.fcgi: one address for everything, each kind taken as its own endpoint takes it."""

import json

import pytest

import payloads
from answers import check_empty_twiml, check_no_content, check_twiml
from database import contents, now
from kinds import KINDS
from twilio import new_sid

# In which the two ways may differ: where it came in, and Twilio's mark of a single request.
OF_A_WAY = ("endpoint", "event_key", "idempotency_token")
REPLIES = ("voice", "voice-dial", "voice-record", "voice-gather", "sms", "whatsapp")


@pytest.fixture
def replies(fast):
    """A reply file of each name, which says its name."""
    folder = fast.site.directory("private/replies-of-webhook")
    for name in REPLIES:
        fast.site.write(folder / f"{name}.xml", f"<Response><Say>{name} {{To}}</Say></Response>")
    with fast.settings(HOOKSWITCH_REPLIES=folder):
        yield
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize("endpoint, check, build", [
    pytest.param(endpoint, check, build, id=f"{endpoint}-{kind}")
    for endpoint, check, kind, build in KINDS])
def test_as_at_its_own_address(twilio, database, account, replies, endpoint, check, build):
    """The same rows, and the same answer, which tells the reply file that it was made of."""
    params = build(account)

    def send(name):
        start = now()
        database.empty()
        answer = twilio.send(name, params, query="campaignId=7")
        return answer, contents(database, start, now(), OF_A_WAY)

    apart, rows_apart = send(endpoint)
    together, rows_together = send("webhook")
    (check_no_content if check is check_no_content else check_twiml)(together)
    assert (together.status, together.body) == (apart.status, apart.body)
    assert rows_together == rows_apart
    assert len(rows_together["webhook_events"]) == 1


@pytest.mark.parametrize("build, said", [
    (payloads.inbound_call, "voice"), (payloads.dial_action, "voice-dial"),
    (payloads.record_action, "voice-record"), (payloads.gather_action, "voice-gather"),
    (payloads.inbound_sms, "sms"), (payloads.inbound_whatsapp, "whatsapp"),
], ids=REPLIES)
def test_reply_file(twilio, database, account, replies, build, said):
    params = build(account, new_sid("XX"))
    root = check_twiml(twilio.send("webhook", params))
    assert root[0].text == f"{said} {dict(params)['To']}"


def test_default_answers(twilio, database, account):
    """A caller hears something; a message is not answered."""
    call = payloads.inbound_call(account, new_sid("CA"))
    assert check_twiml(twilio.send("webhook", call)).find("Say").text.strip()
    check_empty_twiml(twilio.send("webhook", payloads.inbound_sms(account, new_sid("SM"))))


def test_a_call_from_beginning_to_end(twilio, database, account):
    """What a site sees that has given Twilio one address: the call, its end, its recording."""
    call, recording = new_sid("CA"), new_sid("RE")
    path = "/functions/v1/twilio-webhook"
    check_twiml(twilio.send(None, payloads.outbound_call(account, call), path=path))
    for sequence, status in enumerate(("initiated", "ringing", "in-progress", "completed")):
        params = payloads.call_progress(account, call, sequence, status, 10 + sequence)
        check_no_content(twilio.send(None, params, path=path))
    check_no_content(twilio.send(
        None, payloads.recording_status(account, call, recording), path=path))
    row = database.row("calls", call)
    assert (row["status"], row["duration"], row["direction"]) == ("completed", 19, "outbound-api")
    assert row["ringing_at"] < row["answered_at"] < row["ended_at"]
    assert database.row("recordings", recording)["call_sid"] == call
    assert {event["endpoint"] for event in database.events(call)} == {"webhook"}


def test_debugger(twilio, database, account):
    """Kept whole, its JSON as it came."""
    params = payloads.debugger(account, new_sid("NO"))
    check_no_content(twilio.send("webhook", params))
    event = database.one("SELECT * FROM hookswitch.webhook_events")
    assert event["params"] == dict(params)
    assert json.loads(event["params"]["Payload"])["webhook"]["response"]["status_code"] == 503
    assert event["occurred_at"].isoformat() == "2025-10-27T18:16:07+00:00"


def test_kind_that_nobody_knows(twilio, database, account):
    """204 and not TwiML, which only calls and messages may be answered with."""
    params = [("AccountSid", account.sid), ("Sid", new_sid("ZZ")), ("Event", "new-product")]
    check_no_content(twilio.send("webhook", params))
    event = database.one("SELECT * FROM hookswitch.webhook_events")
    assert (event["params"], event["subject_sid"]) == (dict(params), params[1][1])


def test_a_repeat_changes_nothing(twilio, database, account):
    params = payloads.inbound_mms(account, new_sid("SM"))
    for _ in range(3):
        check_empty_twiml(twilio.send("webhook", params))
    counts = database.counts()
    assert (counts["webhook_events"], counts["messages"], counts["message_media"]) == (1, 1, 2)
