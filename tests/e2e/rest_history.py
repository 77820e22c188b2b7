"""What the stand-in for Twilio's REST API tells of the past: lists of calls, messages, recordings and
video rooms, and what recordings sound like.

Members and filters are those of Twilio's published OpenAPI description; the media of recordings are
in its documentation only.
"""

from datetime import datetime, timezone
from email.utils import format_datetime, parsedate_to_datetime

from rest_api import Operation, Refusal, page_2010, page_v1

ACCOUNT = "/2010-04-01/Accounts/{AccountSid}"
PAGING = {"PageSize", "Page", "PageToken"}
DAY = datetime(2025, 10, 8, 13, 54, tzinfo=timezone.utc)


def rfc2822(moment):
    return moment and format_datetime(moment.astimezone(timezone.utc))


def iso(moment):
    return moment and moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# Resources as Twilio words them; keyword arguments replace members.

def call(account, sid, status="completed", start=DAY, seconds=19, **changes):
    """A call that we placed, in the queue for no time, and answered at start."""
    ended = status not in ("queued", "ringing", "in-progress")
    return {
        "sid": sid, "account_sid": account.sid, "parent_call_sid": None, "api_version": "2010-04-01",
        "to": "+14158675309", "to_formatted": "(415) 867-5309", "from": "+15005550006",
        "from_formatted": "(500) 555-0006", "phone_number_sid": "", "status": status,
        "start_time": rfc2822(start), "end_time": rfc2822(
            datetime.fromtimestamp(start.timestamp() + seconds, timezone.utc)) if ended else None,
        "duration": str(seconds) if ended else None, "price": None, "price_unit": "USD",
        "direction": "outbound-api", "answered_by": None, "forwarded_from": "", "group_sid": None,
        "caller_name": "", "queue_time": "0", "trunk_sid": None, "date_created": rfc2822(start),
        "date_updated": rfc2822(start), "subresource_uris": {},
        "uri": f"/2010-04-01/Accounts/{account.sid}/Calls/{sid}.json", **changes}


def message(account, sid, status="delivered", sent=DAY, **changes):
    """A message that we sent, or that came in."""
    inbound = status in ("received", "receiving")
    ours, theirs = "+15005550006", "+14158675309"
    path = f"/2010-04-01/Accounts/{account.sid}/Messages/{sid}"
    return {
        "sid": sid, "account_sid": account.sid, "api_version": "2010-04-01", "body": "Hello",
        "num_segments": "1", "num_media": "0", "direction": "inbound" if inbound else "outbound-api",
        "from": theirs if inbound else ours, "to": ours if inbound else theirs, "status": status,
        "date_created": rfc2822(sent), "date_sent": rfc2822(sent), "date_updated": rfc2822(sent),
        "error_code": None, "error_message": None, "messaging_service_sid": None, "price": None,
        "price_unit": "USD", "uri": path + ".json",
        "subresource_uris": {"media": path + "/Media.json"}, **changes}


def medium(account, message_sid, sid, content_type):
    return {"sid": sid, "account_sid": account.sid, "parent_sid": message_sid,
            "content_type": content_type, "date_created": rfc2822(DAY), "date_updated": rfc2822(DAY),
            "uri": f"/2010-04-01/Accounts/{account.sid}/Messages/{message_sid}/Media/{sid}.json"}


def recording(account, sid, call_sid, status="completed", start=DAY, **changes):
    path = f"/2010-04-01/Accounts/{account.sid}/Recordings/{sid}"
    return {
        "sid": sid, "account_sid": account.sid, "api_version": "2010-04-01", "call_sid": call_sid,
        "conference_sid": None, "date_created": rfc2822(start), "date_updated": rfc2822(start),
        "start_time": rfc2822(start), "duration": "15" if status == "completed" else "-1",
        "price": None, "price_unit": "USD", "status": status, "channels": 1,
        "source": "OutboundAPI", "error_code": None, "uri": path + ".json",
        "encryption_details": None, "subresource_uris": {},
        "media_url": "https://api.twilio.com" + path, **changes}


def room(account, sid, status="completed", start=DAY, end=None, **changes):
    url = f"https://video.twilio.com/v1/Rooms/{sid}"
    return {
        "sid": sid, "account_sid": account.sid, "unique_name": sid, "type": "group",
        "status": status, "date_created": iso(start), "date_updated": iso(end or start),
        "end_time": iso(end), "duration": int((end - start).total_seconds()) if end else None,
        "enable_turn": True, "status_callback": None, "status_callback_method": "POST",
        "max_participants": 50, "media_region": None, "record_participants_on_connect": False,
        "video_codecs": None, "url": url, "links": {"participants": url + "/Participants"},
        **changes}


def participant(account, room_sid, sid, identity, start=DAY, end=None, **changes):
    return {
        "sid": sid, "room_sid": room_sid, "account_sid": account.sid, "identity": identity,
        "status": "disconnected" if end else "connected", "date_created": iso(start),
        "date_updated": iso(end or start), "start_time": iso(start), "end_time": iso(end),
        "duration": int((end - start).total_seconds()) if end else None,
        "url": f"https://video.twilio.com/v1/Rooms/{room_sid}/Participants/{sid}", "links": {},
        **changes}


# Operations.

def _interrupted(api, request):
    """What a test has put in the way: resources["interrupt"], which gets the request and returns
    a Fault, or None to let it pass."""
    hook = api.resources.get("interrupt")
    return hook(request) if hook else None


def _date(text):
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc)


def _between(request, name, moment, after=">", before="<"):
    """Filters that have the operator in their names: "StartTime>=" and "StartTime<"."""
    first, last = request.get(name + after), request.get(name + before)
    if moment is None:
        return not first and not last
    return (not first or moment >= _date(first)) and (not last or moment < _date(last))


def _list_2010(kind, date_member, filter_name):
    """A list of the API of 2010, of what has a date in the days that are asked for."""
    def answer(api, request):
        fault = _interrupted(api, request)
        if fault:
            return 200, fault
        found = [resource for resource in api.made(kind) if _is_broken(resource, date_member)
                 or _is_asked_for(request, resource)
                 and _between(request, filter_name, resource[date_member]
                              and parsedate_to_datetime(resource[date_member]))]
        path = f"/2010-04-01/Accounts/{api.account.sid}/{kind.capitalize()}.json"
        return page_2010(api, request, kind, found, path)
    return answer


def _is_asked_for(request, resource):
    return all(resource[name.lower()] == request.get(name)
               for name in ("To", "From", "Status") if request.get(name))


def _is_broken(resource, member):
    """What a test has put there to be no resource at all."""
    return not isinstance(resource, dict) or member not in resource


def list_media(api, request, MessageSid):
    found = [one for one in api.made("media") if one["parent_sid"] == MessageSid]
    if not found:
        raise Refusal(404, 20404, f"The requested resource {request.path} was not found")
    return page_2010(api, request, "media_list", found, request.path)


def list_rooms(api, request):
    fault = _interrupted(api, request)
    if fault:
        return 200, fault
    status = request.get("Status", "in-progress")  # as Twilio's default is
    found = [one for one in api.made("rooms") if one["status"] == status and _between(
        request, "DateCreated", datetime.fromisoformat(one["date_created"].replace("Z", "+00:00")),
        "After", "Before")]
    return page_v1(api, request, "rooms", found, "https://video.twilio.com/v1/Rooms")


def list_participants(api, request, RoomSid):
    parent = api.find("rooms", RoomSid)
    goes_on = parent["status"] == "in-progress"
    status = request.get("Status", "connected" if goes_on else "disconnected")
    found = [one for one in api.made("participants")
             if one["room_sid"] == RoomSid and one["status"] == status]
    return page_v1(api, request, "participants", found,
                   f"https://video.twilio.com/v1/Rooms/{RoomSid}/Participants")


def fetch_file(api, request, File):
    """A recording's media: what resources["files"][File] makes of the request. An answer that is no
    JSON is a Fault in the terms of the stand-in."""
    make = api.resources.get("files", {}).get(File)
    if make is None:
        raise Refusal(404, 20404, f"The requested resource {request.path} was not found")
    return 200, make(request)


def _dates(*names):
    return {name + operator for name in names for operator in ("", "<", ">")}


OPERATIONS = [
    Operation("GET", ACCOUNT + "/Calls.json", _list_2010("calls", "start_time", "StartTime"),
              frozenset({"To", "From", "ParentCallSid", "Status", *_dates("StartTime", "EndTime"),
                         *PAGING})),
    Operation("GET", ACCOUNT + "/Messages.json", _list_2010("messages", "date_sent", "DateSent"),
              frozenset({"To", "From", *_dates("DateSent"), *PAGING})),
    Operation("GET", ACCOUNT + "/Messages/{MessageSid}/Media.json", list_media,
              frozenset({*_dates("DateCreated"), *PAGING})),
    Operation("GET", ACCOUNT + "/Recordings.json",
              _list_2010("recordings", "date_created", "DateCreated"),
              frozenset({"CallSid", "ConferenceSid", "IncludeSoftDeleted", *_dates("DateCreated"),
                         *PAGING})),
    # Documented, and not in the OpenAPI description.
    Operation("GET", ACCOUNT + "/Recordings/{File}", fetch_file, frozenset({"RequestedChannels"})),
    Operation("GET", "/v1/Rooms", list_rooms,
              frozenset({"Status", "UniqueName", "DateCreatedAfter", "DateCreatedBefore",
                         *PAGING})),
    Operation("GET", "/v1/Rooms/{RoomSid}/Participants", list_participants,
              frozenset({"Status", "Identity", "DateCreatedAfter", "DateCreatedBefore", *PAGING})),
]
