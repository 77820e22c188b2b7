"""Calls and messages of the stand-in for Twilio's REST API: placed, sent, looked up.

Parameters are those of Twilio's OpenAPI description, and what is wrong with one is answered with
the error code that Twilio documents for it.
"""

import json
import re
import time

from rest_api import Operation, Refusal
from twilio import new_sid

PATH = "/2010-04-01/Accounts/{AccountSid}"
EVENTS = ("initiated", "ringing", "answered", "completed")
E164 = r"\+[1-9]\d{1,14}"
URL = r"https?://[^/_\s]+(/\S*)?"

CALL = frozenset((
    "Method FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod SendDigits Timeout Record "
    "RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod SipAuthUsername "
    "SipAuthPassword MachineDetection MachineDetectionTimeout Trim CallerId "
    "MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold "
    "MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod "
    "Byoc CallReason CallToken RecordingTrack TimeLimit ClientNotificationUrl Url Twiml "
    "ApplicationSid").split())
CALL_REPEATED = frozenset({"StatusCallbackEvent", "RecordingStatusCallbackEvent"})
MESSAGE = frozenset((
    "StatusCallback ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery "
    "ContentRetention AddressRetention SmartEncoded TrafficType ShortenUrls ScheduleType SendAt "
    "SendAsMms ContentVariables RiskCheck From FallbackFrom MessagingServiceSid Body "
    "ContentSid").split())
MESSAGE_REPEATED = frozenset({"MediaUrl", "PersistentAction"})


def create_call(api, request):
    to, caller = request.get("To"), request.get("From")
    if not re.fullmatch(f"{E164}|(sips?|client):.+", to):
        raise Refusal(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
    if not re.fullmatch(f"{E164}|(sips?|client):.+", caller):
        raise Refusal(400, 21212, f"The source phone number provided, {caller}, is not yet verified")
    if not any(request.get(name) for name in ("Url", "Twiml", "ApplicationSid")):
        raise Refusal(400, 21205, "Url parameter is required.")
    if len(request.get("Twiml")) > 4000:
        raise Refusal(400, 32018, "Twiml exceeds 4000 characters")
    for name in ("Url", "StatusCallback", "RecordingStatusCallback", "AsyncAmdStatusCallback"):
        check_url(request, name)
    unknown = set(request.all("StatusCallbackEvent")) - set(EVENTS)
    if unknown:
        raise Refusal(400, 21626, f"The StatusCallbackEvents {unknown} are not valid")
    if not 1 <= int(request.get("Timeout", "60")) <= 600:
        raise Refusal(400, 21237, "Timeout is not valid")
    return 201, add(api, "calls", new_sid("CA"), {
        "to": to, "from": caller, "status": "queued", "direction": "outbound-api",
        "date_created": None, "date_updated": None,  # before it has left the queue
        "duration": None, "answered_by": None, "parent_call_sid": None, "start_time": None,
        "end_time": None, "price": None, "price_unit": "USD", "phone_number_sid": new_sid("PN")})


def create_message(api, request):
    sender, service = request.get("From"), request.get("MessagingServiceSid")
    if not sender and not service:
        raise Refusal(400, 21603, "A 'From' phone number is required.")
    if not any(request.get(name) for name in ("Body", "MediaUrl", "ContentSid")):
        raise Refusal(400, 21619, "A text message body or media urls must be specified.")
    if len(request.get("Body")) > 1600:
        raise Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    if sender and request.get("To").startswith("whatsapp:") != sender.startswith("whatsapp:"):
        raise Refusal(400, 21910, "Invalid From and To pair.")
    if len(request.all("MediaUrl")) > 10:
        raise Refusal(400, 21623, "Number of media files exceeds allowed limit")
    if request.get("ContentVariables") and not request.get("ContentSid"):
        raise Refusal(400, 21654, "ContentSid Required")
    json.loads(request.get("ContentVariables", "{}"))
    check_url(request, "StatusCallback")
    return 201, add(api, "messages", new_sid("MM" if request.get("MediaUrl") else "SM"), {
        "to": request.get("To"), "from": sender or None, "body": request.get("Body"),
        "status": "accepted" if service else "queued", "direction": "outbound-api",
        "num_segments": "1", "num_media": str(len(request.all("MediaUrl"))), "error_code": None,
        "error_message": None, "messaging_service_sid": service or None, "date_sent": None,
        "price": None, "price_unit": None})


def check_url(request, name):
    if request.get(name) and not re.fullmatch(URL, request.get(name)):
        raise Refusal(400, 21609, f"The '{name}' URL {request.get(name)} is not a valid URL.")


def add(api, kind, sid, members):
    """A resource as its creation is answered; the newest stand first."""
    now = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(time.time() + api.clock_ahead))
    resource = {"sid": sid, "account_sid": api.account.sid, "api_version": "2010-04-01",
                "date_created": now, "date_updated": now,
                "uri": f"/2010-04-01/Accounts/{api.account.sid}/{kind.title()}/{sid}.json",
                **members}
    api.made(kind).insert(0, resource)
    return resource


def fetch_call(api, request, Sid):
    """As it is now: one that is on its way has gone a step further."""
    call = api.find("calls", Sid)
    if call.get("course"):
        call.update(call["course"].pop(0))
    return 200, {name: value for name, value in call.items() if name != "course"}


OPERATIONS = [
    Operation("POST", f"{PATH}/Calls.json", create_call, CALL, frozenset({"To", "From"}),
              CALL_REPEATED),
    Operation("GET", f"{PATH}/Calls/{{Sid}}.json", fetch_call),
    Operation("POST", f"{PATH}/Messages.json", create_message, MESSAGE, frozenset({"To"}),
              MESSAGE_REPEATED),
]
