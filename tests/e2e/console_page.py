"""What the tests of the live page have in common: how it is opened, and what Twilio sends."""

from datetime import datetime, timedelta, timezone

import payloads
from feed import TOKEN
from twilio import Twilio, new_sid

PAGE = "/hookswitch/console/"
OPEN = f"{PAGE}#token={TOKEN}"


def show(window, site, view):
    """A page that has loaded what there is, and waits for what comes."""
    window.open(site.url + OPEN)
    window.wait_for_text("Live", "#connection")
    window.run("location.hash = arguments[0]", f"#/{view}")
    return window


def sms(site, account, body, **changes):
    sid = new_sid("SM")
    answer = Twilio(site, account).send("sms", payloads.inbound_sms(
        account, sid, Body=body, **changes))
    assert answer.status == 200
    return sid


def status(site, account, call, sequence, name, **changes):
    """A call that came in has come to another status."""
    params = {"Direction": "inbound", "From": "+4930901820", "To": payloads.OURS, **changes}
    answer = Twilio(site, account).send("status", payloads.call_progress(
        account, call, sequence, name, 0, **params))
    assert answer.status == 204


def execute(database, sql, values=None):
    with database.connection.cursor() as cursor:
        cursor.execute(sql, values)


def twilio_time(seconds=0):
    """So many seconds from now, as webhooks of calls have it."""
    return _from_now(seconds).strftime("%a, %d %b %Y %H:%M:%S +0000")


def video_time(seconds=0):
    """The same as those of video rooms have it."""
    return _from_now(seconds).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _from_now(seconds):
    return datetime.now(timezone.utc) + timedelta(seconds=seconds)
