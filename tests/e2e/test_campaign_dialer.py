"""The campaign dialer: it places calls for campaigns, and wants to see what becomes of each.

It asks Twilio for status callbacks at /api/twilio/call-status (an older part of it at
/api/twilio/status), and for what to say at /api/twilio/voice-response?campaignId=ID. Its trouble
was that nothing arrived and nothing said so.
"""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

import payloads
from answers import check_empty_twiml, check_no_content, check_twiml
from processes import wait_until
from twilio import Account, Twilio, new_sid
from webservers import LogWatch

CALL_STATUS = "/api/twilio/call-status"
OLD_STATUS = "/api/twilio/status"
SPRING = "/api/twilio/voice-response?campaignId=spring"
SCRIPT = "<Response><Say>Hello {To}, spring is here.</Say><Hangup/></Response>"
SPRING_SAYS = f"Hello {payloads.THEIRS}, spring is here."

# Times of the callbacks below.
DAY = datetime(2025, 10, 8, 13, 54, tzinfo=timezone.utc)
INITIATED, RINGING, ANSWERED, ENDED = (DAY.replace(second=s) for s in (10, 12, 20, 39))


def initiated(account, call):
    return payloads.call_progress(account, call, 0, "initiated", 10)


def ringing(account, call):
    return payloads.call_progress(account, call, 1, "ringing", 12)


def answered(account, call):
    return payloads.call_progress(account, call, 2, "in-progress", 20)


def completed(account, call):
    """After 19 seconds, for which Twilio writes 1 (minute) as Duration, too."""
    return payloads.call_progress(account, call, 3, "completed", 39)


STEPS = [initiated, ringing, answered, completed]


def silent_since(account, call, ago, status="initiated", sequence=0):
    """A callback that came some time ago, by Twilio's clock."""
    at = datetime.now(timezone.utc) - ago
    return payloads.call_progress(account, call, sequence, status, 0,
                                  Timestamp=format_datetime(at))


def add_campaign(system, script=SCRIPT, campaign="spring", account=None):
    system.run("INSERT INTO hookswitch.campaigns (id, account_sid, name, voice_twiml)"
               " VALUES (%s, %s, 'Spring sale', %s)",
               campaign, account or system.account.sid, script)


def said(answer):
    """What the person who is called hears."""
    return check_twiml(answer).find("Say").text


def check_whole_call(row):
    assert (row["status"], row["direction"], row["duration"]) == ("completed", "outbound-api", 19)
    assert (row["from_number"], row["to_number"]) == (payloads.OURS, payloads.THEIRS)
    assert (row["initiated_at"], row["ringing_at"], row["answered_at"], row["ended_at"]) == (
        INITIATED, RINGING, ANSWERED, ENDED)
    assert row["created_at"] == INITIATED and row["updated_at"] >= ENDED


# The call log

def test_a_call_of_a_campaign(any_system):
    """Placed, ringing, answered and told its script, ended."""
    system, account, call = any_system, any_system.account, new_sid("CA")
    add_campaign(system)
    for step, status in ((initiated, "initiated"), (ringing, "ringing")):
        check_no_content(system.post(CALL_STATUS, step(account, call)))
        assert system.row("calls", call)["status"] == status
    assert said(system.post(SPRING, payloads.outbound_call(account, call))) == SPRING_SAYS
    for step, status in ((answered, "in-progress"), (completed, "completed")):
        check_no_content(system.post(CALL_STATUS, step(account, call)))
        assert system.row("calls", call)["status"] == status
    check_whole_call(system.row("calls", call))
    assert system.row("calls", call)["campaign_id"] == "spring"


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
def test_callbacks_in_another_order(system, order):
    """The row is the same: what is late does not take the call back."""
    call = new_sid("CA")
    for number in order:
        check_no_content(system.post(CALL_STATUS, STEPS[number](system.account, call)))
    check_whole_call(system.row("calls", call))


def test_callbacks_twice(system):
    """Twilio repeats a callback; neither the call nor the ledger has it twice."""
    call = new_sid("CA")
    for step in STEPS:
        for _ in range(2):
            check_no_content(system.post(CALL_STATUS, step(system.account, call)))
    check_whole_call(system.row("calls", call))
    assert len(system.database.events(call)) == len(STEPS)


def test_the_older_address_is_the_same_handler(system):
    """A call that is told of at both addresses is one call."""
    call = new_sid("CA")
    check_no_content(system.post(OLD_STATUS, initiated(system.account, call)))
    check_no_content(system.post(CALL_STATUS, ringing(system.account, call)))
    check_no_content(system.post(CALL_STATUS, answered(system.account, call)))
    check_no_content(system.post(OLD_STATUS, completed(system.account, call)))
    check_whole_call(system.row("calls", call))


def test_a_call_that_is_not_there_is_made(system):
    """With the time of its callback, which later ones leave as it is."""
    call = new_sid("CA")
    assert system.rows("SELECT FROM hookswitch.calls WHERE sid = %s", call) == []
    system.post(CALL_STATUS, ringing(system.account, call))
    assert system.row("calls", call)["created_at"] == RINGING
    system.post(CALL_STATUS, completed(system.account, call))
    row = system.row("calls", call)
    assert (row["status"], row["created_at"], row["updated_at"]) == ("completed", RINGING, ENDED)


@pytest.mark.parametrize("status, sip_code", [("busy", 486), ("no-answer", 487), ("failed", 404),
                                              ("canceled", 487)])
def test_a_call_that_nobody_took(system, status, sip_code):
    call = new_sid("CA")
    system.post(CALL_STATUS, initiated(system.account, call))
    system.post(CALL_STATUS, payloads.call_progress(
        system.account, call, 1, status, 39, SipResponseCode=sip_code, CallDuration=0, Duration=0))
    row = system.row("calls", call)
    assert (row["status"], row["sip_response_code"], row["duration"]) == (status, sip_code, 0)
    assert (row["answered_at"], row["ended_at"]) == (None, ENDED)


def test_a_machine_that_answered(system):
    """Twilio finds that out after a while, and tells it with the call's SID alone."""
    call = new_sid("CA")
    system.post(CALL_STATUS, answered(system.account, call))
    check_no_content(system.post(CALL_STATUS, payloads.async_amd(
        system.account, call, AnsweredBy="machine_start")))
    row = system.row("calls", call)
    assert (row["status"], row["answered_by"]) == ("in-progress", "machine_start")


def test_calls_of_a_campaign_are_counted(system):
    ended = {"completed": 2, "busy": 1, "no-answer": 1}
    for status, count in ended.items():
        for _ in range(count):
            system.post(CALL_STATUS + "?campaignId=spring", payloads.call_progress(
                system.account, new_sid("CA"), 1, status, 39))
    row = system.one("SELECT * FROM hookswitch.campaign_calls WHERE campaign_id = 'spring'")
    assert (row["calls"], row["answered"], row["busy"], row["no_answer"]) == (4, 2, 1, 1)
    assert (row["pending"], row["total_seconds"]) == (0, 38)


def test_with_the_database_away_in_between(any_system):
    """Twilio gets the same answers, and `hookswitch replay` makes the call whole."""
    system, account, call = any_system, any_system.account, new_sid("CA")
    check_no_content(system.post(CALL_STATUS, initiated(account, call)))
    with system.database_away():
        check_no_content(system.post(CALL_STATUS, ringing(account, call)))
        check_twiml(system.post(SPRING, payloads.outbound_call(account, call)))
        check_no_content(system.post(CALL_STATUS, answered(account, call)))
        check_no_content(system.post(CALL_STATUS, answered(account, call)))  # and once more
        assert system.waiting() == 3
    system.replay()
    check_no_content(system.post(CALL_STATUS, completed(account, call)))
    system.replay()  # if that one had to wait, too
    check_whole_call(system.row("calls", call))
    assert system.row("calls", call)["campaign_id"] == "spring"
    assert len(system.database.events(call)) == 5


def test_neither_database_nor_spool(system):
    """Then only is a callback refused, so that Twilio's debugger shows it."""
    call = new_sid("CA")
    system.set(HOOKSWITCH_SPOOL=None, HOOKSWITCH_DATABASE="host=/nonexistent dbname=none")
    assert system.post(CALL_STATUS, initiated(system.account, call)).status == 503
    assert system.database.events(call) == []


# What a call is told

def test_each_campaign_has_its_script(system):
    add_campaign(system)
    add_campaign(system, "<Response><Say>Autumn.</Say></Response>", "autumn")
    for address, words in ((SPRING, SPRING_SAYS),
                           ("/api/twilio/voice-response?campaignId=autumn", "Autumn.")):
        call = new_sid("CA")
        assert said(system.post(address, payloads.outbound_call(system.account, call))) == words
        assert system.row("calls", call)["campaign_id"] == address.partition("=")[2]


@pytest.mark.parametrize("address, campaign", [
    ("/api/twilio/voice-response", None),
    ("/api/twilio/voice-response?campaignId=unknown", "unknown"),
    ("/api/twilio/voice-response?campaignId=%27%3B%20--%3C%26%3E", "'; --<&>"),
], ids=["none", "unknown", "strange"])
def test_without_a_script_the_reply_file_speaks(system, address, campaign):
    """The call is linked all the same."""
    call = new_sid("CA")
    system.reply_file("voice.xml", "<Response><Say>From the file.</Say></Response>")
    answer = system.post(address, payloads.outbound_call(system.account, call))
    assert said(answer) == "From the file."
    assert system.row("calls", call)["campaign_id"] == campaign


def test_scripts_of_another_account_are_not_used(system):
    add_campaign(system, account="AC" + "f" * 32)
    system.reply_file("voice.xml", "<Response><Say>From the file.</Say></Response>")
    answer = system.post(SPRING, payloads.outbound_call(system.account, new_sid("CA")))
    assert said(answer) == "From the file."


def test_a_script_that_is_broken(system):
    """The reply file speaks, the call is kept, and the log tells the owner where to look."""
    add_campaign(system, "<Response><Say>Hello")
    system.reply_file("voice.xml", "<Response><Say>From the file.</Say></Response>")
    log, call = LogWatch(system.server), new_sid("CA")
    assert said(system.post(SPRING, payloads.outbound_call(system.account, call))) == (
        "From the file.")
    assert "campaigns" in log.only_line("reply is not used")
    assert system.row("calls", call)["campaign_id"] == "spring"


def test_what_is_keyed_in_does_not_start_the_script_again(system):
    """The answer to <Gather> goes to the same address."""
    add_campaign(system)
    check_empty_twiml(system.post(SPRING, payloads.gather_action(system.account, new_sid("CA"))))


def test_with_the_database_away_the_script_stays(system):
    """Whoever is called meanwhile hears what was last known of the campaign."""
    add_campaign(system)
    assert said(system.post(SPRING, payloads.outbound_call(
        system.account, new_sid("CA")))) == SPRING_SAYS
    with system.database_away():
        answer = system.post(SPRING, payloads.outbound_call(
            system.account, new_sid("CA"), To="+15551230009"))
    assert said(answer) == "Hello +15551230009, spring is here."


# Silence

def stuck(system):
    return set(system.values("SELECT sid FROM hookswitch.stuck_calls"))


def test_stuck_calls(system):
    """Those that have not ended and were heard nothing of for too long, and no others."""
    account = system.account
    silent, recent, talking, ended = (new_sid("CA") for _ in range(4))
    system.post(CALL_STATUS, silent_since(account, silent, timedelta(minutes=20)))
    system.post(CALL_STATUS, silent_since(account, recent, timedelta(minutes=5)))
    system.post(CALL_STATUS, silent_since(account, talking, timedelta(minutes=20),
                                          "in-progress", 2))
    system.post(CALL_STATUS, silent_since(account, ended, timedelta(minutes=20), "completed", 3))
    assert stuck(system) == {silent}
    row = system.one("SELECT * FROM hookswitch.stuck_calls")
    assert (row["status"], row["to_number"]) == ("initiated", payloads.THEIRS)
    assert timedelta(minutes=19) < row["silent_for"] < timedelta(minutes=30)
    system.post(CALL_STATUS, silent_since(account, silent, timedelta(), "completed", 3))
    assert stuck(system) == set()


def test_how_long_too_long_is(system):
    """Two settings in the database, one for calls that were answered."""
    placed, talking = new_sid("CA"), new_sid("CA")
    system.post(CALL_STATUS, silent_since(system.account, placed, timedelta(minutes=20)))
    system.post(CALL_STATUS, silent_since(system.account, talking, timedelta(minutes=90),
                                          "in-progress", 2))
    with system.database_setting("stuck_call_after", "30 minutes"):
        assert stuck(system) == set()
    with system.database_setting("stuck_call_in_progress_after", "1 hour"):
        assert stuck(system) == {placed, talking}


def health(system, kind="call-status"):
    return system.one("SELECT * FROM hookswitch.webhook_health WHERE kind = %s", kind)


def make_older(system, ago):
    """As if all that came so far had come earlier by so much."""
    system.run("UPDATE hookswitch.webhook_events SET received_at = received_at - %s", ago)


def test_last_event_of_each_kind(system):
    """Per account, endpoint and kind."""
    start = datetime.now(timezone.utc)
    system.post(CALL_STATUS, initiated(system.account, new_sid("CA")))
    system.post(SPRING, payloads.outbound_call(system.account, new_sid("CA")))
    rows = system.rows("SELECT * FROM hookswitch.webhook_health ORDER BY kind")
    assert [(row["account_sid"], row["endpoint"], row["kind"], row["events_24h"])
            for row in rows] == [(system.account.sid, "voice", "call", 1),
                                 (system.account.sid, "status", "call-status", 1)]
    assert all(start <= row["last_received_at"] <= datetime.now(timezone.utc) for row in rows)
    assert not any(row["is_unusual"] for row in rows)


def test_each_account_is_shown_by_itself(system):
    other = Account("AC" + "5e" * 16, "cafe" * 8)
    system.set(HOOKSWITCH_ACCOUNTS=system.server.site.private_file(
        "dialer-accounts", f"{other.sid} {other.token}\n"))
    check_no_content(system.post(CALL_STATUS, initiated(system.account, new_sid("CA"))))
    for _ in range(2):
        check_no_content(Twilio(system.server, other).send(
            None, initiated(other, new_sid("CA")), path=CALL_STATUS))
    assert {row["account_sid"]: row["events_24h"] for row in system.rows(
        "SELECT * FROM hookswitch.webhook_health")} == {system.account.sid: 1, other.sid: 2}


def test_silence_that_is_unusual(system):
    """A week ago there were calls at this time of the day, and now there is none."""
    def call():
        check_no_content(system.post(CALL_STATUS, initiated(system.account, new_sid("CA"))))

    for _ in range(5):
        call()
    make_older(system, timedelta(days=6, hours=23))
    call()
    make_older(system, timedelta(hours=2))
    row = health(system)
    assert (row["is_unusual"], row["events_week_before"]) == (True, 5)
    assert timedelta(hours=2) <= row["silent_for"] < timedelta(hours=3)
    call()
    assert (health(system)["is_unusual"], health(system)["events_24h"]) == (False, 2)


def test_silence_that_is_not_unusual(system):
    """Nobody called a week ago at this time, either."""
    for _ in range(5):
        system.post(CALL_STATUS, initiated(system.account, new_sid("CA")))
    make_older(system, timedelta(hours=2))
    assert (health(system)["is_unusual"], health(system)["events_week_before"]) == (False, 0)


def test_what_twilio_says_about_our_addresses(system):
    """Its debugger's webhook goes to the same address; webhook_health has the latest."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    system.post(CALL_STATUS, initiated(system.account, new_sid("CA")))
    assert health(system)["errors_24h"] == 0
    report = payloads.debugger(system.account, new_sid("NO"), Timestamp=now.isoformat())
    for _ in range(2):
        check_no_content(system.post(OLD_STATUS, report))
    row = health(system)
    assert (row["errors_24h"], row["errors_7d"], row["last_error_at"]) == (1, 1, now)
    assert (row["last_error_code"], row["last_error_message"]) == (11200, "Status code 503")
    assert row["last_error_url"] == "https://example.com/api/webhooks/status"
    assert system.value("SELECT response_status FROM hookswitch.debugger_events") == 503


# Requests that are refused

def test_why_a_request_is_refused(any_system):
    """HOOKSWITCH_LOG = debug shows all that one needs to know, and no secret."""
    system, call = any_system, new_sid("CA")
    system.set(HOOKSWITCH_LOG="debug")
    stranger = Account(system.account.sid, "0123abcd" * 4)
    log = LogWatch(system.server)
    params = initiated(stranger, call)
    answer = Twilio(system.server, stranger).send(
        None, params, path=CALL_STATUS + "?key=swordfish")
    assert answer.status == 403 and system.database.events(call) == []
    wait_until(lambda: log.lines("tried URL http://127.0.0.1:80/"), "it is logged")
    text = "\n".join(log.lines())
    assert "POST /api/twilio/call-status?... from 127.0.0.1" in text
    assert "header USER_AGENT: TwilioProxy/1.1" in text
    assert "header X_TWILIO_SIGNATURE: 28 characters" in text
    names = text.partition("parameters of the body: ")[2].partition("\n")[0]
    assert {name for name, _ in params} <= set(names.split(", "))
    assert "403, not stored: the signature does not fit" in text
    secrets = (stranger.token, system.account.token, "swordfish", payloads.THEIRS, call)
    assert [secret for secret in secrets if secret in text] == []


def test_a_request_by_hand_without_a_signature(system):
    """As by curl: the address is reachable, and the answer says no more than 403."""
    log = LogWatch(system.server)
    answer = system.get(CALL_STATUS + "?CallSid=CA1&AccountSid=" + system.account.sid)
    assert (answer.status, answer.header("Content-Length")) == (403, str(len(answer.body)))
    assert "no X-Twilio-Signature header" in log.only_line()


def test_an_address_that_is_none(system):
    """Wrong in the console: 404, and not 403."""
    assert system.post("/api/twilio/callstatus", initiated(
        system.account, new_sid("CA"))).status == 404


def test_an_address_behind_a_proxy(system):
    """Twilio signs what the console says; the setting that was BASE_URL tells what that is."""
    twilio = Twilio(system.server, system.account, origin="https://dialer.example.com")
    call = new_sid("CA")
    params = initiated(system.account, call)
    assert twilio.send(None, params, path=CALL_STATUS).status == 403
    system.set(HOOKSWITCH_PUBLIC_URL="https://dialer.example.com")
    check_no_content(twilio.send(None, params, path=CALL_STATUS))
    assert system.row("calls", call)["status"] == "initiated"
