"""Every order of arrival gives the same final row, and all of the history is kept."""

from datetime import datetime, timezone
from itertools import permutations

import payloads
from twilio import new_sid

CALL_DAY = datetime(2025, 10, 8, 13, 54, tzinfo=timezone.utc)
ROOM_DAY = datetime(2025, 10, 27, 18, 16, tzinfo=timezone.utc)

# What differs in any case: the row's own SID (a recording's URL contains it), and when it
# was written.
# What two subjects cannot have in common: their names, their times, their sessions.
WRITTEN = ("sid", "created_at", "received_at", "updated_at", "session_id")
RECORDING = (*WRITTEN, "url")


def send_in_every_order(twilio, prefix, steps):
    """`steps` maps a subject's SID to (endpoint, params) pairs; a SID of its own per order."""
    count = len(steps(new_sid(prefix)))
    orders = {}
    for order in permutations(range(count)):
        sid = new_sid(prefix)
        webhooks = steps(sid)
        for index in order:
            endpoint, params = webhooks[index]
            answer = twilio.send(endpoint, params)
            assert answer.status in (200, 204), (order, index, answer)
        orders[sid] = order
    return orders


def check_same_rows(database, table, orders, ignored=WRITTEN):
    """All rows equal the first one's; a failure names the order that differs."""
    rows = database.rows(f"SELECT * FROM hookswitch.{table} WHERE sid = ANY(%s)", list(orders))
    assert len(rows) == len(orders)
    first = known(rows[0], ignored)
    different = {orders[row["sid"]]: known(row, ignored) for row in rows
                 if known(row, ignored) != first}
    assert not different, (orders[rows[0]["sid"]], first, different)
    return rows[0]


def known(row, ignored):
    return {name: value for name, value in row.items() if name not in ignored}


def check_history(database, orders, per_subject):
    """No event is swallowed as a repeat of another."""
    rows = database.rows(
        "SELECT subject_sid, count(*) AS n FROM hookswitch.webhook_events"
        " WHERE subject_sid = ANY(%s) GROUP BY 1", list(orders))
    assert {row["subject_sid"]: row["n"] for row in rows} == dict.fromkeys(orders, per_subject)


def life_of_a_call(account, sid):
    return [
        ("voice", payloads.outbound_call(account, sid)),
        ("status", payloads.call_progress(account, sid, 0, "initiated", 10)),
        ("status", payloads.call_progress(account, sid, 1, "ringing", 12)),
        ("status", payloads.call_progress(account, sid, 2, "in-progress", 20)),
        ("status", payloads.call_progress(account, sid, 3, "completed", 39)),
    ]


def check_call(row):
    assert row["status"] == "completed"
    assert (row["direction"], row["duration"]) == ("outbound-api", 19)
    assert (row["from_number"], row["to_number"]) == (payloads.OURS, payloads.THEIRS)
    assert [row[name] for name in ("initiated_at", "ringing_at", "answered_at", "ended_at")] == [
        CALL_DAY.replace(second=second) for second in (10, 12, 20, 39)]


def test_life_of_a_call(twilio, database, account):
    orders = send_in_every_order(twilio, "CA", lambda sid: life_of_a_call(account, sid))
    check_call(check_same_rows(database, "calls", orders))
    check_history(database, orders, 5)


def test_life_of_a_call_with_answering_machine_detection(twilio, database, account):
    """The detection's result knows only the SID; it may come before anything else."""
    orders = send_in_every_order(twilio, "CA", lambda sid: [
        *life_of_a_call(account, sid), ("status", payloads.async_amd(account, sid))])
    row = check_same_rows(database, "calls", orders)
    check_call(row)
    assert row["answered_by"] == "human"
    check_history(database, orders, 6)


def test_answering_machine_detection_that_changes_its_mind(twilio, database, account):
    """`unknown` says nothing; whatever else was told stands."""
    orders = send_in_every_order(twilio, "CA", lambda sid: [
        ("voice", payloads.outbound_call(account, sid, AnsweredBy="unknown")),
        ("status", payloads.async_amd(account, sid, AnsweredBy="unknown")),
        ("status", payloads.async_amd(account, sid, AnsweredBy="human")),
        ("status", payloads.call_progress(account, sid, 3, "completed", 39)),
    ])
    row = check_same_rows(database, "calls", orders, (*WRITTEN, "answered_at"))
    assert row["answered_by"] == "human"
    check_history(database, orders, 4)


def test_call_that_was_busy(twilio, database, account):
    orders = send_in_every_order(twilio, "CA", lambda sid: [
        ("status", payloads.call_progress(account, sid, 0, "initiated", 10)),
        ("status", payloads.call_progress(account, sid, 1, "ringing", 12)),
        ("status", payloads.call_progress(account, sid, 2, "busy", 20, SipResponseCode=486,
                                          CallDuration=0, Duration=0)),
    ])
    row = check_same_rows(database, "calls", orders)
    assert (row["status"], row["sip_response_code"], row["duration"]) == ("busy", 486, 0)
    assert row["answered_at"] is None


def test_dial_action_does_not_reopen_a_call(twilio, database, account):
    """It carries the parent's in-progress, and the child's status under other names."""
    orders = send_in_every_order(twilio, "CA", lambda sid: [
        ("voice", payloads.inbound_call(account, sid)),
        ("voice", payloads.dial_action(account, sid, DialCallStatus="busy")),
        ("status", payloads.call_progress(account, sid, 0, "completed", 39, Direction="inbound",
                                          From=payloads.THEIRS, To=payloads.OURS)),
    ])
    row = check_same_rows(database, "calls", orders, (*WRITTEN, "ringing_at", "answered_at"))
    assert (row["status"], row["direction"]) == ("completed", "inbound")
    check_history(database, orders, 3)


def dialled(account, child, parent, sequence, status, second, **changes):
    """A status callback of the leg that a <Dial> made."""
    return payloads.call_progress(account, child, sequence, status, second, ParentCallSid=parent,
                                  Direction="outbound-dial", **changes)


def test_dialled_call_and_dial_action(twilio, database, account):
    """They count the seconds differently."""
    parent = new_sid("CA")
    orders = send_in_every_order(twilio, "CA", lambda sid: [
        ("voice", payloads.dial_action(account, parent, DialCallSid=sid, DialCallDuration=34)),
        ("status", dialled(account, sid, parent, 1, "ringing", 12)),
        ("status", dialled(account, sid, parent, 2, "in-progress", 20)),
        ("status", dialled(account, sid, parent, 3, "completed", 53, CallDuration=33)),
    ])
    row = check_same_rows(database, "calls", orders)
    assert (row["status"], row["duration"]) == ("completed", 34)
    assert (row["parent_sid"], row["direction"]) == (parent, "outbound-dial")
    assert row["ended_at"] == CALL_DAY.replace(second=53)
    check_history(database, orders, 3)  # the action's subject is the parent


def test_dialled_call_that_ended_in_two_ways(twilio, database, account):
    """The one with a SequenceNumber knows better."""
    parent = new_sid("CA")
    orders = send_in_every_order(twilio, "CA", lambda sid: [
        ("voice", payloads.dial_action(account, parent, DialCallSid=sid, DialCallDuration=None,
                                       DialCallStatus="no-answer")),
        ("status", dialled(account, sid, parent, 1, "ringing", 12)),
        ("status", dialled(account, sid, parent, 2, "busy", 20, SipResponseCode=486)),
    ])
    row = check_same_rows(database, "calls", orders)
    assert (row["status"], row["status_sequence"]) == ("busy", 2)


def check_message(database, orders, status):
    """Messages carry no times, so theirs are the arrivals': there or not is what must agree."""
    times = ("sent_at", "delivered_at", "read_at", "failed_at")
    row = check_same_rows(database, "messages", orders, (*WRITTEN, *times))
    assert row["status"] == status
    assert row["direction"] == "outbound"
    rows = database.rows("SELECT * FROM hookswitch.messages WHERE sid = ANY(%s)", list(orders))
    present = {tuple(name for name in times if row[name]) for row in rows}
    assert len(present) == 1, present
    return present.pop()


def test_message_that_was_read(twilio, database, account):
    orders = send_in_every_order(twilio, "SM", lambda sid: [
        ("status", payloads.whatsapp_status(account, sid, status))
        for status in ("queued", "sent", "delivered", "read")])
    assert check_message(database, orders, "read") == ("sent_at", "delivered_at", "read_at")
    check_history(database, orders, 4)


def test_message_that_was_delivered(twilio, database, account):
    service = new_sid("MG")
    orders = send_in_every_order(twilio, "SM", lambda sid: [
        ("status", payloads.message_status_of_service(
            account, sid, status, MessagingServiceSid=service))
        for status in ("queued", "sending", "sent", "delivered")])
    assert check_message(database, orders, "delivered") == ("sent_at", "delivered_at")
    check_history(database, orders, 4)


def test_message_that_failed(twilio, database, account):
    orders = send_in_every_order(twilio, "SM", lambda sid: [
        ("status", payloads.message_status(account, sid, status))
        for status in ("queued", "sent", "undelivered")])
    check_message(database, orders, "undelivered")
    row = database.row("messages", next(iter(orders)))
    assert row["error_code"] == 30003
    check_history(database, orders, 3)


def test_message_that_failed_for_two_reasons(twilio, database, account):
    orders = send_in_every_order(twilio, "SM", lambda sid: [
        ("status", payloads.message_status(account, sid, "sent")),
        ("status", payloads.message_status(account, sid, "undelivered", ErrorCode=30008,
                                           ErrorMessage="Unknown error")),
        ("status", payloads.message_status(account, sid, "undelivered", ErrorCode=30003)),
    ])
    assert check_message(database, orders, "undelivered") == ("sent_at", "failed_at")
    row = database.row("messages", next(iter(orders)))
    assert (row["error_code"], row["error_message"]) == (30008, "Unknown error")
    check_history(database, orders, 3)


def test_inbound_message_and_callbacks_about_it(twilio, database, account):
    """Callbacks name sender and recipient the other way round, and one tells no status."""
    orders = send_in_every_order(twilio, "SM", lambda sid: [
        ("whatsapp", payloads.inbound_whatsapp(account, sid)),
        ("status", payloads.whatsapp_status(account, sid, "sent")),
        ("status", payloads.message_status(account, sid, None)),
    ])
    row = check_same_rows(database, "messages", orders, (*WRITTEN, "sent_at"))
    assert (row["direction"], row["status"]) == ("inbound", "received")
    assert row["communication_type"] == "whatsapp"
    assert row["body"] == "Grüße aus München 👋🏽"
    check_history(database, orders, 3)


def test_message_told_of_twice(twilio, database, account):
    """As by a second request to the fallback URL, here with other text and attachments."""
    orders = send_in_every_order(twilio, "MM", lambda sid: [
        ("sms", payloads.inbound_mms(account, sid, MediaUrl0="https://example.com/0",
                                     MediaUrl1="https://example.com/1")),
        ("sms", payloads.inbound_mms(account, sid, MediaUrl0="https://example.com/other",
                                     MediaUrl1="https://example.com/1",
                                     MediaContentType0="image/png", Body="Pictures")),
        ("sms", payloads.inbound_mms(account, sid, MediaUrl0="https://example.com/0",
                                     MediaUrl1=None, Body="pictures", NumMedia=1)),
    ])
    row = check_same_rows(database, "messages", orders)
    assert (row["body"], row["num_media"]) == ("pictures", 2)
    media = database.rows(
        "SELECT DISTINCT position, url, content_type FROM hookswitch.message_media"
        " WHERE message_sid = ANY(%s) ORDER BY position", list(orders))
    assert [tuple(row.values()) for row in media] == [
        (0, "https://example.com/other", "image/png"), (1, "https://example.com/1", "text/vcard")]


def test_recording(twilio, database, account):
    call = new_sid("CA")
    orders = send_in_every_order(twilio, "RE", lambda sid: [
        ("recording", payloads.recording_status(account, call, sid, status))
        for status in ("in-progress", "completed")])
    row = check_same_rows(database, "recordings", orders, RECORDING)
    assert (row["status"], row["duration"], row["call_sid"]) == ("completed", 15, call)
    assert row["url"] == payloads.recording_url(account, row["sid"])
    assert row["started_at"] == CALL_DAY.replace(second=4)
    check_history(database, orders, 2)


def test_recording_that_is_absent(twilio, database, account):
    call = new_sid("CA")
    orders = send_in_every_order(twilio, "RE", lambda sid: [
        ("recording", payloads.recording_status(account, call, sid, status))
        for status in ("in-progress", "absent")])
    assert check_same_rows(database, "recordings", orders, RECORDING)["status"] == "absent"


def test_recording_and_record_action(twilio, database, account):
    """The action of a <Record> has a duration of its own, and no status."""
    call = new_sid("CA")
    orders = send_in_every_order(twilio, "RE", lambda sid: [
        ("voice", payloads.record_action(account, call, RecordingSid=sid, RecordingDuration=16,
                                         RecordingUrl=payloads.recording_url(account, sid))),
        *[("recording", payloads.recording_status(account, call, sid, status))
          for status in ("in-progress", "completed")]])
    row = check_same_rows(database, "recordings", orders, RECORDING)
    assert (row["status"], row["duration"], row["call_sid"]) == ("completed", 16, call)
    check_history(database, orders, 2)  # the action's subject is the call


def test_room(twilio, database, account):
    participants = {}

    def steps(room):
        who = participants.setdefault(room, new_sid("PA"))
        return [
            ("video-room", payloads.room_event(account, room, "room-created", 1)),
            ("video-room", payloads.room_event(
                account, room, "participant-connected", 5, ParticipantSid=who)),
            ("video-room", payloads.room_event(
                account, room, "participant-disconnected", 25, ParticipantSid=who)),
            ("video-room", payloads.room_event(account, room, "room-ended", 41)),
        ]

    orders = send_in_every_order(twilio, "RM", steps)
    room = check_same_rows(database, "rooms", orders)
    assert (room["status"], room["duration"], room["name"]) == (
        "completed", 40, "apt-48-test-room")
    assert (room["started_at"], room["ended_at"]) == (at(1), at(41))
    people = {participants[sid]: order for sid, order in orders.items()}
    person = check_same_rows(database, "room_participants", people, (*WRITTEN, "room_sid"))
    assert (person["connected_at"], person["disconnected_at"], person["duration"]) == (
        at(5), at(25), 20)
    check_history(database, orders, 4)


def at(second):
    return ROOM_DAY.replace(second=second, microsecond=876000)
