"""The lists beside the live feed: what a page shows, a page at a time."""

import json

import pytest

import feed
import payloads
from faults import Spool
from feed import LISTS, ask, check_headers, get
from payloads import OURS, THEIRS
from twilio import Twilio, new_sid


@pytest.fixture
def server(fast, database):
    with fast.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN):
        yield fast


@pytest.fixture
def tell(server, account):
    """Sends a webhook, and says that it was taken."""
    def tell(endpoint, params):
        answer = Twilio(server, account).send(endpoint, params)
        assert answer is not None and answer.status in (200, 204), answer

    return tell


def items(server, name, **parameters):
    return get(server, list=name, **parameters)["items"]


def walk(server, name, limit, **parameters):
    """All pages, one after the other: their items."""
    found, after = [], {}
    while True:
        page = get(server, list=name, limit=limit, **parameters, **after)
        assert list(page)[:2] == ["items", "next"]
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        after = {"next": page["next"]}


@pytest.fixture
def contact(tell, account):
    """Writes a message from the contact of that number; its SID."""
    def write(number, text="Hello", endpoint="sms", **changes):
        sid = new_sid("SM")
        make = payloads.inbound_whatsapp if endpoint == "whatsapp" else payloads.inbound_sms
        prefix = "whatsapp:" if endpoint == "whatsapp" else ""
        tell(endpoint, make(account, sid, Body=text, From=f"{prefix}+1415867{number:04}",
                            **changes))
        return sid

    return write


def test_conversations(server, contact, tell, account):
    """Those first in which something came in last; with what was said last, and by whom."""
    for number, text in ((1, "first"), (2, "second"), (1, "again")):
        contact(number, text)
    contact(3, "third", "whatsapp")
    tell("status", payloads.message_status(account, new_sid("SM"), "sent", To="+14158670001"))
    third, first, second = items(server, "conversations")
    assert [each["last_body"] for each in (third, first, second)] == ["third", "again", "second"]
    assert list(first) == [
        "id", "account_sid", "type", "channel", "contact_address", "profile_name", "state",
        "started_at", "closed_at", "ends_at", "last_received_at", "last_message_at", "last_body",
        "received", "sent", "is_opted_out"]
    assert (first["received"], first["sent"], first["state"]) == (2, 1, "open")
    assert first["contact_address"] == "+14158670001" and first["type"] == "sms"
    assert first["channel"]["address"] == OURS and first["profile_name"] is None
    assert third["type"] == "whatsapp" and third["profile_name"] == "Zoë 🌻"
    assert first["channel"]["id"] != third["channel"]["id"]


def test_conversations_that_are_asked_for(server, contact):
    """By its number, or by messages that came in: as the list has it, however old."""
    first, again, second = contact(1), contact(1), contact(2)
    newer, older = items(server, "conversations")
    assert items(server, "conversations", session=older["id"]) == [older]
    assert items(server, "conversations", message=first) == [older]
    assert items(server, "conversations", message=f"{first},{again},SM0") == [older]
    assert walk(server, "conversations", 2, message=f"{first},{second}") == [newer, older]
    assert items(server, "conversations", session=newer["id"] + 1000) == []
    assert items(server, "conversations", message="SM0") == []
    assert items(server, "conversations", message=first, type="whatsapp") == []


def test_who_has_stopped(server, contact):
    """On one channel; on others, and after START, not."""
    contact(1, "STOP")
    contact(1, "hi", "whatsapp")
    contact(2, "hi")
    contact(3, "STOP")
    contact(3, "START")
    assert [each["is_opted_out"] for each in items(server, "conversations")] == [
        False, False, False, True]


def test_conversations_of_one_type(server, contact):
    for number in range(5):
        contact(number)
        contact(number, "hi", "whatsapp")
    for kind in ("sms", "whatsapp"):
        found = walk(server, "conversations", 2, type=kind)
        assert len(found) == 5 and {each["type"] for each in found} == {kind}
    assert walk(server, "conversations", 2, type="rcs") == []


def test_conversations_of_a_rare_type(server, database, contact):
    """Among more than are looked at for one page: the pages may be short, but not the last."""
    contact(1, "hi", "whatsapp")
    database.rows("""
        WITH channel AS (
            INSERT INTO hookswitch.channels (account_sid, address) VALUES ('AC1', '+1')
            RETURNING id
        ),
        session AS (
            INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at)
            SELECT 'AC1', id, n::text, now() + make_interval(secs => n)
            FROM channel, generate_series(1, 2500) AS n
            RETURNING *
        )
        INSERT INTO hookswitch.messages
            (sid, account_sid, session_id, direction, received_at, created_at, updated_at)
        SELECT 'SM' || id, 'AC1', id, 'inbound', started_at, started_at, started_at FROM session
        RETURNING sid""")
    first = get(server, list="conversations", type="whatsapp")
    assert first["items"] == [] and first["next"]
    found, = walk(server, "conversations", 10, type="whatsapp")
    assert found["type"] == "whatsapp"
    assert len(walk(server, "conversations", 200)) == 2501


def test_messages_of_a_conversation(server, contact, tell, account):
    """What the contact wrote and what we did, the newest first, with what was attached."""
    sids = [contact(1, f"{n}") for n in range(3)]
    tell("sms", payloads.inbound_mms(account, new_sid("MM"), From="+14158670001"))
    tell("status", payloads.message_status(account, new_sid("SM"), "undelivered",
                                           To="+14158670001"))
    contact(2)
    session = items(server, "conversations")[1]["id"]
    found = walk(server, "messages", 2, session=session)
    assert list(found[0]) == [
        "sid", "account_sid", "direction", "communication_type", "from_address", "to_address",
        "body", "num_media", "media", "status", "error_code", "error_message", "created_at"]
    assert [each["sid"] for each in found[:1:-1]] == sids
    assert [each["direction"] for each in found[:2]] == ["outbound", "inbound"]
    assert found[0]["error_code"] == 30003 and found[0]["media"] == []
    assert "unreachable" in found[0]["error_message"] and found[1]["error_message"] is None
    assert [media["content_type"] for media in found[1]["media"]] == ["image/jpeg", "text/vcard"]
    assert found[1]["media"][0]["url"].startswith("https://api.twilio.com/")


def test_calls(server, tell, account):
    """As far as each has come, with its times and its recordings."""
    sids = [new_sid("CA") for _ in range(3)]
    for n, sid in enumerate(sids):
        tell("status", payloads.call_progress(account, sid, 0, "initiated", 10 + n))
    tell("status", payloads.call_progress(account, sids[0], 1, "ringing", 20))
    tell("status", payloads.call_progress(account, sids[0], 3, "completed", 40))
    tell("recording", payloads.recording_status(account, sids[0], new_sid("RE")))
    found = walk(server, "calls", 2)
    assert [each["sid"] for each in found] == sids[::-1]
    assert list(found[0]) == [
        "sid", "account_sid", "parent_sid", "direction", "from_number", "to_number", "status",
        "campaign_id", "answered_by", "sip_response_code", "duration", "initiated_at", "ringing_at",
        "answered_at", "ended_at", "created_at", "updated_at", "recording_urls", "recordings"]
    ended, = items(server, "calls", sid=sids[0])
    assert ended["status"] == "completed" and ended["duration"] == 19
    assert ended["ended_at"] == "2025-10-08T13:54:40+00:00"
    assert len(ended["recordings"]) == 1
    assert items(server, "calls", sid="CA0") == []
    several = walk(server, "calls", 1, sid=f"{sids[0]},CA0,{sids[2]}")
    assert [each["sid"] for each in several] == [sids[2], sids[0]]


def test_live_calls(server, tell, account):
    """Not those that have ended, nor those that nobody has heard of for long."""
    live, ended, old = new_sid("CA"), new_sid("CA"), new_sid("CA")
    tell("voice", payloads.inbound_call(account, live))
    tell("voice", payloads.inbound_call(account, ended))
    tell("status", payloads.call_progress(account, ended, 3, "completed", 40))
    tell("status", payloads.call_progress(account, old, 1, "ringing", 20))  # a year ago
    found, = walk(server, "live-calls", 1)
    assert found["sid"] == live and found["status"] == "ringing"


def test_timeline(server, tell, account):
    """All that was told of one call, in the order in which it happened."""
    call = new_sid("CA")
    for sequence, status in ((3, "completed"), (0, "initiated"), (2, "in-progress"),
                             (1, "ringing")):
        tell("status", payloads.call_progress(account, call, sequence, status, 10 * sequence))
    tell("status", payloads.call_progress(account, new_sid("CA"), 0, "initiated", 5))
    found = walk(server, "timeline", 3, sid=call)
    assert list(found[0]) == ["id", "endpoint", "kind", "subject_sid", "account_sid", "received_at",
                              "occurred_at", "source", "params"]
    assert [each["params"]["CallStatus"] for each in found] == [
        "initiated", "ringing", "in-progress", "completed"]
    assert {each["kind"] for each in found} == {"call-status"}


def test_recordings(server, tell, account):
    call = new_sid("CA")
    tell("voice", payloads.inbound_call(account, call))
    sids = [new_sid("RE") for _ in range(3)]
    for n, sid in enumerate(sids):
        tell("recording", payloads.recording_status(
            account, call if n < 2 else new_sid("CA"), sid,
            RecordingStartTime=payloads.STATUS_DAY.format(10 + n)))
    action = payloads.record_action(account, new_sid("CA"))  # it does not say when it began
    tell("voice", action)
    found = walk(server, "recordings", 2)
    assert [each["sid"] for each in found] == sids[::-1] + [dict(action)["RecordingSid"]]
    assert list(found[0]) == [
        "sid", "account_sid", "call_sid", "conference_sid", "direction", "from_number", "to_number",
        "url", "status", "duration", "channels", "source", "track", "error_code", "started_at",
        "file"]
    assert [each["from_number"] for each in found] == [None, THEIRS, THEIRS, THEIRS]
    assert [each["sid"] for each in items(server, "recordings", sid=f"{sids[0]},{sids[2]}")] == [
        sids[2], sids[0]]
    assert [each["sid"] for each in walk(server, "recordings", 1, call=call)] == sids[1::-1]


def test_rooms(server, database, tell, account):
    """Who is in them, and who was."""
    rooms = [new_sid("RM") for _ in range(3)]
    for n, room in enumerate(rooms):
        tell("video-room", payloads.room_event(account, room, "room-created", n))
    doctor = {"ParticipantSid": new_sid("PA"), "ParticipantIdentity": "doctor"}
    patient = {"ParticipantSid": new_sid("PA"), "ParticipantIdentity": "patient"}
    for who in (doctor, patient):
        tell("video-room", payloads.room_event(account, rooms[0], "participant-connected", 5,
                                               **who))
    tell("video-room", payloads.room_event(account, rooms[0], "participant-disconnected", 25,
                                           **patient))
    found = walk(server, "rooms", 2)
    assert [each["sid"] for each in found] == rooms[::-1]
    assert items(server, "rooms", sid=f"{rooms[2]},RM0") == found[:1]
    room, = items(server, "rooms", sid=rooms[0])
    assert list(room) == ["sid", "account_sid", "name", "type", "status", "started_at", "ended_at",
                          "duration", "appointment_id", "participants"]
    assert room["appointment_id"] == 48
    assert [(who["identity"], who["is_connected"], who["stays"])
            for who in room["participants"]] == [("doctor", True, 1), ("patient", False, 1)]
    assert room["participants"][1]["duration"] == 20

    assert walk(server, "live-rooms", 1) == [], "a year ago"
    database.rows("UPDATE hookswitch.rooms SET started_at = now() RETURNING sid")
    tell("video-room", payloads.room_event(account, rooms[1], "room-ended", 40))
    assert {each["sid"] for each in walk(server, "live-rooms", 1)} == {rooms[0], rooms[2]}


def test_campaigns(server, account, database):
    """Messages and calls of each, whichever it has; by its id."""
    twilio = Twilio(server, account)
    for campaign in ("b", "a", "c d"):
        for status in ("delivered", "undelivered"):
            twilio.send("status", payloads.message_status(account, new_sid("SM"), status),
                        query=f"campaignId={campaign.replace(' ', '%20')}")
    twilio.send("status", payloads.call_progress(account, new_sid("CA"), 3, "busy", 9),
                query="campaignId=calls-only")
    found = walk(server, "campaigns", 1)
    assert [each["campaign_id"] for each in found] == sorted(["a", "b", "c d", "calls-only"])
    assert found == items(server, "campaigns")
    messages, = found[0]["messages"]
    assert (messages["messages"], messages["delivered"], messages["success_rate"]) == (2, 1, 50.0)
    assert found[0]["calls"] == []
    only, = [each for each in found if each["campaign_id"] == "calls-only"]
    assert only["messages"] == [] and only["calls"][0]["busy"] == 1


def test_channels(server, contact):
    contact(1)
    contact(1, "hi", "whatsapp")
    contact(1, To="+15005550007")
    found = walk(server, "channels", 2)
    assert [each["type"] for each in found] == ["sms", "whatsapp", "sms"]
    assert list(found[0]) == ["id", "account_sid", "address", "type", "name", "created_at"]


def test_deliveries(server, tell, account, contact):
    """What we sent, and why it did not arrive; not what came in."""
    contact(1)
    sids = [new_sid("SM") for _ in range(3)]
    for sid in sids:
        tell("status", payloads.message_status(account, sid, "undelivered"))
    found = walk(server, "deliveries", 2)
    assert [each["sid"] for each in found] == sids[::-1]
    assert found[0]["error_code"] == 30003 and found[0]["explanation"]
    assert found[0]["to_address"] == THEIRS and found[0]["country"] == "US"
    only, = items(server, "deliveries", sid=sids[0])
    assert only == found[-1]


def test_health(server, tell, account):
    """Silence, stuck calls, and the spool."""
    stuck = new_sid("CA")
    tell("status", payloads.call_progress(account, stuck, 1, "ringing", 20))
    spool = Spool(server)
    page = get(server, list="health")
    assert list(page) == ["items", "next", "spool"] and page["next"] is None
    assert page["spool"] == {"state": "off", "waiting": 0, "rejected": 0, "unreadable": 0}
    health, = page["items"]
    webhook, = health["webhooks"]
    assert (webhook["endpoint"], webhook["kind"]) == ("status", "call-status")
    assert webhook["silent_seconds"] < 60 and webhook["is_unusual"] is False
    assert [each["sid"] for each in health["stuck_calls"]] == [stuck]
    assert health["stuck_calls"][0]["silent_seconds"] > 86400

    with spool.alone():
        tell("sms", payloads.inbound_sms(account, new_sid("SM")))
        server.site.configure(HOOKSWITCH_SPOOL=spool.path, HOOKSWITCH_FEED_TOKEN=feed.TOKEN)
        page = get(server, list="health")
        assert page["spool"] == {"state": "ok", "waiting": 1, "rejected": 0, "unreadable": 0}
        spool.remove()
        assert get(server, list="health")["spool"]["state"] == "failed"


@pytest.mark.parametrize("name", LISTS)
def test_empty(server, database, name):
    page = get(server, list=name, **LISTS[name])
    if name == "health":
        assert page["items"] == [{"webhooks": [], "stuck_calls": []}]
    else:
        assert page == {"items": [], "next": None}


@pytest.mark.parametrize("parameters", [
    {"list": "call"}, {"list": ""}, {"list": "messages"}, {"list": "timeline"},
    {"list": "calls", "limit": 0}, {"list": "calls", "limit": 201}, {"list": "calls", "after": "x"},
    {"list": "calls", "session": 1}, {"list": "messages", "session": "one"},
    {"list": "messages", "session": "9" * 20}, {"list": "calls", "next": "x"},
    {"list": "calls", "next": "yesterday~CA1"}, {"list": "calls", "next": "~"},
    {"list": "calls", "next": "2026-01-01T00:00:00Z~" + "x" * 300},
    {"list": "channels", "next": "~x"}, {"list": "health", "next": "~1"},
    {"list": "calls", "next": "~CA1"}, {"list": "channels", "next": "2026-01-01T00:00:00Z~1"},
    {"list": "calls", "sid": "x" * 256}, {"list": "calls", "at": "x"}, {"list": "calls", "id": "x"},
], ids=lambda parameters: str(parameters)[:50])
def test_parameters_that_cannot_be(server, parameters):
    answer = ask(server, parameters)
    assert answer.status == 400
    check_headers(answer)
    assert list(json.loads(answer.body)) == ["error"]


def test_every_server(farm, server, contact):
    """Parameters arrive as they were written, under each of them; a list is no stream."""
    import webservers

    contact(1, "Grüße & \"mehr\" <b>")
    for server_class in webservers.SERVERS:
        other = farm.get(server_class)
        with other.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN):
            assert items(other, "conversations", type="sms")[0]["last_body"] == (
                "Grüße & \"mehr\" <b>")
            answer = ask(other, {"list": "calls"}, {**feed.token(), "Accept": feed.STREAM})
            check_headers(answer)
