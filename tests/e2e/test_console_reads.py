"""The live page where changes are told, but what changed is read late, in another order or not at all."""

import pytest

import payloads
from browser import WIDE
from console_page import show, sms, status, twilio_time
from twilio import Twilio, new_sid

BEN = "+4930901820"

# The page's own way to the server, which can refuse lists, or hold answers back.
READS = """
    const real = window.fetch;
    window.reads = {refuses: false, refused: 0, holds: "", many: 0, held: []};
    window.fetch = async (address, ...more) => {
        const list = new URL(address).searchParams.get("list");
        if (list && reads.refuses) {
            reads.refused++;
            return new Response('{"error": "database"}', {status: 503});
        }
        const answer = await real(address, ...more);
        if (list && address.search.includes(reads.holds) && reads.many > 0) {
            reads.many--;
            await new Promise((release) => reads.held.push(release));
        }
        return answer;
    };"""


@pytest.fixture
def reader(site, window):
    """Opens a view of a page whose reads can be refused or held."""
    def reader(view, size=WIDE):
        page = window(size)
        page.devtools("Page.addScriptToEvaluateOnNewDocument", source=READS)
        return show(page, site, view)

    return reader


def refuse(page, refuses=True):
    page.run("reads.refuses = arguments[0]", refuses)


def refused(page):
    return page.run("return reads.refused")


def hold(page, asked, many=1):
    """The next answers to what is asked for so."""
    page.run("[reads.holds, reads.many] = arguments", asked, many)


def wait_until_held(page):
    page.wait_for(lambda: page.run("return reads.held.length") > 0, "an answer is held")


def release(page):
    page.run("reads.many = 0; reads.held.splice(0).forEach((release) => release())")


# What is refused

def message(site, account):
    sms(site, account, "now it is", From=BEN)


def call(site, account):
    status(site, account, new_sid("CA"), 1, "ringing", From="+15005550001",
           Timestamp=twilio_time())


def outcome(site, account):
    answer = Twilio(site, account).send("status", payloads.message_status(
        account, new_sid("SM"), "delivered"), query="campaignId=spring")
    assert answer.status == 204


@pytest.mark.parametrize("view, first, happens, seen", [
    ("inbox", "No conversations yet", message, "now it is"),
    ("calls", "No calls yet", call, "+15005550001"),
    ("delivery", "No campaigns yet", outcome, "1 delivered")])
def test_read_again(site, account, reader, view, first, happens, seen):
    """What could not be read when it changed is read when that works again, and nothing else changes."""
    page = reader(view)
    page.wait_for_text(first)
    refuse(page)
    happens(site, account)
    page.wait_for(lambda: refused(page) > 0, "a read is refused")
    assert page.text("#connection") == "Live"
    assert first in page.text("main"), "what was there stays"
    refuse(page, False)
    page.wait_for_text(seen, "main")


def test_open_conversation_is_read_again(site, account, reader):
    sms(site, account, "before", From=BEN)
    page = reader("inbox")
    page.wait_for_text("before", ".list")
    page.click(".list .rows a")
    page.wait_for_text("before", ".messages")
    refuse(page)
    sms(site, account, "after", From=BEN)
    page.wait_for(lambda: refused(page) > 1, "the list and the conversation are refused")
    assert page.texts(".message .body") == ["before"], "what was there stays"
    refuse(page, False)
    page.wait_for_text("after", ".messages")
    page.wait_for_text("after", ".list")


def test_open_call_is_read_again(site, account, reader):
    """What was shown of it is there meanwhile; and beside the name of the view, how many go on."""
    sid = new_sid("CA")
    status(site, account, sid, 1, "ringing", Timestamp=twilio_time())
    page = reader(f"calls/{sid}")
    page.wait_for_text("Ringing", ".timeline")
    page.wait_for(lambda: page.texts("[data-view=calls] .count") == ["1 going on"], "it goes on")
    refuse(page)
    status(site, account, sid, 2, "completed", CallDuration=5)
    page.wait_for(lambda: refused(page) > 2, "the list, the call and the number are refused")
    assert page.texts("[data-view=calls] .count") == ["1 going on"]
    assert page.texts(".timeline .what") == ["Ringing"]
    refuse(page, False)
    page.wait_for_text("Completed", ".timeline")
    page.wait_for_text("completed", ".list")
    page.wait_for(lambda: page.texts("[data-view=calls] .count") == [""], "none goes on")


@pytest.mark.parametrize("view", ["inbox", "calls", "call", "delivery", "health"])
def test_first_read(site, account, reader, view):
    """Where nothing could be read yet the page says so, tries again, and leaves the focus alone."""
    sid = new_sid("CA")
    status(site, account, sid, 1, "ringing", Timestamp=twilio_time())
    page = reader("recordings")
    page.wait_for_text("No recordings yet")
    refuse(page)
    page.run("location.hash = arguments[0]", f"#/calls/{sid}" if view == "call" else f"#/{view}")
    page.wait_for_text("This could not be loaded: the server answered 503, database.", "main")
    page.run("[...document.querySelectorAll('.failure button')].at(-1).focus()")
    before = refused(page)
    page.wait_for(lambda: refused(page) > before + 2, "it tries again", 30)
    assert page.focused() == "Try again"
    assert page.count("[aria-busy=true]") == 0, "what is busy may be kept from who does not see it"
    refuse(page, False)
    page.wait_for(lambda: page.count(".failure") == 0, "all has been read")
    page.wait_for_text({"inbox": "No conversations yet", "call": "Ringing",
                        "delivery": "No campaigns yet", "health": "call status"}
                       .get(view, "ringing"), "main")


def test_each_failure_is_read_out(reader):
    """Once each time, for who does not see it."""
    page = reader("inbox")
    for view in ("calls", "rooms"):
        page.run("document.getElementById('announcements').textContent = ''")
        refuse(page)
        page.run("location.hash = arguments[0]", f"#/{view}")
        page.wait_for(lambda: page.texts("#announcements") == [
            "This could not be loaded: the server answered 503, database."], "it is read out")
        refuse(page, False)
        page.wait_for(lambda: page.count(".failure") == 0, "it has been read")


HEIGHT = "return document.querySelector('.top .name').offsetHeight"


def test_being_behind_is_said(site, account, reader):
    """In the corner, when it goes on for long, with a way to try at once; and not afterwards."""
    page = reader("inbox", (320, 640))
    page.wait_for_text("No conversations yet")
    height = page.run(HEIGHT)
    refuse(page)
    sms(site, account, "late")
    page.wait_for_text("Not up to date", "#connection")
    assert "since" in page.text("#connection")
    assert page.run(HEIGHT) == height, "there is room for the page's name beside it"
    # From now on nothing is tried by itself, but what waits already.
    before = refused(page)
    page.run("const real = window.setTimeout;"
             "window.setTimeout = (f, time) => time >= 500 ? 0 : real(f, time)")
    page.wait_for(lambda: refused(page) > before, "the last attempt by itself", 30)
    refuse(page, False)
    page.click("#connection button")
    page.wait_for_text("late", ".list")
    page.wait_for(lambda: page.text("#connection") == "Live", "all is well")


# What is read late

def many(site, account, number=30, seconds=0):
    """So many calls that ring."""
    for _ in range(number):
        status(site, account, new_sid("CA"), 1, "ringing", From="+15005550001",
               Timestamp=twilio_time(seconds))


def wait_until_told(page, number):
    """The page knows that so many calls go on, though it may have read no more of them."""
    page.wait_for(lambda: page.texts("[data-view=calls] .count") == [f"{number} going on"],
                  f"{number} calls beside the name of the view")


def test_many_while_a_list_is_loaded(site, account, reader):
    """More than are read one by one: they are there when it has been loaded."""
    page = reader("inbox")
    page.wait_for_text("No conversations yet")
    hold(page, "list=calls", 2)
    page.click("nav.views a[data-view=calls]")
    wait_until_held(page)
    many(site, account)
    wait_until_told(page, 30)
    release(page)
    page.wait_for(lambda: page.count(".list .rows a") == 30, "all of them")


def test_older_answer_that_comes_late(site, account, reader):
    """It does not take the place of a newer one."""
    first = new_sid("CA")
    status(site, account, first, 1, "ringing", Timestamp=twilio_time())
    page = reader("calls")
    page.wait_for_text("ringing", ".list")
    hold(page, "list=calls")
    status(site, account, first, 2, "in-progress", Timestamp=twilio_time())
    wait_until_held(page)
    status(site, account, first, 3, "completed", CallDuration=5, Timestamp=twilio_time())
    many(site, account)
    wait_until_told(page, 30)
    release(page)
    page.wait_for(lambda: page.count(".list .rows a") == 31, "all of them")
    page.wait_for_text("completed", ".list")


def test_row_far_below(site, account, reader):
    """It is read, too, where so much changes that the newest are read as a page."""
    first = new_sid("CA")
    status(site, account, first, 1, "ringing", To="+15005550009", Direction="outbound-api",
           Timestamp=twilio_time())
    many(site, account, 60)
    page = reader("calls")
    page.wait_for_text("ringing", ".list")
    page.run("document.querySelector('.list .scroller').scrollTop = 1e6")
    page.wait_for(lambda: page.count(".list .rows a") == 61, "the oldest as well")
    page.run("document.querySelector('.list .scroller').scrollTop = 0")
    hold(page, "list=calls")
    status(site, account, first, 2, "in-progress", Timestamp=twilio_time())
    wait_until_held(page)
    status(site, account, first, 3, "completed", CallDuration=5, Timestamp=twilio_time())
    many(site, account)
    wait_until_told(page, 90)
    release(page)
    page.wait_for(lambda: "completed" in page.texts(".list .rows a")[-1], "how it ended")


def test_newest_from_far_below(site, account, reader):
    """Who reads further down is told how many have come, and is led to them."""
    first = new_sid("CA")
    status(site, account, first, 1, "ringing", Timestamp=twilio_time(-60))
    many(site, account, 24, -60)
    page = reader("calls")
    page.wait_for(lambda: page.count(".list .rows a") == 25, "all of them")
    page.run("document.querySelector('.list .scroller').scrollTop = 1e6")
    hold(page, "list=calls")
    status(site, account, first, 2, "in-progress", Timestamp=twilio_time())
    wait_until_held(page)
    many(site, account, 60)
    wait_until_told(page, 85)
    release(page)
    page.wait_for(lambda: page.texts("button.newer") == ["Show 60 newer"], "how many have come")
    page.click("button.newer")
    page.wait_for(lambda: page.count("button.newer[hidden]") == 1, "they are there")
    assert page.focused() == "Calls"
    assert page.run("return document.querySelector('.list .scroller').scrollTop") == 0


def test_message_while_a_conversation_is_opened(site, account, reader):
    sms(site, account, "before", From=BEN)
    page = reader("inbox")
    page.wait_for_text("before", ".list")
    hold(page, "list=messages")
    page.click(".list .rows a")
    wait_until_held(page)
    sms(site, account, "meanwhile", From=BEN)
    page.wait_for_text("meanwhile", ".list")
    release(page)
    page.wait_for_text("meanwhile", ".messages")


def test_many_in_sight_are_not_new(site, account, reader):
    """However they are read."""
    sms(site, account, "before", From=BEN)
    page = reader("inbox")
    page.wait_for_text("before", ".list")
    page.click(".list .rows a")
    page.wait_for_text("before", ".messages")
    hold(page, "message=")
    for number in range(30):
        sms(site, account, f"number {number}", From=BEN)
    wait_until_held(page)
    page.wait_for_text("number 29", ".messages")
    release(page)
    page.wait_for_text("number 29", ".list")
    assert page.texts(".list .badge") == []
