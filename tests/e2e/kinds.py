"""Every kind of webhook that Twilio sends to an endpoint."""

import payloads
from answers import check_empty_twiml, check_no_content, check_twiml
from twilio import new_sid

COMPOSITION_EVENTS = ("composition-enqueued", "composition-started", "composition-progress",
                      "composition-available", "composition-failed")


def call(build):
    return lambda account: build(account, new_sid("CA"))


def call_status(status):
    return lambda account: payloads.call_progress(account, new_sid("CA"), 1, status, 9)


def message(build):
    return lambda account: build(account, new_sid("SM"))


def message_status(build, status):
    return lambda account: build(account, new_sid("SM"), status)


def recording(status):
    return lambda account: payloads.recording_status(
        account, new_sid("CA"), new_sid("RE"), status)


def room(build, event):
    return lambda account: build(account, new_sid("RM"), event)


# Endpoint, how it answers, a name, what makes the parameters.
KINDS = [
    ("voice", check_twiml, "inbound-call", call(payloads.inbound_call)),
    ("voice", check_twiml, "outbound-call", call(payloads.outbound_call)),
    ("voice", check_empty_twiml, "dial-action", call(payloads.dial_action)),
    ("voice", check_empty_twiml, "record-action", call(payloads.record_action)),
    ("voice", check_empty_twiml, "gather-action", call(payloads.gather_action)),
    ("sms", check_empty_twiml, "sms", message(payloads.inbound_sms)),
    ("sms", check_empty_twiml, "mms", message(payloads.inbound_mms)),
    ("whatsapp", check_empty_twiml, "text", message(payloads.inbound_whatsapp)),
    ("whatsapp", check_empty_twiml, "location", message(payloads.whatsapp_location)),
    ("whatsapp", check_empty_twiml, "button", message(payloads.whatsapp_button)),
    *[("status", check_no_content, f"call-{status}", call_status(status))
      for status in ("initiated", "ringing", "in-progress", "completed", "busy", "no-answer")],
    ("status", check_no_content, "async-amd", call(payloads.async_amd)),
    *[("status", check_no_content, f"message-{status}",
       message_status(payloads.message_status, status))
      for status in ("accepted", "scheduled", "queued", "sending", "sent", "delivered",
                     "undelivered", "failed", "read", "canceled", "partially_delivered")],
    *[("status", check_no_content, f"service-{status}",
       message_status(payloads.message_status_of_service, status))
      for status in ("queued", "sent", "delivered")],
    *[("status", check_no_content, f"whatsapp-{status}",
       message_status(payloads.whatsapp_status, status))
      for status in ("sent", "delivered", "read")],
    *[("recording", check_no_content, status, recording(status))
      for status in ("in-progress", "completed", "absent", "failed")],
    *[("video-room", check_no_content, event, room(payloads.room_event, event))
      for event in payloads.ROOM_EVENTS],
    *[("video-room", check_no_content, event, room(payloads.composition_event, event))
      for event in COMPOSITION_EVENTS],
]
