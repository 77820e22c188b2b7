"""What Twilio's webhooks carry, as lists of (name, value) pairs.

Names, order and typical values follow captured requests. Keyword arguments replace a
parameter's value or, for a new name, are appended; None leaves a parameter out.
"""

import json

from twilio import new_sid

GEOGRAPHY = ("City", "State", "Zip", "Country")
OURS = "+15005550006"
THEIRS = "+14158675309"
STATUS_DAY = "Wed, 08 Oct 2025 13:54:{:02d} +0000"

ROOM_EVENTS = (
    "room-created", "room-ended", "participant-connected", "participant-disconnected",
    "track-added", "track-removed", "track-enabled", "track-disabled",
    "recording-started", "recording-completed", "recording-failed",
)


def changed(params, **changes):
    """The same parameters with some replaced, added, or (None) left out."""
    names = [name for name, _ in params]
    result = [(name, changes.get(name, value)) for name, value in params]
    result += [(name, value) for name, value in changes.items() if name not in names]
    return [(name, value) for name, value in result if value is not None]


def inbound_call(account, call, **changes):
    """The first request of a call to one of our numbers; half of the places are empty."""
    return changed([
        ("CallSid", call), ("AccountSid", account.sid), ("From", THEIRS), ("To", OURS),
        ("Called", OURS), ("Caller", THEIRS),
        *_places("From", "LOS ANGELES", "CA", "91604", "US"),
        *_places("Caller", "LOS ANGELES", "CA", "91604", "US"),
        *_places("To", "", "", "", "US"), *_places("Called", "", "", "", "US"),
        ("CallStatus", "ringing"), ("ApiVersion", "2010-04-01"), ("Direction", "inbound"),
        ("StirVerstat", "TN-Validation-Passed-A"),
        ("CallToken", "%7B%22parentCallInfoToken%22%3A%22eyJhbGciOiJFUzI1NiJ9.e30.c2ln%22%7D"),
    ], **changes)


def outbound_call(account, call, **changes):
    """The TwiML request of a call we placed, once it is answered."""
    return changed(_outbound_leg(account, call, "in-progress"), **changes)


def call_progress(account, call, sequence, status, second, **changes):
    """A status callback of a call we placed; the terminal one carries the durations."""
    params = _outbound_leg(account, call, status) + [
        ("CallbackSource", "call-progress-events"), ("SequenceNumber", sequence),
        ("Timestamp", STATUS_DAY.format(second)),
    ]
    if status == "completed":
        params += [("SipResponseCode", 200), ("Duration", 1), ("CallDuration", 19)]
    return changed(params, **changes)


def async_amd(account, call, **changes):
    """Answering machine detection, reported apart: nothing but the SID says which call."""
    return changed([
        ("CallSid", call), ("AccountSid", account.sid), ("AnsweredBy", "human"),
        ("MachineDetectionDuration", 2350),
    ], **changes)


def dial_action(account, call, **changes):
    """The end of a <Dial>: the parent call goes on, so its CallStatus is in-progress."""
    return changed(inbound_call(account, call, CallStatus="in-progress", CallToken=None) + [
        ("DialCallStatus", "completed"), ("DialCallSid", new_sid("CA")),
        ("DialCallDuration", 33), ("DialBridged", "true"),
    ], **changes)


def record_action(account, call, **changes):
    recording = new_sid("RE")
    return changed(inbound_call(account, call, CallStatus="in-progress", CallToken=None) + [
        ("RecordingUrl", recording_url(account, recording)), ("RecordingSid", recording),
        ("RecordingDuration", 12), ("Digits", "hangup"),
    ], **changes)


def gather_action(account, call, **changes):
    return changed(inbound_call(account, call, CallStatus="in-progress", CallToken=None) + [
        ("Digits", "42"), ("FinishedOnKey", "#"), ("msg", "Gather End"),
    ], **changes)


def recording_status(account, call, recording, status="completed", **changes):
    params = [
        ("RecordingSource", "OutboundAPI"), ("RecordingSid", recording),
        ("RecordingUrl", recording_url(account, recording)), ("RecordingStatus", status),
        ("RecordingChannels", 1), ("ErrorCode", 0), ("CallSid", call),
        ("RecordingStartTime", STATUS_DAY.format(4)), ("AccountSid", account.sid),
        ("RecordingTrack", "both"),
    ]
    if status == "completed":
        params.append(("RecordingDuration", 15))
    return changed(params, **changes)


def recording_url(account, recording):
    return f"https://api.twilio.com/2010-04-01/Accounts/{account.sid}/Recordings/{recording}"


def inbound_sms(account, message, **changes):
    return changed([
        *_places("To", "", "", "", "US"), ("SmsMessageSid", message), ("NumMedia", 0),
        *_places("From", "SAN FRANCISCO", "CA", "94105", "US"), ("SmsSid", message),
        ("SmsStatus", "received"), ("Body", "Wo bleibt ihr? 🚚 50% & mehr"), ("To", OURS),
        ("NumSegments", 1), ("MessageSid", message), ("AccountSid", account.sid),
        ("From", THEIRS), ("ApiVersion", "2010-04-01"),
    ], **changes)


def inbound_mms(account, message, **changes):
    """Two pictures and no text."""
    return changed(inbound_sms(account, message, Body="", NumMedia=2) + [
        ("MediaUrl0", media_url(account, message, 0)), ("MediaContentType0", "image/jpeg"),
        ("MediaUrl1", media_url(account, message, 1)), ("MediaContentType1", "text/vcard"),
    ], **changes)


def media_url(account, message, position):
    return (f"https://api.twilio.com/2010-04-01/Accounts/{account.sid}"
            f"/Messages/{message}/Media/ME{position:032d}")


def inbound_whatsapp(account, message, **changes):
    return changed([
        ("SmsMessageSid", message), ("NumMedia", 0), ("ProfileName", "Zoë 🌻"),
        ("MessageType", "text"), ("SmsSid", message), ("WaId", THEIRS.lstrip("+")),
        ("SmsStatus", "received"), ("Body", "Grüße aus München 👋🏽"),
        ("To", "whatsapp:" + OURS), ("NumSegments", 1), ("ReferralNumMedia", 0),
        ("MessageSid", message), ("AccountSid", account.sid),
        ("ChannelMetadata", '{"type":"whatsapp","data":{"context":{"ProfileName":"Zoë 🌻"}}}'),
        ("From", "whatsapp:" + THEIRS), ("ApiVersion", "2010-04-01"),
    ], **changes)


def whatsapp_location(account, message, **changes):
    return changed(inbound_whatsapp(account, message, Body="", MessageType="location") + [
        ("Latitude", "48.137154"), ("Longitude", "11.576124"), ("Label", "Marienplatz"),
    ], **changes)


def whatsapp_button(account, message, **changes):
    return changed(inbound_whatsapp(account, message, Body="Yes", MessageType="button") + [
        ("ButtonText", "Yes"), ("ButtonPayload", "confirm-48"), ("ButtonType", "REPLY"),
        ("OriginalRepliedMessageSid", new_sid("SM")),
    ], **changes)


def message_status(account, message, status, **changes):
    params = [
        ("SmsSid", message), ("SmsStatus", status), ("MessageStatus", status),
        ("To", THEIRS), ("MessageSid", message), ("AccountSid", account.sid),
        ("From", OURS), ("ApiVersion", "2010-04-01"),
    ]
    if status in ("failed", "undelivered"):
        params.append(("ErrorCode", 30003))
    return changed(params, **changes)


def message_status_of_service(account, message, status, **changes):
    return message_status(account, message, status,
                          **{"MessagingServiceSid": new_sid("MG"), **changes})


def whatsapp_status(account, message, status, **changes):
    return message_status(account, message, status, **{
        "To": "whatsapp:" + THEIRS, "From": "whatsapp:" + OURS, "ChannelPrefix": "whatsapp",
        "ChannelInstallSid": new_sid("XE"), "EventType": status.upper(), **changes})


def room_event(account, room, event, second=0, **changes):
    """One of the eleven events; participants and tracks get SIDs unless given."""
    ended = event == "room-ended"
    params = [
        ("RoomStatus", "completed" if ended else "in-progress"), ("RoomType", "group"),
        ("RoomSid", room), ("RoomName", "apt-48-test-room"), ("SequenceNumber", second),
        ("StatusCallbackEvent", event), ("Timestamp", f"2025-10-27T18:16:{second:02d}.876Z"),
        ("AccountSid", account.sid),
    ]
    if ended:
        params.append(("RoomDuration", 40))
    return changed(params + _room_event_parts(event), **changes)


def composition_event(account, room, event, **changes):
    composition = new_sid("CJ")
    params = [
        ("RoomSid", room), ("CompositionSid", composition), ("AccountSid", account.sid),
        ("CompositionUri", f"/v1/Compositions/{composition}"), ("StatusCallbackEvent", event),
        ("Timestamp", "2025-10-27T18:20:00.123456Z"),
    ]
    if event == "composition-progress":
        params += [("PercentageDone", 50), ("SecondsRemaining", 30)]
    if event == "composition-available":
        params += [("Duration", 40), ("Size", 5_000_000_000), ("MediaUri", "/v1/Media")]
    return changed(params, **changes)


def debugger(account, notification, **changes):
    """Twilio's own complaint, here about an answer of ours; what it is about is JSON."""
    payload = {
        "resource_sid": new_sid("CA"), "service_sid": None, "error_code": "11200",
        "more_info": {"Msg": "Status code 503", "ErrorCode": "11200", "LogLevel": "ERROR"},
        "webhook": {
            "type": "application/x-www-form-urlencoded",
            "request": {"url": "https://example.com/api/webhooks/status", "method": "POST",
                        "headers": {}, "parameters": {"CallerName": "Zoë \"Z\" O'Neill"}},
            "response": {"status_code": 503, "headers": {"Content-Length": "0"}, "body": ""},
        },
    }
    return changed([
        ("ParentAccountSid", ""), ("Payload", json.dumps(payload, ensure_ascii=False)),
        ("Level", "ERROR"), ("Timestamp", "2025-10-27T18:16:07Z"),
        ("PayloadType", "application/json"), ("AccountSid", account.sid), ("Sid", notification),
    ], **changes)


def _outbound_leg(account, call, status):
    return [
        ("CallSid", call), ("AccountSid", account.sid), ("From", OURS), ("To", THEIRS),
        ("Called", THEIRS), ("Caller", OURS), *_places("To", "São Paulo", "", "", "BR"),
        *_places("Called", "São Paulo", "", "", "BR"), ("CallStatus", status),
        ("ApiVersion", "2010-04-01"), ("Direction", "outbound-api"),
    ]


def _room_event_parts(event):
    kind = event.partition("-")[0]
    parts = []
    if kind in ("participant", "track"):
        status = "disconnected" if event == "participant-disconnected" else "connected"
        parts += [("ParticipantSid", new_sid("PA")), ("ParticipantStatus", status),
                  ("ParticipantIdentity", "Dr. Zoë O'Neill")]
    if event == "participant-disconnected":
        parts.append(("ParticipantDuration", 20))
    if kind == "track":
        parts += [("TrackSid", new_sid("MT")), ("TrackKind", "video"), ("TrackName", "camera")]
    if kind == "recording":
        parts += [("RecordingSid", new_sid("RT")), ("SourceSid", new_sid("MT")),
                  ("Container", "mkv"), ("Codec", "VP8"), ("Type", "video"),
                  ("OffsetFromTwilioVideoEpoch", 1_761_588_961_876)]
    if event == "recording-completed":
        parts += [("Duration", 33), ("Size", 3_000_000_000), ("MediaUri", "/v1/Recordings/Media")]
    if event == "recording-failed":
        parts.append(("FailedOperation", "RecordingUpload"))
    return parts


def _places(who, *values):
    return [(who + part, value) for part, value in zip(GEOGRAPHY, values)]
