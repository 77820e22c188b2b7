"""What happens to calls, messages, recordings and rooms: what webhooks tell of it one after the other,
and what Twilio's REST API says of it in the end."""

from datetime import datetime, timedelta, timezone

import payloads
import rest_history as rest
from twilio import new_sid

DAY = datetime(2025, 10, 8, 13, 54, tzinfo=timezone.utc)       # of payloads.STATUS_DAY
ROOM_DAY = datetime(2025, 10, 27, 18, 16, tzinfo=timezone.utc)  # of payloads.room_event


def at(second):
    return DAY + timedelta(seconds=second)


def in_room(second):
    return ROOM_DAY + timedelta(seconds=second)


class Story:
    """What webhooks tell of one thing, and what the REST API says of it in the end."""

    def __init__(self, kind, sid, webhooks, resource, unknown=(), others=()):
        self.kind = kind          # as the numbers call it
        self.sid = sid
        self.webhooks = webhooks  # (endpoint, parameters)
        self.resource = resource
        self.unknown = unknown    # columns that the REST API cannot fill
        self.others = others      # (kind, resource) that belong to it


def placed_call(account):
    sid = new_sid("CA")
    progress = [("initiated", 10), ("ringing", 12), ("in-progress", 20), ("completed", 39)]
    return Story("calls", sid, [
        ("voice", payloads.outbound_call(account, sid)),
        *[("status", payloads.call_progress(account, sid, n, status, second))
          for n, (status, second) in enumerate(progress)],
    ], rest.call(account, sid, start=at(20), date_created=rest.rfc2822(at(7)), queue_time="3000"),
        ("status_sequence", "ringing_at", "sip_response_code"))


def busy_call(account):
    sid = new_sid("CA")
    return Story("calls", sid, [
        ("status", payloads.call_progress(account, sid, 0, "initiated", 10)),
        ("status", payloads.call_progress(account, sid, 1, "busy", 14, SipResponseCode=486,
                                          CallDuration=0, Duration=0)),
    ], rest.call(account, sid, "busy", at(10), 0, end_time=rest.rfc2822(at(14))),
        ("status_sequence", "sip_response_code"))


def inbound_call(account):
    sid = new_sid("CA")
    sides = {"Direction": "inbound", "From": payloads.THEIRS, "To": payloads.OURS}
    return Story("calls", sid, [
        ("voice", payloads.inbound_call(account, sid)),
        ("status", payloads.call_progress(account, sid, 0, "completed", 39, **sides)),
    ], rest.call(account, sid, start=at(20), direction="inbound",
                 **{"from": payloads.THEIRS, "to": payloads.OURS}),
        ("status_sequence", "sip_response_code"))


def dialled_call(account):
    sid, parent = new_sid("CA"), new_sid("CA")
    leg = {"ParentCallSid": parent, "Direction": "outbound-dial"}
    return Story("calls", sid, [
        ("status", payloads.call_progress(account, sid, 0, "initiated", 10, **leg)),
        ("status", payloads.call_progress(account, sid, 1, "no-answer", 30, CallDuration=0, **leg)),
    ], rest.call(account, sid, "no-answer", at(10), 0, end_time=None,
                 date_updated=rest.rfc2822(at(30)), direction="outbound-dial",
                 parent_call_sid=parent),
        ("status_sequence", "sip_response_code"))


def sms(account, body="Hello", theirs=payloads.THEIRS):
    sid = new_sid("SM")
    return Story("messages", sid, [
        ("sms", payloads.inbound_sms(account, sid, Body=body, From=theirs)),
    ], rest.message(account, sid, "received", at(5), body=body, **{"from": theirs}))


def whatsapp(account):
    sid = new_sid("SM")
    return Story("messages", sid, [("whatsapp", payloads.inbound_whatsapp(account, sid))],
                 rest.message(account, sid, "received", at(5), body="Grüße aus München 👋🏽", **{
                     "from": "whatsapp:" + payloads.THEIRS, "to": "whatsapp:" + payloads.OURS}),
                 ("profile_name", "wa_id"))


def mms(account):
    sid = new_sid("MM")
    return Story("messages", sid, [("sms", payloads.inbound_mms(account, sid))],
                 rest.message(account, sid, "received", at(5), body="", num_media="2"),
                 others=[("media", rest.medium(account, sid, f"ME{position:032d}", content_type))
                         for position, content_type in ((1, "text/vcard"), (0, "image/jpeg"))])


def sent_message(account, build, statuses, unknown=(), **changes):
    sid = new_sid("SM")
    return Story("messages", sid, [
        ("status", build(account, sid, status)) for status in statuses
    ], rest.message(account, sid, statuses[-1], at(2), date_updated=rest.rfc2822(at(9)),
                    **changes), unknown)


def delivered_message(account):
    return sent_message(account, payloads.message_status, ("queued", "sent", "delivered"))


def undelivered_message(account):
    return sent_message(account, payloads.message_status, ("sent", "undelivered"),
                        ("error_message",), error_code=30003, error_message="Unreachable")


def failed_message(account):
    return sent_message(account, payloads.message_status, ("failed",), ("error_message",),
                        error_code=30003, error_message="Unreachable")


def read_message(account):
    return sent_message(account, payloads.whatsapp_status, ("sent", "read"), **{
        "from": "whatsapp:" + payloads.OURS, "to": "whatsapp:" + payloads.THEIRS})


def recorded_call(account):
    sid, call = new_sid("RE"), new_sid("CA")
    return Story("recordings", sid, [
        ("recording", payloads.recording_status(account, call, sid, "in-progress")),
        ("recording", payloads.recording_status(account, call, sid)),
    ], rest.recording(account, sid, call, start=at(4)), ("track",))


def recorded_conference(account):
    sid, conference = new_sid("RE"), new_sid("CF")
    return Story("recordings", sid, [
        ("recording", payloads.recording_status(
            account, None, sid, ConferenceSid=conference, RecordingSource="Conference")),
    ], rest.recording(account, sid, None, start=at(4), conference_sid=conference,
                      source="Conference"), ("track",))


def absent_recording(account):
    sid, call = new_sid("RE"), new_sid("CA")
    return Story("recordings", sid, [
        ("recording", payloads.recording_status(account, call, sid, "absent", ErrorCode=16101)),
    ], rest.recording(account, sid, call, "absent", at(4), error_code=16101), ("track",))


def video_room(account, name="apt-48-test-room"):
    sid, person = new_sid("RM"), new_sid("PA")
    who = {"ParticipantSid": person}
    return Story("rooms", sid, [
        ("video-room", payloads.room_event(account, sid, event, second, RoomName=name, **(
            who if event.startswith("participant") else {})))
        for event, second in (("room-created", 1), ("participant-connected", 5),
                              ("participant-disconnected", 25), ("room-ended", 41))
    ], rest.room(account, sid, "completed", in_room(1), in_room(41), unique_name=name),
        others=[("participants", rest.participant(account, sid, person, "Dr. Zoë O'Neill",
                                                  in_room(5), in_room(25)))])


STORIES = (placed_call, busy_call, inbound_call, dialled_call, sms, whatsapp, mms,
           delivered_message, undelivered_message, failed_message, read_message, recorded_call,
           recorded_conference, absent_recording, video_room)


def add(api, kind, *resources):
    """The newest first, as Twilio lists them."""
    for resource in resources:
        api.made(kind).insert(0, resource)


def add_messages(api, account, count, start=DAY):
    """Sent, and delivered; one a second."""
    sids = [new_sid("SM") for _ in range(count)]
    add(api, "messages", *[rest.message(account, sid, sent=start + timedelta(seconds=n))
                           for n, sid in enumerate(sids)])
    return sids


def tell(api, *stories):
    for story in stories:
        add(api, story.kind, story.resource)
        for kind, resource in story.others:
            add(api, kind, resource)


def send(twilio, story, webhooks):
    for endpoint, params in webhooks:
        answer = twilio.send(endpoint, params)
        assert answer.status in (200, 204), (story.sid, answer)
