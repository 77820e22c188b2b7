"""Telehealth: video visits, each in a room of its own.

Twilio tells all that happens in a room to /api/appointments/twilio-status-callback/, slash
included. A room is named after its appointment: apt-48-... is that of appointment 48. Video works
without any of this, so that a fault here must never hurt a visit.
"""

from datetime import datetime, timezone
from itertools import permutations

import pytest

import payloads
from answers import check_no_content
from twilio import new_sid

CALLBACK = "/api/appointments/twilio-status-callback/"
ZOE, ANN = "Dr. Zoë O'Neill", "Ann"


def at(second, minute=16):
    return datetime(2025, 10, 27, 18, minute, second, 876_000, timezone.utc)


def tell(system, room, event, second=0, **changes):
    """One event, which Twilio gets no answer to but 204."""
    check_no_content(system.post(CALLBACK, payloads.room_event(
        system.account, room, event, second, **changes)))


def time(second, minute):
    return f"2025-10-27T18:{minute:02d}:{second:02d}.876Z"


def stay(system, room, identity, came, left):
    """Somebody joins and leaves; each stay has a SID of its own. Minutes after six o'clock."""
    participant = new_sid("PA")
    who = {"ParticipantSid": participant, "ParticipantIdentity": identity}
    tell(system, room, "participant-connected", **who, Timestamp=time(0, came))
    tell(system, room, "participant-disconnected", **who, Timestamp=time(0, left),
         ParticipantDuration=(left - came) * 60)


def add_appointment(system, number=48, status="scheduled"):
    system.run("INSERT INTO hookswitch.appointments (id, status, account_sid) VALUES (%s, %s, %s)",
               number, status, system.account.sid)


def appointment(system, number=48):
    row = system.one("SELECT * FROM hookswitch.appointments WHERE id = %s", number)
    return row["status"], row["completed_at"]


def linked_to(system, room):
    return system.row("rooms", room)["appointment_id"]


def minutes(system, room):
    """Of each participant."""
    return {row["identity"]: row["minutes"] for row in system.rows(
        "SELECT * FROM hookswitch.room_sessions WHERE room_sid = %s", room)}


# A visit

VISIT = [("room-created", 0), ("participant-connected", 5), ("track-added", 6),
         ("track-disabled", 7), ("track-enabled", 8), ("recording-started", 9),
         ("track-removed", 24), ("participant-disconnected", 25), ("room-ended", 40),
         ("recording-completed", 50)]


def check_visit(system, room):
    """What has become of a visit that was told of whole, in whatever way."""
    row = system.row("rooms", room)
    assert (row["name"], row["status"], row["appointment_id"]) == (
        "apt-48-test-room", "completed", 48)
    assert (row["started_at"], row["ended_at"], row["duration"]) == (at(0), at(40), 40)
    assert appointment(system) == ("completed", at(40))
    told = system.rows("SELECT * FROM hookswitch.room_events WHERE room_sid = %s"
                       " ORDER BY occurred_at", room)
    assert [(event["event"], event["occurred_at"]) for event in told] == [
        (event, at(second)) for event, second in VISIT]
    assert system.rows("SELECT identity, stays, duration FROM hookswitch.room_sessions") == [
        {"identity": ZOE, "stays": 1, "duration": 20}]


def test_a_visit(any_system):
    """From the room's creation to the end of its recording."""
    system, room, zoe = any_system, new_sid("RM"), new_sid("PA")
    add_appointment(system)
    for event, second in VISIT:
        assert appointment(system)[0] == ("completed" if second > 40 else "scheduled")
        tell(system, room, event, second, **participant_of(event, zoe))
    check_visit(system, room)


def participant_of(event, sid):
    """Events of a room or of a recording name nobody."""
    is_named = event.startswith(("participant", "track"))
    return {"ParticipantSid": sid} if is_named else {}


def test_a_visit_that_is_told_backwards(system):
    room, zoe = new_sid("RM"), new_sid("PA")
    add_appointment(system)
    for event, second in reversed(VISIT):
        tell(system, room, event, second, **participant_of(event, zoe))
    check_visit(system, room)


def test_a_visit_that_is_told_twice(system):
    """A repeat is no second event."""
    room, zoe = new_sid("RM"), new_sid("PA")
    add_appointment(system)
    for event, second in VISIT:
        params = payloads.room_event(system.account, room, event, second,
                                     **participant_of(event, zoe))
        for _ in range(2):
            check_no_content(system.post(CALLBACK, params))
    check_visit(system, room)


def test_with_the_database_away_in_between(any_system):
    """Twilio notices nothing, and `hookswitch replay` completes the appointment."""
    system, room, zoe = any_system, new_sid("RM"), new_sid("PA")
    add_appointment(system)
    for event, second in VISIT[:2]:
        tell(system, room, event, second, **participant_of(event, zoe))
    with system.database_away():
        for event, second in VISIT[2:]:
            tell(system, room, event, second, **participant_of(event, zoe))
        assert system.waiting() == len(VISIT) - 2
    assert appointment(system) == ("scheduled", None)
    system.replay()
    check_visit(system, room)


def test_without_the_slash_it_is_the_same_address(system):
    room = new_sid("RM")
    check_no_content(system.post(CALLBACK.rstrip("/"), payloads.room_event(
        system.account, room, "room-created")))
    assert linked_to(system, room) == 48


def test_a_request_of_somebody_else(system):
    """Not signed with the account's token: 403, and no appointment is completed by it."""
    add_appointment(system)
    params = payloads.room_event(system.account, new_sid("RM"), "room-ended")
    answer = system.get(CALLBACK + "?" + "&".join(f"{name}={value}" for name, value in params
                                                  if " " not in str(value)))
    assert answer.status == 403
    assert appointment(system) == ("scheduled", None)
    assert system.rows("SELECT FROM hookswitch.room_events") == []


# Events

@pytest.mark.parametrize("event", payloads.ROOM_EVENTS)
def test_what_is_kept_of_an_event(system, event):
    """Event, room, participant, times, and all the rest as metadata."""
    room = new_sid("RM")
    params = dict(payloads.room_event(system.account, room, event, 7))
    tell(system, room, event, 7, **params)
    row = system.one("SELECT * FROM hookswitch.room_events")
    assert (row["event"], row["room_name"], row["room_sid"]) == (event, "apt-48-test-room", room)
    assert row["participant_identity"] == params.get("ParticipantIdentity")
    assert (row["occurred_at"], row["account_sid"]) == (at(7), system.account.sid)
    assert row["received_at"] > row["occurred_at"]
    for name in ("RoomStatus", "ParticipantStatus", "TrackName", "Codec", "Size",
                 "FailedOperation"):
        assert row["metadata"].get(name) == (str(params[name]) if name in params else None)
    assert system.values("SELECT event FROM hookswitch.appointment_events"
                         " WHERE appointment_id = 48") == [event]


def test_the_smallest_request(system):
    """As its people try it by hand; a time without a fraction."""
    room = new_sid("RM")
    check_no_content(system.post(CALLBACK, [
        ("StatusCallbackEvent", "room-created"), ("RoomName", "apt-48-test-room"),
        ("RoomSid", room), ("RoomStatus", "in-progress"), ("Timestamp", "2025-11-16T10:00:00Z")]))
    row = system.row("rooms", room)
    assert (row["appointment_id"], row["status"]) == (48, "in-progress")
    assert row["started_at"] == datetime(2025, 11, 16, 10, tzinfo=timezone.utc)


# Which appointment

@pytest.mark.parametrize("name, number", [
    ("apt-48-test-room", 48), ("apt-48", 48), ("apt-9223372036854775807-x", 9223372036854775807)])
def test_a_room_is_linked_by_its_name(system, name, number):
    """Whether or not the appointment is in the table yet."""
    room = new_sid("RM")
    tell(system, room, "participant-connected", RoomName=name)
    assert linked_to(system, room) == number


@pytest.mark.parametrize("name", [
    "consultation", "48", "apt-", "apt-x-48", "my-apt-48-room", "apt-48th", "APT-48-room",
    "apt-9223372036854775808-x", "apt-" + "9" * 300, "apt-48'; --", "☎ apt-48",
    "RM" + "48" * 16])  # as Twilio names a room that nobody has named
def test_a_room_name_that_does_not_match(system, name):
    """Its events are kept, it belongs to no appointment, and none is completed."""
    add_appointment(system)
    room = new_sid("RM")
    tell(system, room, "room-created", RoomName=name)
    tell(system, room, "room-ended", RoomName=name)
    assert linked_to(system, room) is None
    assert system.value("SELECT count(*) FROM hookswitch.room_events") == 2
    assert system.row("rooms", room)["status"] == "completed"
    assert appointment(system) == ("scheduled", None)


def test_another_pattern(system):
    """appointment_pattern, in table settings; for rooms that are heard of from then on."""
    add_appointment(system)
    add_appointment(system, 7)
    ours, theirs, before = new_sid("RM"), new_sid("RM"), new_sid("RM")
    tell(system, before, "room-created", RoomName="apt-48-room")
    with system.database_setting("appointment_pattern", "^clinic/([0-9]+)/"):
        tell(system, ours, "room-ended", 3, RoomName="clinic/7/visit")
        tell(system, theirs, "room-ended", RoomName="apt-48-room")
    assert (linked_to(system, ours), linked_to(system, theirs)) == (7, None)
    assert linked_to(system, before) == 48
    assert appointment(system, 7) == ("completed", at(3))
    assert appointment(system, 48) == ("scheduled", None)


# The end of a visit

@pytest.mark.parametrize("status, after", [
    ("scheduled", "completed"), ("confirmed", "completed"), ("cancelled", "cancelled"),
    ("no_show", "no_show"), ("rescheduled", "rescheduled"), (None, None)])
def test_room_ended(system, status, after):
    """Completes what was still to come, and leaves any other as it is."""
    add_appointment(system, status=status)
    add_appointment(system, 4)
    tell(system, new_sid("RM"), "room-ended", 40)
    assert appointment(system) == (after, at(40) if after == "completed" else None)
    assert appointment(system, 4) == ("scheduled", None)


@pytest.mark.parametrize("event", [e for e in payloads.ROOM_EVENTS if e != "room-ended"])
def test_nothing_else_completes_it(system, event):
    add_appointment(system)
    tell(system, new_sid("RM"), event)
    assert appointment(system) == ("scheduled", None)


def test_an_appointment_that_its_people_completed_themselves(system):
    """With their time, not the room's, which may stay open for minutes more."""
    add_appointment(system)
    system.run("UPDATE hookswitch.appointments SET status = 'completed', completed_at = %s", at(30))
    tell(system, new_sid("RM"), "room-ended", 40)
    assert appointment(system) == ("completed", at(30))


def test_an_appointment_of_another_account(system):
    system.run("INSERT INTO hookswitch.appointments (id, status, account_sid)"
               " VALUES (48, 'scheduled', %s)", "AC" + "f" * 32)
    tell(system, new_sid("RM"), "room-ended")
    assert appointment(system) == ("scheduled", None)


# Minutes

def test_minutes_add_up_over_reconnects(any_system):
    """Who loses the connection and comes back was there twice, and once."""
    system, room = any_system, new_sid("RM")
    stay(system, room, ZOE, 0, 30)
    stay(system, room, ANN, 2, 10)
    stay(system, room, ANN, 11, 28)
    assert minutes(system, room) == {ZOE: 30, ANN: 25}
    row = system.one("SELECT * FROM hookswitch.room_sessions WHERE identity = %s", ANN)
    assert (row["appointment_id"], row["stays"], row["duration"]) == (48, 2, 25 * 60)
    assert (row["first_connected_at"].minute, row["last_disconnected_at"].minute) == (2, 28)


def test_two_devices_at_once_count_once(system):
    room = new_sid("RM")
    stay(system, room, ANN, 0, 20)
    stay(system, room, ANN, 10, 30)
    assert minutes(system, room) == {ANN: 30}


def test_a_stay_of_which_no_end_is_told(system):
    """It ends with the room."""
    room = new_sid("RM")
    tell(system, room, "participant-connected", ParticipantIdentity=ANN, Timestamp=time(0, 5))
    assert system.value("SELECT is_connected FROM hookswitch.room_sessions") is True
    tell(system, room, "room-ended", Timestamp=time(0, 20))
    assert minutes(system, room) == {ANN: 15}
    assert system.value("SELECT is_connected FROM hookswitch.room_sessions") is False


@pytest.mark.parametrize("order", permutations(range(3)), ids=str)
def test_minutes_in_whatever_order(system, order):
    room, who = new_sid("RM"), {"ParticipantSid": new_sid("PA"), "ParticipantIdentity": ANN}
    events = [("participant-connected", 0, {**who}),
              ("participant-disconnected", 12, {**who, "ParticipantDuration": 720}),
              ("room-ended", 20, {})]
    for number in order:
        event, minute, changes = events[number]
        tell(system, room, event, Timestamp=time(0, minute), **changes)
    assert minutes(system, room) == {ANN: 12}
