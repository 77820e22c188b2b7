"""What has webhooks, of the stand-in for Twilio's REST API: phone numbers, messaging services,
TwiML applications."""

import re

from rest_api import Operation, Refusal, page_2010, page_v1
from twilio import new_sid

PATH = "/2010-04-01/Accounts/{AccountSid}"
PAGE = frozenset({"PageSize", "Page", "PageToken"})
NUMBER = frozenset((
    "AccountSid ApiVersion FriendlyName SmsApplicationSid SmsFallbackMethod SmsFallbackUrl SmsMethod "
    "SmsUrl StatusCallback StatusCallbackMethod VoiceApplicationSid VoiceCallerIdLookup "
    "VoiceFallbackMethod VoiceFallbackUrl VoiceMethod VoiceUrl EmergencyStatus EmergencyAddressSid "
    "TrunkSid VoiceReceiveMode IdentitySid AddressSid BundleSid").split())
APPLICATION = frozenset((
    "FriendlyName ApiVersion VoiceUrl VoiceMethod VoiceFallbackUrl VoiceFallbackMethod StatusCallback "
    "StatusCallbackMethod VoiceCallerIdLookup SmsUrl SmsMethod SmsFallbackUrl SmsFallbackMethod "
    "SmsStatusCallback MessageStatusCallback PublicApplicationConnectEnabled").split())
SERVICE = frozenset((
    "FriendlyName InboundRequestUrl InboundMethod FallbackUrl FallbackMethod StatusCallback "
    "StickySender MmsConverter SmartEncoding ScanMessageContent FallbackToLongCode AreaCodeGeomatch "
    "ValidityPeriod SynchronousValidation Usecase UseInboundWebhookOnNumber").split())


def add_number(api, number, **members):
    """As one that was bought and never touched, but for `members`."""
    resource = {
        "sid": new_sid("PN"), "account_sid": api.account.sid, "phone_number": number,
        "friendly_name": number, "capabilities": {"voice": True, "sms": True, "mms": True,
                                                  "fax": False},
        "voice_url": None, "voice_method": "POST", "voice_fallback_url": None,
        "voice_fallback_method": "POST", "status_callback": "", "status_callback_method": "POST",
        "sms_url": "", "sms_method": "POST", "sms_fallback_url": "", "sms_fallback_method": "POST",
        "voice_application_sid": "", "sms_application_sid": "", "trunk_sid": None,
        "voice_receive_mode": "voice", "origin": "twilio", "status": "in-use", **members}
    api.made("numbers").append(resource)
    return resource


def add_application(api, **members):
    resource = {
        "sid": new_sid("AP"), "account_sid": api.account.sid, "friendly_name": "Softphone",
        "voice_url": None, "voice_method": "POST", "voice_fallback_url": None,
        "voice_fallback_method": "POST", "status_callback": None, "status_callback_method": "POST",
        "sms_url": None, "sms_method": "POST", "sms_fallback_url": None,
        "sms_fallback_method": "POST", "sms_status_callback": None,
        "message_status_callback": None, **members}
    api.made("applications").append(resource)
    return resource


def add_service(api, *numbers, **members):
    resource = {
        "sid": new_sid("MG"), "account_sid": api.account.sid, "friendly_name": "Campaigns",
        "inbound_request_url": None, "inbound_method": "POST", "fallback_url": None,
        "fallback_method": "POST", "status_callback": None,
        "use_inbound_webhook_on_number": False, **members}
    api.made("services").append(resource)
    api.made("senders of " + resource["sid"]).extend(
        {"sid": number["sid"], "service_sid": resource["sid"],
         "phone_number": number["phone_number"]} for number in numbers)
    return resource


def set_members(resource, request):
    """Takes the parameters for members, as VoiceUrl for voice_url."""
    for name, value in request.parameters:
        if name.endswith(("Url", "Callback")) and value \
                and not re.fullmatch(r"https?://[^/_\s]+(/\S*)?", value):
            raise Refusal(400, 21502, f"{name} is not a valid URL")
        if name.endswith("Method") and value not in ("GET", "POST"):
            raise Refusal(400, 21503, f"{name} is not valid")
    for name, value in request.parameters:
        resource[re.sub("(?<!^)([A-Z])", r"_\1", name).lower()] = value
    return 200, resource


def change(kind):
    return lambda api, request, Sid: set_members(api.find(kind, Sid), request)


def fetch(kind):
    return lambda api, request, Sid: (200, api.find(kind, Sid))


def list_2010(kind, name):
    def answer(api, request):
        part = request.get("PhoneNumber")
        found = [r for r in api.made(kind) if part in r.get("phone_number", "")]
        return page_2010(api, request, name, found, request.path)
    return answer


def list_services(api, request):
    return page_v1(api, request, "services", api.made("services"),
                   "https://messaging.twilio.com/v1/Services")


def list_senders(api, request, ServiceSid):
    api.find("services", ServiceSid)
    return page_v1(api, request, "phone_numbers", api.made("senders of " + ServiceSid),
                   f"https://messaging.twilio.com/v1/Services/{ServiceSid}/PhoneNumbers")


OPERATIONS = [
    Operation("GET", f"{PATH}/IncomingPhoneNumbers.json",
              list_2010("numbers", "incoming_phone_numbers"),
              PAGE | {"Beta", "FriendlyName", "PhoneNumber", "Origin"}),
    Operation("GET", f"{PATH}/IncomingPhoneNumbers/{{Sid}}.json", fetch("numbers")),
    Operation("POST", f"{PATH}/IncomingPhoneNumbers/{{Sid}}.json", change("numbers"), NUMBER),
    Operation("GET", f"{PATH}/Applications.json", list_2010("applications", "applications"),
              PAGE | {"FriendlyName"}),
    Operation("GET", f"{PATH}/Applications/{{Sid}}.json", fetch("applications")),
    Operation("POST", f"{PATH}/Applications/{{Sid}}.json", change("applications"), APPLICATION),
    Operation("GET", "/v1/Services", list_services, PAGE),
    Operation("GET", "/v1/Services/{Sid}", fetch("services")),
    Operation("POST", "/v1/Services/{Sid}", change("services"), SERVICE),
    Operation("GET", "/v1/Services/{ServiceSid}/PhoneNumbers", list_senders, PAGE),
]
