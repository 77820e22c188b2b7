"""hookswitch message: what Twilio is asked to send."""

import json
import os
import pty
import subprocess

import pytest

from command import check_failed, command_line, run, run_json
from deployment import ACCOUNT
from rest_api import Fault
from test_rest_api import SETTINGS

PATH = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages.json"
US, THEM = SETTINGS["TWILIO_PHONE_NUMBER"], "+15551230009"
STATUS = "https://example.com/api/webhooks/status"
OVERRIDES = "#rc=3&rp=all"
SERVICE, CONTENT = "MG" + "0a" * 16, "HX" + "0b" * 16
PHOTOS = [f"https://example.com/{n}.png" for n in range(11)]


def message(environment, rest_api, *words, **more):
    return run(environment, "message", *words, HOOKSWITCH_TWILIO_API=rest_api.origin,
               **{**SETTINGS, **more})


def parameters(environment, rest_api, *words, **more):
    """What was sent, to a message that was accepted."""
    result = message(environment, rest_api, *words, **more)
    made = rest_api.made("messages")[0]
    assert (result.returncode, result.stdout, result.stderr) \
        == (0, f"{made['sid']}  {made['status']}\n", "")
    request = rest_api.requests[-1]
    assert (request.method, request.path) == ("POST", PATH)
    return request.parameters


def test_usual_message(environment, rest_api):
    assert parameters(environment, rest_api, "--to", THEM, "Grüße: 50% & mehr") == [
        ("To", THEM), ("From", US), ("Body", "Grüße: 50% & mehr"),
        ("StatusCallback", STATUS + OVERRIDES)]


@pytest.mark.parametrize("words, sent", [
    (["--whatsapp", "a"], [("To", "whatsapp:" + THEM), ("From", "whatsapp:" + US), ("Body", "a")]),
    (["--to", "whatsapp:" + THEM, "a"],
     [("To", "whatsapp:" + THEM), ("From", "whatsapp:" + US), ("Body", "a")]),
    (["--whatsapp", "--from", "whatsapp:+15551230007", "a"],
     [("To", "whatsapp:" + THEM), ("From", "whatsapp:+15551230007"), ("Body", "a")]),
    (["--from", "Example Inc", "a"], [("To", THEM), ("From", "Example Inc"), ("Body", "a")]),
    (["--from", "12345", "a"], [("To", THEM), ("From", "12345"), ("Body", "a")]),
    (["--to", "rcs:" + THEM, "--service", SERVICE, "a"],
     [("To", "rcs:" + THEM), ("MessagingServiceSid", SERVICE), ("Body", "a")]),
    (["--service", SERVICE, "--from", US, "a"],
     [("To", THEM), ("From", US), ("MessagingServiceSid", SERVICE), ("Body", "a")]),
    (["--media", PHOTOS[0], "--media", PHOTOS[1]],
     [("To", THEM), ("From", US), ("MediaUrl", PHOTOS[0]), ("MediaUrl", PHOTOS[1])]),
    (["--media", PHOTOS[0], "look"],
     [("To", THEM), ("From", US), ("Body", "look"), ("MediaUrl", PHOTOS[0])]),
    (["--content", CONTENT], [("To", THEM), ("From", US), ("ContentSid", CONTENT)]),
    (["--content", CONTENT, "--variables", '{"1": "Tuesday"}'],
     [("To", THEM), ("From", US), ("ContentSid", CONTENT),
      ("ContentVariables", '{"1": "Tuesday"}')]),
])
def test_kinds(environment, rest_api, words, sent):
    # What is on standard input is of no interest where there is something else to send.
    to = [] if "--to" in words else ["--to", THEM]
    assert parameters(environment, rest_api, *to, *words, text="unread") \
        == [*sent, ("StatusCallback", STATUS + OVERRIDES)]


@pytest.mark.parametrize("words, text, body", [
    (["-"], "from a pipe\n", "from a pipe"),
    ([], "two\nlines\n\n", "two\nlines"),
    (["--media", PHOTOS[0], "-"], "with a photo", "with a photo"),
    (["x" * 1600], "", "x" * 1600),
    (["ü" * 1600], "", "ü" * 1600),
    (["--", "--help"], "", "--help"),
])
def test_text(environment, rest_api, words, text, body):
    assert ("Body", body) in parameters(environment, rest_api, "--to", THEM, *words, text=text)


def test_campaign_and_site(environment, rest_api):
    sent = parameters(environment, rest_api, "--to", THEM, "--campaign", "a b", "--site",
                      "https://other.example", "--overrides", "none", "text")
    assert sent[-1] == ("StatusCallback",
                        "https://other.example/api/webhooks/status?campaignId=a+b")


def test_dry_run_sends_nothing(environment, rest_api):
    result = message(environment, rest_api, "--to", THEM, "--dry-run", "a\x1b[31mb\nc")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"POST {rest_api.origin}{PATH}", f"    To={THEM}", f"    From={US}",
        "    Body=a\\x1B[31mb\\x0Ac", f"    StatusCallback={STATUS}{OVERRIDES}"]
    assert rest_api.requests == []


def test_json(environment, rest_api):
    printed, status = run_json(environment, "message", "--to", THEM, "text",
                               HOOKSWITCH_TWILIO_API=rest_api.origin, **SETTINGS)
    made = rest_api.made("messages")[0]
    assert (status, printed) == (0, {"sid": made["sid"], "status": "queued", "to": THEM, "from": US,
                                     "num_segments": "1", "unknown": False})


@pytest.mark.parametrize("text, said", [
    ("x" * 1601, "the text has 1601 characters, and Twilio takes 1600"),
    ("x" * 10000, "more than the 1600 characters that Twilio takes"),
    ("", "the text is empty"),
    ("\n\n", "the text is empty"),
    ("a\0b", "the text is not UTF-8"),
])
def test_texts_that_are_none(environment, rest_api, text, said):
    check_failed(message(environment, rest_api, "--to", THEM, text=text), 1, said)
    if "\0" not in text and text.strip():
        check_failed(message(environment, rest_api, "--to", THEM, text), 1, said)
    assert rest_api.requests == []


def test_text_of_other_bytes(environment, rest_api):
    result = subprocess.run(
        command_line(environment, "message", "--to", THEM), input=b"\xff\xfe", capture_output=True,
        env={"PATH": os.environ["PATH"], **SETTINGS, "HOOKSWITCH_TWILIO_API": rest_api.origin})
    assert result.returncode == 1 and b"the text is not UTF-8" in result.stderr
    assert rest_api.requests == []


def test_nobody_is_kept_waiting_for_a_text(environment):
    """At a terminal a missing text is a mistake; "-" is not."""
    main, end = pty.openpty()
    try:
        result = subprocess.run(command_line(environment, "message", "--to", THEM), stdin=end,
                                capture_output=True, text=True, timeout=10,
                                env={"PATH": os.environ["PATH"], **SETTINGS})
    finally:
        os.close(main)
        os.close(end)
    check_failed(result, 2, "the text is missing")


@pytest.mark.parametrize("words, said", [
    (["a"], "--to is missing"),
    (["--to", "5551230009", "a"], "--to must look like"),
    (["--to", "sip:a@b", "a"], "--to must look like"),
    (["--to", THEM, "--from", "This Name Is Long", "a"], "--from must look like"),
    (["--to", THEM, "a", "b"], "put it in quotes"),
    (["--to", THEM, "--service", "MG12", "a"], "--service must look like MG0123"),
    (["--to", THEM, "--service", CONTENT, "a"], "--service must look like MG0123"),
    (["--to", THEM, "--content", SERVICE], "--content must look like HX0123"),
    (["--to", THEM, "--content", CONTENT, "a"], "a --content has its own text"),
    (["--to", THEM, "--variables", "{}", "a"], "--variables are for a --content"),
    (["--to", THEM, "--content", CONTENT, "--variables", "{"], "--variables must be a JSON object"),
    (["--to", THEM, "--content", CONTENT, "--variables", '["a"]'],
     "--variables must be a JSON object"),
    (["--to", THEM, "--content", CONTENT, "--variables", json.dumps({"1": "x" * 9000})],
     "--variables must be a JSON object"),
    (["--to", THEM, "--media", "photo.jpg"], "--media must look like"),
    (["--to", THEM, *(word for url in PHOTOS for word in ("--media", url))], "more than 10 times"),
    (["--to", THEM, "--site", "ftp://example.com", "a"], "--site must look like"),
])
def test_called_wrongly(environment, rest_api, words, said):
    check_failed(message(environment, rest_api, *words), 2, said)
    assert rest_api.requests == []


def test_sent_but_not_told(environment, rest_api):
    """As for calls (test_rest_api.py): not again, but looked up."""
    rest_api.fail(Fault(done=True))
    result = message(environment, rest_api, "--to", THEM, "--whatsapp", "text")
    sid = rest_api.made("messages")[0]["sid"]
    check_failed(result, 1, f"the message was most likely sent all the same: Twilio has {sid}")
    assert [r.method for r in rest_api.requests] == ["POST", "GET"]
    assert rest_api.requests[1].all("To") == ["whatsapp:" + THEM]
    assert len(rest_api.made("messages")) == 1


def test_refused(environment, rest_api):
    rest_api.fail(Fault(400, b'{"code": 21610, "message": "unsubscribed recipient"}'))
    check_failed(message(environment, rest_api, "--to", THEM, "text"), 1,
                 "Twilio answered 400: unsubscribed recipient (code 21610)")
