"""Delivery tracking: what became of every message that a campaign sent, and why some failed.

Twilio tells it to /api/webhooks/status; what people write back comes to /api/webhooks/inbound-sms.
The campaign's id is in the address of the status callback, as campaignId.
"""

import threading
from datetime import datetime, timezone

import pytest

import payloads
import wire
from answers import check_empty_twiml, check_no_content
from twilio import Twilio, new_sid
from webservers import LogWatch

STATUS = "/api/webhooks/status"
SPRING = "/api/webhooks/status?campaignId=spring"
INBOUND = "/api/webhooks/inbound-sms"

SWISS, GERMAN, BRITISH = "+41791234567", "+4915112345678", "+447911223456"
UNREACHABLE, BLOCKED = 30003, 30004


def tell(system, message, status, address=SPRING, **changes):
    """A status callback, which Twilio gets no answer to but 204."""
    check_no_content(system.post(address, payloads.message_status(
        system.account, message, status, **changes)))


def send(system, status, to=GERMAN, address=SPRING, **changes):
    """A message of which the last status is told; returns its SID."""
    message = new_sid("SM")
    tell(system, message, status, address, To=to, **changes)
    return message


def shown(system, message):
    """What the team sees of a message."""
    return system.one("SELECT * FROM hookswitch.delivery_status WHERE sid = %s", message)


def status_of(system, message):
    return shown(system, message)["status"]


# One message

def test_a_message_that_is_read(any_system):
    """From queued to read; each status is seen as soon as it is told, with its time."""
    system, message, start = any_system, new_sid("SM"), datetime.now(timezone.utc)
    for status in ("queued", "sent", "delivered", "read"):
        tell(system, message, status)
        assert status_of(system, message) == status
    row = shown(system, message)
    assert (row["campaign_id"], row["to_address"], row["country"]) == (
        "spring", payloads.THEIRS, "US")
    assert start < row["created_at"] < row["sent_at"] < row["delivered_at"] < row["read_at"]
    assert (row["failed_at"], row["error_code"], row["error_message"]) == (None, None, None)


@pytest.mark.parametrize("status, before", [("failed", "queued"), ("undelivered", "sent")])
def test_a_message_that_does_not_arrive(any_system, status, before):
    """Its error's code, what that is called, and what to do about it."""
    system, message = any_system, new_sid("SM")
    tell(system, message, before)
    tell(system, message, status, ErrorCode=UNREACHABLE, ErrorMessage="")
    row = shown(system, message)
    assert (row["status"], row["error_code"]) == (status, UNREACHABLE)
    assert row["error_message"] == "Recipient's phone unreachable"
    assert row["explanation"] == system.value(
        "SELECT explanation FROM hookswitch.twilio_errors WHERE code = %s", UNREACHABLE)
    assert row["failed_at"] is not None and row["delivered_at"] is None


def test_what_twilio_says_of_an_error_comes_first(system):
    message = send(system, "failed", ErrorCode=UNREACHABLE, ErrorMessage="Handset is off")
    row = shown(system, message)
    assert (row["error_message"], row["explanation"] is not None) == ("Handset is off", True)


def test_an_error_that_nobody_knows(system):
    """The code stays, until the owner adds what it means."""
    message = send(system, "undelivered", ErrorCode=39999)
    assert (shown(system, message)["error_code"], shown(system, message)["error_message"]) == (
        39999, None)
    system.run("INSERT INTO hookswitch.twilio_errors (code, message) VALUES (39999, 'Too late')")
    try:
        assert shown(system, message)["error_message"] == "Too late"
    finally:
        system.run("DELETE FROM hookswitch.twilio_errors WHERE code = 39999")


def test_the_body_of_the_older_system(system):
    """MessageSid, MessageStatus, a time, and an error that may be empty."""
    message = new_sid("SM")
    check_no_content(system.post(STATUS, [
        ("MessageSid", message), ("MessageStatus", "delivered"), ("ErrorCode", ""),
        ("Timestamp", "2025-11-16T10:00:00Z"), ("ErrorMessage", "")]))
    row = shown(system, message)
    assert (row["status"], row["error_code"], row["error_message"]) == ("delivered", None, None)
    assert row["delivered_at"] == datetime(2025, 11, 16, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize("order, furthest", [
    (("delivered", "sent", "queued"), "delivered"), (("sent", "delivered", "queued"), "delivered"),
    (("read", "queued", "delivered", "sent"), "read")])
def test_statuses_in_another_order(system, order, furthest):
    """The furthest one stays, and all are in the history."""
    message = new_sid("SM")
    for status in order:
        tell(system, message, status)
    row = shown(system, message)
    assert row["status"] == furthest
    assert row["sent_at"] is not None and row["delivered_at"] is not None
    assert [event["params"]["MessageStatus"] for event in system.database.events(message)] == list(
        order)


def test_a_failure_that_is_told_before_queued(system):
    message = new_sid("SM")
    for status in ("undelivered", "queued", "sent"):
        tell(system, message, status)
    row = shown(system, message)
    assert (row["status"], row["error_code"]) == ("undelivered", UNREACHABLE)


def test_a_status_twice(system):
    message = new_sid("SM")
    tell(system, message, "delivered")
    before = shown(system, message)
    tell(system, message, "delivered")
    assert shown(system, message) == before
    assert len(system.database.events(message)) == 1


def test_statuses_at_the_same_instant(system):
    """Twilio sends three within a second, to whichever program is free."""
    messages, statuses = [new_sid("SM") for _ in range(5)], ("queued", "sent", "delivered")
    threads = [threading.Thread(target=tell, args=(system, message, status))
               for message in messages for status in statuses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status_of(system, message) for message in messages] == ["delivered"] * 5
    assert system.value("SELECT count(*) FROM hookswitch.webhook_events") == 15


def test_a_status_before_its_message(any_system):
    """It waits in the row, and the message joins it there."""
    system, message = any_system, new_sid("SM")
    tell(system, message, "sent", STATUS, From=payloads.THEIRS, To=payloads.OURS)
    assert system.row("messages", message)["body"] is None
    check_empty_twiml(system.post(INBOUND, payloads.inbound_sms(
        system.account, message, Body="Here I am")))
    row = system.row("messages", message)
    assert (row["direction"], row["body"]) == ("inbound", "Here I am")
    assert row["sent_at"] is not None and row["session_id"] is not None
    assert system.value("SELECT count(*) FROM hookswitch.messages") == 1


def test_a_status_before_the_application_has_stored_its_message(system):
    """The application adds what it knows; nothing that was told is lost."""
    message = send(system, "delivered", address=STATUS)
    system.run("INSERT INTO hookswitch.messages (sid, account_sid, direction, body, status,"
               " campaign_id, created_at, updated_at)"
               " VALUES (%s, %s, 'outbound', 'Spring sale', 'queued', 'spring', now(), now())"
               " ON CONFLICT (sid, account_sid) DO UPDATE SET body = excluded.body,"
               " campaign_id = excluded.campaign_id", message, system.account.sid)
    row = system.row("messages", message)
    assert (row["status"], row["body"], row["campaign_id"]) == (
        "delivered", "Spring sale", "spring")


def test_somebody_writes_back(any_system):
    system, message = any_system, new_sid("SM")
    check_empty_twiml(system.post(INBOUND, payloads.inbound_sms(
        system.account, message, Body="Yes please")))
    row = system.row("messages", message)
    assert (row["direction"], row["status"], row["body"]) == ("inbound", "received", "Yes please")
    assert system.rows("SELECT FROM hookswitch.delivery_status") == []


def test_with_the_database_away_in_between(any_system):
    """Twilio gets the same answers, and `hookswitch replay` brings the rest."""
    system, message, failed, answer = any_system, new_sid("SM"), new_sid("SM"), new_sid("SM")
    tell(system, message, "queued")
    with system.database_away():
        tell(system, message, "delivered")
        tell(system, message, "sent")
        tell(system, failed, "undelivered", To=GERMAN)
        tell(system, failed, "undelivered", To=GERMAN)
        check_empty_twiml(system.post(INBOUND, payloads.inbound_sms(system.account, answer)))
        assert system.waiting() == 4
    assert status_of(system, message) == "queued"
    system.replay()
    assert (status_of(system, message), status_of(system, failed)) == ("delivered", "undelivered")
    assert system.row("messages", answer)["status"] == "received"
    assert {event["source"] for event in system.database.events(failed)} == {"spool"}
    row = system.one("SELECT * FROM hookswitch.campaign_delivery")
    assert (row["messages"], row["delivered"], row["undelivered"]) == (2, 1, 1)


def test_the_log_has_message_and_outcome(system):
    log, message = LogWatch(system.server), new_sid("SM")
    tell(system, message, "delivered")
    assert "204, stored " + message in log.only_line(message)


def test_a_callback_of_somebody_else(system):
    """Refused, and no message fails by it."""
    message = send(system, "sent")
    request = Twilio(system.server, system.account).request(
        None, payloads.message_status(system.account, message, "failed"), path=STATUS)
    request.headers["X-Twilio-Signature"] = "A" * 27 + "="
    assert wire.send(system.server.port, request).status == 403
    assert status_of(system, message) == "sent"


# Campaigns

def test_success_rate_of_a_campaign(any_system):
    """Of the messages whose outcome is known, how many arrived."""
    system = any_system
    system.run("INSERT INTO hookswitch.campaigns (id, account_sid, name)"
               " VALUES ('spring', %s, 'Spring sale')", system.account.sid)
    for status in ("delivered", "delivered", "delivered", "read", "read", "undelivered", "failed",
                   "failed", "sent", "queued"):
        send(system, status)
    send(system, "failed", address=STATUS + "?campaignId=autumn")
    send(system, "delivered", address=STATUS)  # of no campaign
    row = system.one("SELECT * FROM hookswitch.campaign_delivery WHERE campaign_id = 'spring'")
    assert {name: row[name] for name in (
        "name", "messages", "delivered", "read", "undelivered", "failed", "pending")} == {
        "name": "Spring sale", "messages": 10, "delivered": 5, "read": 2, "undelivered": 1,
        "failed": 2, "pending": 2}
    assert float(row["success_rate"]) == 62.5  # 5 of 8
    assert system.rows("SELECT campaign_id, success_rate FROM hookswitch.campaign_delivery"
                       " ORDER BY 1") == [{"campaign_id": "autumn", "success_rate": 0},
                                          {"campaign_id": "spring", "success_rate": 62.5}]


def test_a_campaign_of_which_nothing_is_known_yet(system):
    send(system, "queued")
    assert system.value("SELECT success_rate FROM hookswitch.campaign_delivery") is None


# Errors

def test_errors_by_code_country_and_day(any_system):
    """The day is that of the failure, in UTC; what arrived is not counted."""
    system = any_system
    first, second = {"Timestamp": "2025-11-15T23:59:59Z"}, {"Timestamp": "2025-11-16T00:00:00Z"}
    send(system, "undelivered", GERMAN, ErrorCode=UNREACHABLE, **first)
    for to in (GERMAN, GERMAN, SWISS):
        send(system, "undelivered", to, ErrorCode=UNREACHABLE, **second)
    send(system, "failed", SWISS, ErrorCode=BLOCKED, **second)
    check_no_content(system.post(STATUS, payloads.whatsapp_status(
        system.account, new_sid("SM"), "failed", To="whatsapp:" + BRITISH, ErrorCode=63016,
        **second)))
    send(system, "delivered", GERMAN, **second)
    rows = system.rows("SELECT * FROM hookswitch.delivery_errors")
    assert {(row["error_code"], row["country"], str(row["day"])): row["messages"]
            for row in rows} == {
        (UNREACHABLE, "DE", "2025-11-15"): 1, (UNREACHABLE, "DE", "2025-11-16"): 2,
        (UNREACHABLE, "CH", "2025-11-16"): 1, (BLOCKED, "CH", "2025-11-16"): 1,
        (63016, "GB", "2025-11-16"): 1}
    assert all(row["error_message"] and row["explanation"] for row in rows)


@pytest.mark.parametrize("code", [11200, 21610, 30001, 30003, 30005, 30006, 30007, 30008, 63016])
def test_the_common_codes_are_explained(system, code):
    row = system.one("SELECT * FROM hookswitch.twilio_errors WHERE code = %s", code)
    assert row["message"] and row["explanation"]


# The DBA

def test_purge(system):
    """What is older than asked for goes, everywhere; what is not stays, and can be merged into."""
    old, new, answer = new_sid("SM"), new_sid("SM"), new_sid("SM")
    tell(system, old, "delivered")
    system.post(INBOUND, payloads.inbound_mms(system.account, answer))
    system.run("UPDATE hookswitch.webhook_events SET received_at = received_at - interval '91 d'")
    system.run("UPDATE hookswitch.messages SET created_at = created_at - interval '91 d',"
               " updated_at = updated_at - interval '91 d',"
               " received_at = received_at - interval '91 d'")
    system.run("UPDATE hookswitch.sessions SET started_at = started_at - interval '91 d'")
    tell(system, new, "sent")
    deleted = system.rows("SELECT * FROM hookswitch.purge('90 days') WHERE deleted > 0")
    assert {row["table_name"]: row["deleted"] for row in deleted} == {
        "messages": 2, "message_media": 2, "sessions": 1, "webhook_events": 2}
    assert system.values("SELECT sid FROM hookswitch.messages") == [new]
    assert system.values("SELECT subject_sid FROM hookswitch.webhook_events") == [new]
    assert system.rows("SELECT * FROM hookswitch.purge('90 days') WHERE deleted > 0") == []
    tell(system, new, "delivered")
    assert status_of(system, new) == "delivered"


def test_erase_one_person(any_system):
    """Messages in and out, their history, session and opt-out, however the number was written."""
    system, account = any_system, any_system.account
    person, other = SWISS, GERMAN
    send(system, "delivered", person)
    kept = send(system, "delivered", other)
    system.post(INBOUND, payloads.inbound_sms(account, new_sid("SM"), From=person, Body="STOP"))
    system.post("/api/webhooks/whatsapp", payloads.inbound_whatsapp(
        account, new_sid("SM"), From="whatsapp:" + person, WaId=person.lstrip("+")))
    system.post("/api/twilio/call-status", payloads.call_progress(
        account, new_sid("CA"), 3, "completed", 39, To=person, Called=person))
    mention = new_sid("SM")
    system.post(INBOUND, payloads.inbound_sms(account, mention, From=other,
                                              Body=f"Call {person} instead"))
    erased = system.rows("SELECT * FROM hookswitch.erase_contact(%s)", "+41 79 123 45 67")
    counted = {row["table_name"]: row["erased"] for row in erased}
    assert (counted["messages"], counted["calls"], counted["sessions"], counted["opt_outs"],
            counted["messages.body"]) == (3, 1, 2, 1, 1)
    for table in ("webhook_events", "messages", "calls", "sessions", "opt_outs"):
        left = system.values(f"SELECT CAST(t AS text) FROM hookswitch.{table} AS t")
        assert [row for row in left if "41791234567" in row] == [], table
    assert status_of(system, kept) == "delivered"
    assert system.row("messages", mention)["body"] == "Call +[erased] instead"


def test_a_number_of_ours_is_not_erased(system):
    """By mistake, with everything that went over it."""
    system.post(INBOUND, payloads.inbound_sms(system.account, new_sid("SM")))
    with pytest.raises(Exception, match="is one of ours"):
        system.rows("SELECT * FROM hookswitch.erase_contact(%s)", payloads.OURS)
    assert system.value("SELECT count(*) FROM hookswitch.messages") == 1
