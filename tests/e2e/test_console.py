"""The live page in headless Chromium: Twilio sends, the page shows."""

import statistics

import pytest

import payloads
from console_page import execute, show, sms, status, twilio_time, video_time
from feed import TOKEN
from twilio import Twilio, new_sid
from webservers import ApacheCgid, ApacheFcgid, Lighttpd

BEN = "+4930901820"


def in_time(site):
    """Seconds from commit to page: lighttpd streams the feed, of the others it is asked."""
    return 1 if site.name == "lighttpd" else 2


@pytest.fixture(params=(Lighttpd, ApacheFcgid, ApacheCgid), ids=lambda server: server.name)
def any_site(request, farm, database):
    server = farm.get(request.param)
    with server.settings(HOOKSWITCH_FEED_TOKEN=TOKEN):
        yield server


# What comes in

def test_message_appears(any_site, account, window):
    """By itself, in time, in the list and in the conversation; no other host is asked."""
    page = show(window(), any_site, "inbox")
    page.wait_for_text("No conversations yet")
    sms(any_site, account, "first light")
    took = [page.wait_for_text("first light", ".list")]
    page.click(".list .rows a")
    page.wait_for_text("first light", ".messages")
    for number in range(4):
        sms(any_site, account, f"message {number}")
        took.append(page.wait_for_text(f"message {number}", ".messages"))
    assert statistics.median(took) < in_time(any_site), took
    assert len(page.texts(".message .body")) == 5, "none is there twice"
    assert page.complaints() == []
    asked = page.requested()
    assert asked and [url for url in asked
                      if not url.startswith((any_site.url + "/", "data:", "about:"))] == []
    assert not any(TOKEN in url for url in asked if "#" not in url)


MARKUP = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "</p></li></ul><svg onload=window.hacked=1><a href=javascript:window.hacked=1>x</a>",
    "&lt;b&gt; &amp; <b>bold</b> <!-- no comment",
    "{{constructor.constructor('window.hacked = 1')()}} ${window.hacked = 1}",
    "\u202egnirts a \u2066and\u2069 back\u202c",
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_text(site, account, window, text):
    """In a body, a name and a number alike: as it was written, and no element of it."""
    page = show(window(), site, "inbox")
    answer = Twilio(site, account).send("whatsapp", payloads.inbound_whatsapp(
        account, new_sid("SM"), Body=text, ProfileName=text))
    assert answer.status == 200
    page.wait_for(lambda: page.texts(".list .who") == [text], "the name, as it is")
    page.click(".list .rows a")
    page.wait_for(lambda: page.texts(".message .body") == [text], "the text, as it is")
    assert page.texts(".detail h2") == [text]
    assert page.run("return document.querySelectorAll("
                    "'main script, main img, main b, main svg[onload], [href^=javascript]').length"
                    ) == 0
    assert page.run("return window.hacked") is None
    assert page.complaints() == []


def test_links_of_senders(site, account, window):
    """A link to an attachment leads to the web and to nothing else."""
    page = show(window(), site, "inbox")
    sid = new_sid("SM")
    Twilio(site, account).send("sms", payloads.inbound_mms(
        account, sid, MediaUrl0="javascript:window.hacked=1", MediaContentType0="<b>"))
    page.wait_for_text("(no text)", ".list")
    page.click(".list .rows a")
    page.wait_for(lambda: len(page.texts(".media li")) == 2, "two attachments")
    assert page.run("return [...document.querySelectorAll('.media a')].map((a) => a.href)") == [
        payloads.media_url(account, sid, 1)]
    assert page.run("return document.querySelector('.media a').rel") == "noopener noreferrer"


def test_channels(site, account, window):
    """A tab for each kind; a conversation is under its own and under all."""
    page = show(window(), site, "inbox")
    sms(site, account, "by SMS")
    Twilio(site, account).send("whatsapp", payloads.inbound_whatsapp(
        account, new_sid("SM"), Body="by WhatsApp"))
    page.wait_for(lambda: page.count(".list .rows a") == 2, "both")
    assert page.texts(".tabs a") == ["All", "SMS", "WhatsApp"]
    for tab, seen in ((2, ["by SMS"]), (3, ["by WhatsApp"]), (1, ["by WhatsApp", "by SMS"])):
        page.click(f".tabs a:nth-child({tab})")
        page.wait_for(lambda: page.texts(".list .snippet") == seen, f"{seen}")
    page.click(".tabs a:nth-child(2)")
    page.wait_for(lambda: page.texts(".list .snippet") == ["by SMS"], "one")
    Twilio(site, account).send("whatsapp", payloads.inbound_whatsapp(
        account, new_sid("SM"), From="whatsapp:" + BEN, Body="not here"))
    sms(site, account, "here", From=BEN)
    page.wait_for(lambda: page.texts(".list .snippet") == ["here", "by SMS"], "the new one")


def test_who_has_stopped_and_what_failed(site, account, window):
    """One sees it before one answers, and why an answer did not arrive."""
    page = show(window(), site, "inbox")
    sms(site, account, "STOP", From=BEN)
    page.wait_for_text("stopped", ".list")
    page.click(".list .rows a")
    page.wait_for_text("wants no messages", ".detail-head")
    answer = Twilio(site, account).send("status", payloads.message_status(
        account, new_sid("SM"), "undelivered", To=BEN))
    assert answer.status == 204
    page.wait_for_text("not delivered", ".messages")
    assert "Error 30003: Recipient's phone unreachable" in page.text(".messages")


def test_what_is_new(site, account, window):
    """Until somebody has looked at it; and beside the name of the view from any other."""
    sms(site, account, "from Ann", From="+15005550001")
    page = show(window(), site, "inbox")
    page.wait_for_text("from Ann", ".list")
    assert page.texts(".list .badge") == [], "it was there before"
    sms(site, account, "from Ben", From=BEN)
    page.wait_for(lambda: page.texts(".list .badge") == ["new"], "one is new")
    page.click(".list .rows a")
    page.wait_for_text("from Ben", ".messages")
    page.wait_for(lambda: page.texts(".list .badge") == [], "none is")
    sms(site, account, "again", From=BEN)
    page.wait_for_text("again", ".messages")
    page.wait_for_text("again", ".list")
    assert page.texts(".list .badge") == [], "it is in sight"
    page.click("nav.views a[data-view=delivery]")
    for number in range(2):
        sms(site, account, f"number {number}", From="+15005550001")
    status(site, account, new_sid("CA"), 1, "ringing", Timestamp=twilio_time())
    page.wait_for(lambda: [page.texts(f"[data-view={view}] .count") for view in ("inbox", "calls")]
                  == [["2 new"], ["1 going on"]], "numbers beside the names")
    page.click("nav.views a[data-view=inbox]")
    page.wait_for(lambda: page.texts(".list .badge") == ["new"], "one is new")
    assert page.texts("[data-view=inbox] .count") == [""]


# Calls

def test_call(any_site, account, window):
    """Rings, is answered, ends: its status, timer and timeline, as it goes on."""
    page = show(window(), any_site, "calls")
    page.wait_for_text("No calls yet")
    call = new_sid("CA")
    status(any_site, account, call, 1, "ringing", Timestamp=twilio_time(-5))
    page.wait_for_text("ringing", ".list")
    page.wait_for_text("Now", ".list .heading")
    page.click(".list .rows a")
    page.wait_for_text("Ringing", ".timeline")
    first = page.text(".detail-head .timer")
    page.wait_for(lambda: page.text(".detail-head .timer") != first, "the timer goes on")
    status(any_site, account, call, 2, "in-progress", Timestamp=twilio_time(-1))
    page.wait_for_text("in progress", ".detail-head")
    status(any_site, account, call, 3, "completed", Timestamp=twilio_time(), CallDuration=75)
    page.wait_for_text("completed", ".detail-head")
    page.wait_for(lambda: page.texts(".timeline .what") == ["Ringing", "In progress", "Completed"],
                  "the timeline")
    page.wait_for(lambda: page.texts(".timer") == [], "no timer is left")
    assert "1:15" in page.text(".list") and "Now" not in page.text(".list")
    assert page.complaints() == []


def test_recording_of_a_call(site, account, window):
    page = show(window(), site, "calls")
    call, recording = new_sid("CA"), new_sid("RE")
    status(site, account, call, 1, "completed", CallDuration=40)
    page.wait_for_text("completed", ".list")
    page.click(".list .rows a")
    page.wait_for_text("Completed", ".timeline")
    Twilio(site, account).send("recording", payloads.recording_status(account, call, recording))
    page.wait_for_text("not fetched", ".detail")
    assert page.run("return document.querySelector('.detail .note a').href") == (
        payloads.recording_url(account, recording) + ".mp3")
    page.run("location.hash = '#/recordings'")
    page.wait_for_text(f"{BEN} to {payloads.OURS}", ".list")
    page.click(".list .rows a")
    page.wait_for_text(recording, ".detail")


def test_room(site, account, window):
    """Who is in it, and who was."""
    page = show(window(), site, "rooms")
    page.wait_for_text("No video rooms yet")
    room, anna, ben = new_sid("RM"), new_sid("PA"), new_sid("PA")

    def happens(event, seconds, **changes):
        answer = Twilio(site, account).send("video-room", payloads.room_event(
            account, room, event, RoomName="apt-7-visit", Timestamp=video_time(seconds),
            **changes))
        assert answer.status == 204

    happens("room-created", -60)
    happens("participant-connected", -50, ParticipantSid=anna, ParticipantIdentity="Anna")
    happens("participant-connected", -40, ParticipantSid=ben, ParticipantIdentity="د. ليلى")
    page.wait_for_text("2 participants", ".list")
    page.click(".list .rows a")
    page.wait_for(lambda: page.texts(".people .who") == ["Anna", "د. ليلى"], "both are there")
    happens("participant-disconnected", -5, ParticipantSid=anna, ParticipantIdentity="Anna",
            ParticipantStatus="disconnected", ParticipantDuration=45)
    page.wait_for_text("Have left", ".detail")
    page.wait_for_text("1 participant", ".list")
    happens("room-ended", 0, RoomStatus="completed", RoomDuration=60)
    page.wait_for_text("ended", ".list")
    page.wait_for_text("Were there", ".detail")


def test_delivery(site, account, window):
    """A bar for each campaign, that grows, and the same in words."""
    page = show(window(), site, "delivery")
    page.wait_for_text("No campaigns yet")

    def told(word):
        answer = Twilio(site, account).send("status", payloads.message_status(
            account, new_sid("SM"), word), query="campaignId=spring")
        assert answer.status == 204

    told("delivered")
    page.wait_for_text("1 delivered", ".parts")
    assert page.text(".rate") == "100.0 %"
    for word in ("delivered", "delivered", "undelivered"):
        told(word)
    page.wait_for_text("3 delivered, 1 not delivered", ".parts")
    assert page.text(".rate") == "75.0 %"
    assert page.run("return [...document.querySelectorAll('.bar .part')]"
                    ".map((part) => Number(part.getAttribute('width')))") == [75, 25]
    assert page.complaints() == []


def test_health(site, account, window, database):
    """What is in order, and calls that nobody has heard of for long."""
    status(site, account, new_sid("CA"), 1, "ringing")
    execute(database, "UPDATE hookswitch.calls SET updated_at = now() - interval '5 hours',"
                      " answered_at = NULL, direction = 'outbound-api'")
    page = show(window(), site, "health")
    page.wait_for_text("The programs are in order")
    page.wait_for_text("last news 5 h ago")
    assert "call status" in page.text("table")
    assert page.complaints() == []
