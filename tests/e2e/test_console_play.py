"""Recordings to listen to on the live page, with a token and as a user of the web server."""

import pytest

import payloads
import playback
import recordings
from console_page import PAGE, show, status
from feed import TOKEN
from test_feed import LighttpdUsers, basic
from twilio import Twilio, new_sid

STATE = """
    const audio = document.querySelector("audio");
    return audio && [audio.readyState > 0, Math.round(audio.duration * 10) / 10,
        audio.currentTime > 0 || audio.ended, audio.currentSrc.split(":", 1)[0], audio.error?.message];"""


@pytest.fixture
def stage(site):
    """The page's server, with a folder of recordings."""
    with site.settings(HOOKSWITCH_FEED_TOKEN=TOKEN,
                       HOOKSWITCH_RECORDINGS=playback.folder(site.site)):
        yield site


def press_play(page, expression):
    """As by a hand: no browser lets a script begin to make a noise."""
    page.devtools("Runtime.evaluate", expression=f"{expression}.play()", userGesture=True)


def open_recording(page, sid):
    page.run("location.hash = arguments[0]", f"#/recordings/{sid}")
    page.wait_for_text(sid, ".detail")


def test_with_a_token(stage, account, database, window):
    """Nothing is fetched before somebody wants to hear it; the token goes in a header."""
    sid = playback.keep(stage, database, account, playback.tone())
    page = show(window(), stage, "recordings")
    open_recording(page, sid)
    assert page.text(".player button") == "Play 32 kB"
    assert not [url for url in page.requested() if "recording=" in url]
    page.click(".player button")
    page.wait_for(lambda: page.run(STATE) and page.run(STATE)[2], "it plays")
    assert page.run(STATE) == [True, 2.0, True, "blob", None]
    assert page.run("return document.activeElement.localName") == "audio"
    assert not [url for url in page.requested() if TOKEN in url]
    assert page.complaints() == []


@pytest.fixture
def user_page(farm, database, window):
    """A page of somebody whom the web server knows, and its server."""
    site = farm.get(LighttpdUsers)
    page = window()
    page.devtools("Network.enable")
    page.devtools("Network.setExtraHTTPHeaders", headers=basic())
    with site.settings(HOOKSWITCH_RECORDINGS=playback.folder(site.site)):
        yield page, site


def test_as_a_user(user_page, account, database):
    """The browser fetches by itself, and can skip; of two one is heard."""
    page, site = user_page
    call = new_sid("CA")
    status(site, account, call, 1, "completed", CallDuration=40)
    for _ in range(2):
        playback.keep(site, database, account, playback.tone(30), call=call)
    page.open(site.url + PAGE + f"#/calls/{call}")
    page.wait_for(lambda: page.count("audio") == 2, "both")
    press_play(page, "document.querySelector('audio')")
    page.wait_for(lambda: page.run(STATE)[2], "it plays")
    assert page.run(STATE)[:4] == [True, 30.0, True, "http"]
    page.run("document.querySelector('audio').currentTime = 25")
    page.wait_for(lambda: page.run("return document.querySelector('audio').currentTime") > 25, "on")
    press_play(page, "document.querySelectorAll('audio')[1]")
    page.wait_for(lambda: page.run("return [...document.querySelectorAll('audio')]"
                                   ".map((audio) => audio.paused)") == [True, False], "the other")
    assert page.complaints() == []


def test_goes_on_while_things_happen(user_page, account, database):
    """What comes in meanwhile does not silence it."""
    page, site = user_page
    call = new_sid("CA")
    status(site, account, call, 1, "in-progress")
    playback.keep(site, database, account, playback.tone(30), call=call)
    page.open(site.url + PAGE + f"#/calls/{call}")
    page.wait_for(lambda: page.count("audio") == 1, "it")
    press_play(page, "window.heard = document.querySelector('audio'); heard")
    page.wait_for(lambda: page.run(STATE)[2], "it plays")
    status(site, account, call, 2, "completed", CallDuration=12)
    page.wait_for_text("Completed", ".timeline")
    assert page.run("return heard.isConnected && !heard.paused")


def test_not_fetched(stage, account, database, window):
    """The page says so, and what its owner can do."""
    page = show(window(), stage, "calls")
    call, sid = new_sid("CA"), new_sid("RE")
    status(stage, account, call, 1, "completed", CallDuration=40)
    Twilio(stage, account).send("recording", payloads.recording_status(account, call, sid))
    page.run("location.hash = arguments[0]", f"#/calls/{call}")
    page.wait_for_text("Not fetched from Twilio yet", ".detail")
    assert "hookswitch recordings" in page.text(".player")
    assert page.run("return document.querySelector('.player a').href") == (
        payloads.recording_url(account, sid) + ".mp3")
    absent = recordings.add(database, account, status="absent")
    open_recording(page, absent)
    assert page.text(".player") == "There is nothing to listen to."


HURRY = """
    const real = window.setTimeout;
    window.setTimeout = (f, time, ...more) => real(f, time === 60000 ? 100 : time, ...more);"""


def test_fetched_meanwhile(stage, account, database, window):
    """What has been fetched can be heard, though nobody loads the page again."""
    sid = recordings.add(database, account)
    page = window()
    page.devtools("Page.addScriptToEvaluateOnNewDocument", source=HURRY)
    show(page, stage, "recordings")
    open_recording(page, sid)
    assert "not fetched" in page.text(".detail-head")
    playback.keep_file(stage, database, account, sid, playback.tone())
    page.wait_for_text("Play", ".player button")


LOST = {
    "file": "Its file is not in the directory HOOKSWITCH_RECORDINGS as it was fetched.",
    "setting": "whoever owns it sets HOOKSWITCH_RECORDINGS",
    "row": "It is not kept here any more.",
}


@pytest.mark.parametrize("way, loss", [
    ("token", "file"), ("token", "setting"), ("token", "row"), ("user", "file"),
    ("user", "setting")])
def test_lost(stage, account, database, window, farm, way, loss):
    """Whatever has become of it since the page was shown."""
    site = stage if way == "token" else farm.get(LighttpdUsers)
    page = window()
    changes = {"HOOKSWITCH_FEED_TOKEN": TOKEN,
               "HOOKSWITCH_RECORDINGS": playback.folder(site.site)}
    with site.settings(**changes):
        sid = playback.keep(site, database, account, playback.tone())
        if way == "token":
            show(page, site, "recordings")
        else:
            page.devtools("Network.enable")
            page.devtools("Network.setExtraHTTPHeaders", headers=basic())
            page.open(site.url + PAGE + "#/recordings")
        page.wait_for(lambda: page.count(".list .rows a") == 1, "it is in the list")
        if loss == "file":
            (playback.folder(site.site) / f"{sid}.wav").unlink()
        elif loss == "row":
            open_recording(page, sid)
            database.rows("DELETE FROM hookswitch.recordings RETURNING 1")
        else:
            site.site.configure(HOOKSWITCH_FEED_TOKEN=TOKEN)
        open_recording(page, sid)
        if way == "token":
            page.click(".player button")
        page.wait_for_text(LOST[loss], ".player")
