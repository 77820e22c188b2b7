"""The live page for everybody: axe-core looks at each view, wide and narrow, light and dark.

axe-core is no part of Hookswitch: "make console-check" fetches it by npm, and says where it is.
What is looked at is kept as pictures beside it.
"""

import base64
import os
from pathlib import Path

import pytest

import payloads
import playback
from browser import NARROW, WIDE
from console_page import show, sms, status, twilio_time, video_time
from feed import TOKEN
from twilio import Twilio, new_sid

AXE = os.environ.get("HOOKSWITCH_AXE", "")
PICTURES = os.environ.get("HOOKSWITCH_PICTURES", "")

pytestmark = pytest.mark.skipif(not AXE, reason="make console-check runs this")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
    const done = arguments[arguments.length - 1];
    axe.run(document, {runOnly: arguments[0]}).then((found) => done(found.violations.map(
        (wrong) => [wrong.id, wrong.help, wrong.nodes.map((node) => node.html)])));"""

NAME = "Prof. Dr. Maximiliane-Alexandra von und zu Hohenstein-Wittelsbach (Praxis am Marienplatz)"
CONTACTS = (("Zoë 🌻", "whatsapp:+4915112345678"), (NAME, "whatsapp:+4915112345679"),
            ("محمد بن عبد الله", "whatsapp:+966501234567"), ("אבי כהן", "whatsapp:+972501234567"),
            ("<b>Not bold</b>", "whatsapp:+14155550123"))
SAID = ("Is my appointment tomorrow still at 10?", "مرحبا، هل يمكنني تغيير الموعد؟", "👍🏽",
        "<img src=x onerror=alert(1)>", "https://example.com/" + "long/" * 40,
        "Hello,\n\nI would like to move my appointment to some day next week, preferably in the"
        " morning, as I have to bring the children to school first.\n\nKind regards")


class Filled:
    """A site with some of everything, and the address of each view."""

    def __init__(self, site, account, database):
        self.site, self.account, self.database = site, account, database
        self.twilio = Twilio(site, account)
        self.call, self.ended, self.recording = new_sid("CA"), new_sid("CA"), new_sid("RE")
        self.room = new_sid("RM")
        self.messages()
        self.calls()
        self.rooms()
        self.views = {
            "inbox": "inbox", "calls": "calls", "live-call": f"calls/{self.call}",
            "call": f"calls/{self.ended}", "recordings": "recordings",
            "recording": f"recordings/{self.recording}", "heard": f"recordings/{self.heard}",
            "rooms": "rooms",
            "room": f"rooms/{self.room}", "delivery": "delivery", "health": "health",
        }

    def messages(self):
        for number, (name, address) in enumerate(CONTACTS):
            for body in SAID[:number + 2]:
                self.twilio.send("whatsapp", payloads.inbound_whatsapp(
                    self.account, new_sid("SM"), From=address, ProfileName=name, Body=body))
        sms(self.site, self.account, "STOP", From="+4930901820")
        for number in range(60):
            word = ("delivered", "read", "sent", "undelivered", "failed")[number * number % 5]
            self.twilio.send("status", payloads.message_status(
                self.account, new_sid("SM"), word), query=f"campaignId=spring-{number % 3}")

    def calls(self):
        for number, word in enumerate(("completed", "busy", "no-answer", "failed", "canceled")):
            status(self.site, self.account, new_sid("CA"), 3, word, CallDuration=7 * number,
                   Timestamp=twilio_time(-600 * number - 60))
        for sequence, (word, second) in enumerate((("initiated", -80), ("ringing", -78),
                                                   ("in-progress", -70), ("completed", -9))):
            status(self.site, self.account, self.ended, sequence, word, CallDuration=61,
                   Timestamp=twilio_time(second))
        self.twilio.send("recording", payloads.recording_status(
            self.account, self.ended, self.recording, RecordingStartTime=twilio_time(-69)))
        self.heard = playback.keep(self.site, self.database, self.account, playback.tone(),
                                   call=self.ended)
        status(self.site, self.account, self.call, 1, "ringing", Timestamp=twilio_time(-5))

    def rooms(self):
        for event, who in (("room-created", ""), ("participant-connected", "Anna"),
                           ("participant-connected", "د. ليلى")):
            more = {"ParticipantSid": new_sid("PA"), "ParticipantIdentity": who} if who else {}
            self.twilio.send("video-room", payloads.room_event(
                self.account, self.room, event, RoomName="apt-48-visit",
                Timestamp=video_time(-90), **more))


@pytest.fixture
def filled(site, account, database):
    with site.settings(HOOKSWITCH_FEED_TOKEN=TOKEN,
                       HOOKSWITCH_RECORDINGS=playback.folder(site.site)):
        yield Filled(site, account, database)


def look(page, name):
    """What axe finds wrong, with a picture of it."""
    if PICTURES:
        picture = base64.b64decode(page.picture())
        (Path(PICTURES) / f"{name}.png").write_bytes(picture)
    page.devtools("Runtime.evaluate", expression=Path(AXE).read_text(encoding="utf-8"))
    return page.run_async(RUN, RULES)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_views(filled, window, size, scheme):
    page = window(size)
    page.devtools("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"}])
    show(page, filled.site, "inbox")
    page.wait_for(lambda: page.count(".list .rows a") == len(CONTACTS) + 1, "conversations")
    wrong = {}
    width = "wide" if size is WIDE else "narrow"
    for name, view in filled.views.items():
        page.run("location.hash = arguments[0]", f"#/{view}")
        page.wait_for(lambda: page.count("main :is(.rows a, .sheet, table)") > 0, name)
        wrong[name] = look(page, f"{name}-{width}-{scheme}")
        if name == "inbox":
            page.click(".list .rows li:last-child a")
            page.wait_for_text("appointment", ".messages")
            wrong["conversation"] = look(page, f"conversation-{width}-{scheme}")
        if name == "heard":
            page.click(".player button")
            page.wait_for(lambda: page.count("audio") == 1, "it plays")
            wrong["playing"] = look(page, f"playing-{width}-{scheme}")
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_states(site, window, size):
    """Nothing there, no token, no connection."""
    width = "wide" if size is WIDE else "narrow"
    page = show(window(size), site, "inbox")
    page.wait_for_text("No conversations yet")
    wrong = {"empty": look(page, f"empty-{width}")}
    site.site.configure(HOOKSWITCH_DATABASE="host=/nonexistent dbname=none")
    page.run("location.hash = '#/calls'")
    page.wait_for_text("This could not be loaded")
    wrong["failure"] = look(page, f"failure-{width}")
    page.run("sessionStorage.clear(); location.reload()")
    page.wait_for_text("HOOKSWITCH_FEED_TOKEN", "dialog[open]")
    wrong["token"] = look(page, f"token-{width}")
    assert {name: found for name, found in wrong.items() if found} == {}
