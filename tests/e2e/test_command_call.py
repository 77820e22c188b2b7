"""hookswitch call: what is asked of Twilio, and what is told of it."""

import json
import os
import pty
import signal
import subprocess
import threading
import time

import pytest

from command import check_failed, command_line, run, run_json
from deployment import ACCOUNT
from processes import wait_until
from rest_outbound import add
from rest_api import Fault
from test_rest_api import CALLS, SETTINGS, placed

US, THEM = SETTINGS["TWILIO_PHONE_NUMBER"], "+15551230009"
VOICE = "https://example.com/api/webhooks/voice"
STATUS = "https://example.com/api/webhooks/status"
RECORDING = "https://example.com/api/webhooks/recording"
OVERRIDES = "#rc=3&rp=all"
HELLO = "<Response><Say>Hello {From}</Say></Response>"


def call(environment, rest_api, *words, **more):
    return run(environment, "call", *words, HOOKSWITCH_TWILIO_API=rest_api.origin,
               **{**SETTINGS, **more})


def parameters(environment, rest_api, *words, **more):
    """What was sent, to a call that was placed."""
    result = call(environment, rest_api, *words, **more)
    made = rest_api.made("calls")[0]
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{made['sid']}  queued\n", "")
    request = rest_api.requests[-1]
    assert (request.method, request.path) == ("POST", CALLS)
    return request.parameters


def test_usual_call(environment, rest_api):
    assert parameters(environment, rest_api, "--to", THEM) == [
        ("To", THEM), ("From", US), ("Url", VOICE + OVERRIDES),
        ("StatusCallback", STATUS + OVERRIDES), ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "ringing"), ("StatusCallbackEvent", "answered"),
        ("StatusCallbackEvent", "completed")]


def test_all_options(environment, rest_api):
    sent = parameters(
        environment, rest_api, "--to", THEM, "--from", "+15551230007", "--campaign", "spring 26",
        "--record", "--amd", "--timeout", "30", "--site", "https://other.example/x/{endpoint}.cgi",
        "--overrides", "rc=1")
    query = "?campaignId=spring+26#rc=1"
    assert sent == [
        ("To", THEM), ("From", "+15551230007"),
        ("Url", "https://other.example/x/voice.cgi" + query),
        ("StatusCallback", "https://other.example/x/status.cgi" + query),
        *[("StatusCallbackEvent", e) for e in ("initiated", "ringing", "answered", "completed")],
        ("Record", "true"),
        ("RecordingStatusCallback", "https://other.example/x/recording.cgi" + query),
        *[("RecordingStatusCallbackEvent", e) for e in ("in-progress", "completed", "absent")],
        ("MachineDetection", "Enable"), ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", "https://other.example/x/status.cgi" + query),
        ("Timeout", "30")]


@pytest.mark.parametrize("words, text, name, value", [
    (["--url", "https://example.com/mine?a=b"], "", "Url", "https://example.com/mine?a=b"),
    (["--twiml", "-"], HELLO + "\n", "Twiml", HELLO),
    (["--send-digits", "ww1234#"], "", "SendDigits", "ww1234#"),
    (["--overrides", "none"], "", "Url", VOICE),
])
def test_one_option(environment, rest_api, words, text, name, value):
    sent = dict(parameters(environment, rest_api, "--to", THEM, *words, text=text))
    assert sent[name] == value
    assert ("Url" in sent) != ("Twiml" in sent)


@pytest.mark.parametrize("to, caller", [
    ("sip:alice@example.com", US), ("client:alice", "client:bob"), ("client:alice", US)])
def test_other_addresses(environment, rest_api, to, caller):
    sent = dict(parameters(environment, rest_api, "--to", to, "--from", caller))
    assert (sent["To"], sent["From"]) == (to, caller)


def test_twiml_of_a_file(environment, rest_api, tmp_path):
    file = tmp_path / "hello.xml"
    file.write_text(HELLO, encoding="utf-8")
    assert ("Twiml", HELLO) in parameters(environment, rest_api, "--to", THEM, "--twiml", file)


@pytest.mark.parametrize("content, said", [
    (b"<Response>", "hello.xml"),
    (b"<Reponse/>", "hello.xml"),
    (b"<Response>\xff</Response>", "is not UTF-8"),
    (b"<Response>" + b"x" * 4000 + b"</Response>", "more than the 4000 characters"),
    (b"x" * 20000, "exceeds 16000 bytes"),
    (None, "No such file"),
])
def test_twiml_that_is_none(environment, rest_api, tmp_path, content, said):
    file = tmp_path / "hello.xml"
    if content is not None:
        file.write_bytes(content)
    check_failed(call(environment, rest_api, "--to", THEM, "--twiml", file), 1, said)
    assert rest_api.requests == []


def test_dry_run_sends_nothing(environment, rest_api):
    words = ("--to", THEM, "--campaign", "a&b", "--timeout", "5", "--dry-run")
    result = call(environment, rest_api, *words)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[:4] == [
        f"POST {rest_api.origin}{CALLS}", f"    To={THEM}", f"    From={US}",
        f"    Url={VOICE}?campaignId=a%26b{OVERRIDES}"]
    printed, status = run_json(environment, "call", *words, HOOKSWITCH_TWILIO_API=rest_api.origin,
                               **SETTINGS)
    assert status == 0 and printed["url"] == rest_api.origin + CALLS
    assert printed["parameters"][-1] == {"name": "Timeout", "value": "5"}
    assert ACCOUNT.token not in result.stdout + json.dumps(printed)
    assert rest_api.requests == []


def test_where_the_api_is(environment):
    result = run(environment, "call", "--to", THEM, "--dry-run", **SETTINGS,
                 TWILIO_EDGE="dublin", TWILIO_REGION="ie1")
    assert result.stdout.splitlines()[0] == f"POST https://api.dublin.ie1.twilio.com{CALLS}"


def test_json(environment, rest_api):
    printed, status = run_json(environment, "call", "--to", THEM,
                               HOOKSWITCH_TWILIO_API=rest_api.origin, **SETTINGS)
    made = rest_api.made("calls")[0]
    assert (status, printed) == (0, {"sid": made["sid"], "status": "queued", "to": THEM, "from": US,
                                     "unknown": False})


def test_quiet(environment, rest_api):
    result = call(environment, rest_api, "--to", THEM, "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert placed(rest_api) == 1


@pytest.mark.parametrize("words, said", [
    ([], "--to is missing"),
    (["--to", "+1 555"], '--to must look like +15551230001'),
    (["--to", "whatsapp:+15551230009"], "--to must look like"),
    (["--to", THEM, "--from", "12345"], "--from must look like"),
    (["--to", THEM, "more"], 'unexpected argument "more"'),
    (["--to", THEM, "--url", "https://a", "--twiml", "x"], "exclude each other"),
    (["--to", THEM, "--url", "example.com"], "--url must look like"),
    (["--to", THEM, "--amd", "--send-digits", "1"], "exclude each other"),
    (["--to", THEM, "--send-digits", "12x"], "--send-digits takes"),
    (["--to", THEM, "--send-digits", "1" * 33], "--send-digits takes"),
    (["--to", THEM, "--send-digits", ""], "--send-digits takes"),
    (["--to", THEM, "--timeout", "601"], "a number from 1 to 600"),
    (["--to", THEM, "--site", "example.com"], "--site must look like"),
    (["--to", THEM, "--overrides", "rc=9"], '"rc" must be a number from 0 to 5'),
    (["--to", THEM, "--campaign", "x" * 256], "--campaign exceeds 255"),
    (["--to", "\x1b[31m"], "\\x1B[31m"),
])
def test_called_wrongly(environment, rest_api, words, said):
    check_failed(call(environment, rest_api, *words), 2, said)
    assert rest_api.requests == []


@pytest.mark.parametrize("settings, words, said", [
    ({"TWILIO_PHONE_NUMBER": ""}, [], '"TWILIO_PHONE_NUMBER" is missing'),
    ({"TWILIO_PHONE_NUMBER": "555"}, [], '"TWILIO_PHONE_NUMBER" must look like'),
    ({"HOOKSWITCH_PUBLIC_URL": ""}, [], '"HOOKSWITCH_PUBLIC_URL" is missing'),
    ({"HOOKSWITCH_PUBLIC_URL": "example.com"}, [], '"HOOKSWITCH_PUBLIC_URL" must look like'),
    ({"TWILIO_ACCOUNT_SID": ""}, [], '"TWILIO_ACCOUNT_SID" is missing'),
    ({}, ["--account", "AC" + "2" * 32], 'there is no token for account "AC2222'),
    ({}, ["--from", "client:bob"], "the caller of a number has to be a number"),
    ({}, ["--config", "/nonexistent"], "/nonexistent"),
])
def test_settings(environment, rest_api, settings, words, said):
    check_failed(call(environment, rest_api, "--to", THEM, *words, **settings), 1, said)
    assert rest_api.requests == []


def test_account(environment, rest_api, tmp_path):
    """Of several accounts one is named; its own token is sent."""
    file = tmp_path / "accounts"
    file.write_text(f"AC2 other\n{ACCOUNT.sid} {ACCOUNT.token}\n")
    file.chmod(0o600)
    settings = {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "HOOKSWITCH_ACCOUNTS": str(file)}
    check_failed(call(environment, rest_api, "--to", THEM, **settings), 1, "by --account")
    assert parameters(environment, rest_api, "--to", THEM, "--account", ACCOUNT.sid, **settings)


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_placed_but_not_printed(environment, rest_api, words):
    """Who takes that for a failure must not call again."""
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            command_line(environment, "call", "--to", THEM, *words), stdout=full, text=True,
            stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], **SETTINGS,
                                         "HOOKSWITCH_TWILIO_API": rest_api.origin})
    sid = rest_api.made("calls")[0]["sid"]
    assert (result.returncode, result.stderr) == (
        1, f'hookswitch call: call "{sid}" was placed, but that could not be written to standard '
        "output: No space left on device\n")


def test_placed_where_there_is_no_output(environment, rest_api):
    """A connection to Twilio must not be what output goes to."""
    result = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command_line(environment, "call", "--to", THEM)],
        text=True, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], **SETTINGS,
                                                "HOOKSWITCH_TWILIO_API": rest_api.origin})
    sid = rest_api.made("calls")[0]["sid"]
    assert (result.returncode, result.stderr) == (
        1, f'hookswitch call: call "{sid}" was placed, but that could not be written to standard '
        "output: Bad file descriptor\n")


def start(environment, rest_api, *words):
    return subprocess.Popen(
        command_line(environment, "call", "--to", THEM, "--wait", *words), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], **SETTINGS, "HOOKSWITCH_TWILIO_API": rest_api.origin})


def begun(rest_api, *course):
    """What becomes of the next call: each look at it finds the next of these."""
    wait_until(lambda: rest_api.made("calls"), "it is placed")
    rest_api.made("calls")[0]["course"] = list(course)
    return rest_api.made("calls")[0]


@pytest.mark.parametrize("status, answered_by, exit_status", [
    ("completed", "human", 0), ("completed", None, 0), ("busy", None, 1), ("no-answer", None, 1),
    ("failed", None, 1), ("canceled", None, 1)])
def test_wait(environment, rest_api, status, answered_by, exit_status):
    process = start(environment, rest_api)
    made = begun(rest_api, {"status": status, "duration": "9", "answered_by": answered_by})
    out, err = process.communicate(timeout=20)
    last = "  ".join(filter(None, (made["sid"], status, answered_by)))
    assert out.splitlines() == [f"{made['sid']}  queued", last]
    assert process.returncode == exit_status
    assert err == ("" if exit_status == 0
                   else f"hookswitch call: the call was not completed: {status}\n")


def test_wait_json(environment, rest_api):
    """One object, when it has ended; a call that is not there yet is asked for again."""
    process = start(environment, rest_api, "--json")
    made = begun(rest_api, {"status": "ringing"}, {"status": "completed", "duration": "9"})
    rest_api.fail(Fault(404, b'{"code": 20404, "message": "not found"}'))
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out) == {"sid": made["sid"], "status": "completed", "to": THEM, "from": US,
                               "duration": "9", "answered_by": None, "unknown": False}


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_interrupted_while_it_waits(environment, rest_api, words):
    """What was placed is told all the same."""
    process = start(environment, rest_api, *words)
    sid = begun(rest_api, {"status": "ringing"})["sid"]
    wait_until(lambda: len(rest_api.requests) > 1, "it looks how far the call is")
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (
        1, f'hookswitch call: could not follow call "{sid}": interrupted\n')
    assert sid in output


def test_interrupted_while_it_is_placed(environment, rest_api):
    """Nobody has to guess whether it was."""
    answer = threading.Event()
    rest_api.fail(Fault(done=True, wait=answer))
    process = start(environment, rest_api)
    sid = begun(rest_api)["sid"]
    process.send_signal(signal.SIGINT)
    answer.set()
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert f"most likely placed all the same: Twilio has {sid}" in errors


def test_wait_in_vain(environment, rest_api):
    """That it cannot be followed does not mean that it was not placed."""
    process = start(environment, rest_api)
    begun(rest_api)
    rest_api.fail(Fault(403, b'{"code": 20403, "message": "no"}'))
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1 and out.endswith("queued\n")
    assert "could not follow call" in err and "no (code 20403)" in err
    assert len(err.splitlines()) == 1


def test_progress_is_for_terminals(environment, rest_api):
    main, end = pty.openpty()
    process = subprocess.Popen(
        command_line(environment, "call", "--to", THEM, "--wait"), stdout=subprocess.PIPE,
        stderr=end, env={"PATH": os.environ["PATH"], "TERM": "xterm", **SETTINGS,
                         "HOOKSWITCH_TWILIO_API": rest_api.origin})
    os.close(end)
    begun(rest_api, {"status": "completed"})
    assert process.wait(20) == 0
    process.stdout.close()
    assert b": queued" in os.read(main, 1000)
    os.close(main)


def test_made_by_others(environment, rest_api):
    """Only what Twilio has since is taken for ours, by its own clock."""
    rest_api.clock_ahead = 7200
    for sid, seconds, direction in (("CA" + "1" * 32, 60, "outbound-api"),
                                    ("CA" + "2" * 32, -1, "inbound")):
        made = time.gmtime(time.time() + rest_api.clock_ahead - seconds)
        add(rest_api, "calls", sid, {
            "to": THEM, "from": US, "status": "completed", "direction": direction,
            "date_created": time.strftime("%a, %d %b %Y %H:%M:%S +0000", made)})
    rest_api.fail(Fault())
    result = call(environment, rest_api, "--to", THEM)
    check_failed(result, 1, f'most likely not placed: Twilio has none to "{THEM}" since then')


def test_found_by_its_date(environment, rest_api):
    """One that has left the queue, by a clock that is behind ours."""
    rest_api.clock_ahead = -7200
    sid = "CA" + "3" * 32
    add(rest_api, "calls", sid, {"to": THEM, "from": US, "status": "ringing",
                                 "direction": "outbound-api"})
    rest_api.fail(Fault())
    result = call(environment, rest_api, "--to", THEM)
    check_failed(result, 1, f"{sid} (ringing)")
