"""hookswitch send: webhooks as Twilio sends them, against the real endpoints."""

import json
import re
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from command import check_failed, config, installed, run, run_json
from processes import find_program, free_port
from terminal import run_on_terminal
from twilio import new_sid, signature

SETTINGS = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "5ecre7" * 5}
TWIML = ("inbound-call", "outbound-call", "dial-action", "record-action", "gather-action",
         "inbound-message", "inbound-mms", "inbound-whatsapp")
SCENARIOS = ("call", "delivery", "missed-call", "mms", "placed-call", "recording", "sms",
             "video-visit", "whatsapp")


@pytest.fixture(scope="module")
def command(environment, tmp_path_factory):
    return installed(environment, tmp_path_factory.mktemp("prefix"))


def send(command, server, *words, **more):
    return run(command, "send", "--config", config(server), *words, **more)


def send_json(command, server, *words, **more):
    return run_json(command, "send", "--config", config(server), *words, **more)


def names(text, heading):
    """The first words of the lines below a heading of --help."""
    lines = text.partition(heading + "\n")[2].partition("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines]


def test_every_webhook(command, fast, database, account):
    """Each that --help lists is taken by its endpoint, and is in the ledger."""
    webhooks = names(run(command, "send", "--help").stdout, "webhooks, one at a time:")
    assert set(TWIML) < set(webhooks) and len(webhooks) >= 18
    for webhook in webhooks:
        printed, status = send_json(command, fast, webhook, fast.url)
        answer = printed["answers"][0]
        assert (status, answer["webhook"]) == (0, webhook), printed
        assert answer["status"] == (200 if webhook in TWIML else 204)
        assert ("<Response" in answer["body"]) == (webhook in TWIML)
    assert database.counts()["webhook_events"] == len(webhooks)


def test_every_scenario(command, fast, database):
    """The lives that they tell are what the tables show."""
    assert names(run(command, "send", "--help").stdout, "scenarios, several in order:") \
        == list(SCENARIOS)
    printed = {}
    for scenario in SCENARIOS:
        printed[scenario], status = send_json(command, fast, scenario, fast.url)
        assert (status, printed[scenario]["good"]) == (0, printed[scenario]["requests"])
    sids = {name: [answer["sid"] for answer in value["answers"]] for name, value in printed.items()}
    call = database.row("calls", sids["call"][0])
    assert (call["status"], call["duration"], call["direction"]) == ("completed", 40, "inbound")
    assert database.row("recordings", sids["call"][2])["call_sid"] == call["sid"]
    assert database.row("calls", sids["missed-call"][0])["status"] == "no-answer"
    call = database.row("calls", sids["placed-call"][0])
    assert (call["status"], call["answered_by"]) == ("completed", "human")
    assert (call["ended_at"] - call["answered_at"]).total_seconds() == 35
    assert database.row("recordings", sids["recording"][0])["status"] == "completed"
    assert [database.row("messages", sids[name][0])["status"] for name in ("sms", "whatsapp", "mms")] \
        == ["received"] * 3
    assert database.row("messages", sids["sms"][2])["status"] == "delivered"
    assert database.row("messages", sids["whatsapp"][-1])["status"] == "read"
    assert [database.row("messages", sids["delivery"][i])["status"] for i in (0, 5)] \
        == ["delivered", "undelivered"]
    assert database.row("messages", sids["mms"][0])["num_media"] == 2
    room = database.row("rooms", sids["video-visit"][0])
    assert (room["status"], room["duration"]) == ("completed", 1260)
    people = database.rows("SELECT identity, duration FROM hookswitch.room_participants ORDER BY 1")
    assert [tuple(person.values()) for person in people] == [("Dr. O'Neill", 1190), ("patient", 1245)]


def test_parameters_and_variables(command, fast, database):
    sid = new_sid("SM")
    printed, status = send_json(
        command, fast, "inbound-message", fast.url, f"message={sid}", "them=+4930123456",
        "Body=Grüße {them}{newline}an {us} & {Body} {", "New=1", TWILIO_PHONE_NUMBER="+15005550009")
    assert (status, printed["answers"][0]["sid"]) == (0, sid)
    row = database.row("messages", sid)
    assert row["body"] == "Grüße +4930123456\nan +15005550009 & {Body} {"
    assert (row["from_address"], row["to_address"]) == ("+4930123456", "+15005550009")
    assert database.events(sid)[0]["params"]["New"] == "1"


def test_parameter_of_some_steps(command, fast, database):
    """It is replaced where it is; what none has is put into all."""
    printed, _ = send_json(command, fast, "sms", fast.url, "Body=once", "Everywhere=yes")
    events = database.rows("SELECT params FROM hookswitch.webhook_events ORDER BY id")
    assert [event["params"].get("Body") for event in events] == ["once", None, None]
    assert [event["params"]["Everywhere"] for event in events] == ["yes"] * 3
    assert len(printed["answers"]) == 3


def test_one_url_for_all(command, fast):
    """A URL with a path takes all; an endpoint can be named in it."""
    printed, _ = send_json(command, fast, "inbound-message", fast.url + "/api/webhooks/sms?campaignId=x")
    assert printed["answers"][0]["url"] == fast.url + "/api/webhooks/sms?campaignId=x"
    assert printed["good"] == 1
    printed, _ = send_json(command, fast, "sms", fast.url + "/hookswitch/{endpoint}.fcgi")
    assert [answer["url"].rpartition("/")[2] for answer in printed["answers"]] \
        == ["sms.fcgi", "status.fcgi", "status.fcgi"]
    assert printed["good"] == 3


def test_public_url_and_via(command, fast, database):
    """Signed for what Twilio knows, asked of the server that is there."""
    with fast.settings(HOOKSWITCH_PUBLIC_URL="https://pub.example/prefix"):
        printed, status = send_json(command, fast, "inbound-call", "--via", fast.url)
        # The proxy that takes the prefix away is not there.
        assert printed["answers"][0]["status"] == 404
    with fast.settings(HOOKSWITCH_PUBLIC_URL="https://pub.example/"):
        printed, status = send_json(command, fast, "inbound-call", "--via", fast.url)
        assert (status, printed["answers"][0]["url"]) == (0, "https://pub.example/api/webhooks/voice")
        refused = send(command, fast, "inbound-call", fast.url)
        assert refused.returncode == 1 and "403" in refused.stdout and "token" in refused.stdout
        assert len(database.events(printed["answers"][0]["sid"])) == 1


def test_get(command, fast, database):
    printed, status = send_json(command, fast, "inbound-message", fast.url, "--get", "Body=a b&c")
    assert status == 0 and "Body=a+b%26c" in printed["answers"][0]["url"]
    assert database.row("messages", printed["answers"][0]["sid"])["body"] == "a b&c"


def test_shuffled_and_repeated(command, fast, database):
    """Whatever the order and however often: the rows are the same."""
    rows = []
    for words in ([], ["--shuffle"], ["--shuffle", "--repeat", "3", "--seed", "7"], ["--repeat", "2"]):
        room = new_sid("RM")
        printed, status = send_json(command, fast, "video-visit", fast.url, f"room={room}", *words)
        assert (status, printed["good"]) == (0, 7 * (3 if "3" in words else 2 if "2" in words else 1))
        assert len(database.events(room)) == 7
        row = database.row("rooms", room)
        people = database.rows("SELECT identity, duration FROM hookswitch.room_participants"
                               " WHERE room_sid = %s ORDER BY 1", room)
        rows.append((row["status"], row["duration"], row["ended_at"] - row["started_at"], people))
    assert rows.count(rows[0]) == 4


def test_seed_does_it_again(command, fast):
    def order(*words):
        printed, _ = send_json(command, fast, "video-visit", fast.url, "--shuffle", *words)
        return printed["seed"], [answer["state"] for answer in printed["answers"]]

    orders = [order() for _ in range(3)]
    assert orders[0] != orders[1] or orders[0] != orders[2]
    assert order("--seed", orders[0][0]) == orders[0]
    said = send(command, fast, "video-visit", fast.url, "--shuffle").stdout
    assert re.search(r"--seed (\d+) does it again", said)


def test_burst(command, fast, database):
    result = send(command, fast, "sms", fast.url, "--burst", "100", "--connections", "4")
    assert (result.returncode, result.stderr) == (0, "")
    assert "300 requests" in result.stdout and "on 4 connections" in result.stdout
    assert "200: 100" in result.stdout and "204: 200" in result.stdout
    assert re.search(r"min [\d.]+ ms, median [\d.]+ ms, p99 [\d.]+ ms, max [\d.]+ ms", result.stdout)
    assert database.counts()["webhook_events"] == 300
    assert database.counts()["messages"] == 200
    statuses = database.rows("SELECT status, count(*) AS n FROM hookswitch.messages GROUP BY 1")
    assert {row["status"]: row["n"] for row in statuses} == {"received": 100, "delivered": 100}


def test_burst_shuffled(command, fast, database):
    printed, status = send_json(command, fast, "delivery", fast.url, "--burst", "30", "--shuffle",
                                "--repeat", "2")
    assert (status, printed["requests"], printed["statuses"]) == (0, 360, {"204": 360})
    assert printed["answers"] == [] and printed["milliseconds"]["max"] >= printed["milliseconds"]["median"] > 0
    assert database.counts()["messages"] == 60
    assert database.one("SELECT count(*) FROM hookswitch.messages WHERE status = 'delivered'")["count"] == 30


def test_scenario_file(command, fast, database, tmp_path):
    text = ("# two of ours\r\n\r\ninbound-message Body={run}\n  From = +49 30 \n"
            "wait 100ms\nwait 0.2s\n")
    file = tmp_path / "ours"
    file.write_text(text)
    check_failed(send(command, fast, "--scenario", file, fast.url), 1,
                 f'line 6 of file "{file}" is not "wait SECONDS"')
    text = text.replace("wait 0.2s", "message-status MessageStatus=sent SmsStatus=sent")
    printed, status = send_json(command, fast, "--scenario", "-", fast.url, text=text)
    assert status == 0 and printed["seconds"] > 0.1
    assert [answer["webhook"] for answer in printed["answers"]] == ["inbound-message", "message-status"]
    assert printed["answers"][0]["sid"] == printed["answers"][1]["sid"]
    assert database.row("messages", printed["answers"][0]["sid"])["from_address"] == "+49 30"
    # In any order, and as fast as can be: then nothing waits.
    printed, _ = send_json(command, fast, "--scenario", "-", "--shuffle", fast.url,
                           text="debugger\nwait 1h\n".replace("1h", "3600") + "debugger")
    assert printed["good"] == 2 and printed["seconds"] < 60


def test_quiet(command, fast):
    result = send(command, fast, "sms", fast.url, "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    result = send(command, fast, "sms", fast.url, "--quiet", "AccountSid=ACnone")
    assert result.returncode == 1 and len(re.findall(r"\b403\b", result.stdout)) == 4
    assert result.stderr == "hookswitch send: 3 of 3 requests not answered with 2xx\n"


def test_nobody_there(command):
    """Without an answer the rest is not tried, but for a burst."""
    url = f"http://127.0.0.1:{free_port()}"
    check = run(command, "send", "sms", url, **SETTINGS)
    assert check.returncode == 1 and 'could not reach "127.0.0.1"' in check.stderr
    printed, status = run_json(command, "send", "sms", url, **SETTINGS)
    assert (status, printed["requests"], printed["statuses"]) == (1, 1, {"0": 1})
    assert "could not reach" in printed["answers"][0]["remark"]
    printed, status = run_json(command, "send", "sms", url, "--burst", "5", **SETTINGS)
    assert (status, printed["requests"], printed["statuses"]) == (1, 15, {"0": 15})


class Strange(BaseHTTPRequestHandler):
    """Another application, where an endpoint should be."""

    answer = (200, "text/xml", b"<Response/>")
    seen = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).seen = (self.path, dict(self.headers), body)
        status, kind, text = type(self).answer
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words):
        pass


@contextmanager
def strange_server(wrap=lambda socket: socket):
    server = HTTPServer(("127.0.0.1", 0), Strange)
    server.socket = wrap(server.socket)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("answer, status, said", [
    ((200, "text/html", b"<h1>It works</h1>"), 0, "<h1>It works</h1>"),
    ((200, "application/json", b"{}"), 0, "only text/xml"),
    ((200, None, b"ok"), 0, "only text/xml"),
    ((302, None, b""), 1, "a redirect"),
    ((500, "text/plain", b"\033]0;title\007\033[2Jgone"), 1, r"\x1B]0;title\x07\x1B[2Jgone"),
    ((200, "text/xml", b"x" * 10000), 0, "... and 5904 bytes more"),
    ((200, "text/xml", b"x" * (2 << 20)), 1, "---"),
])
def test_other_answers(command, answer, status, said):
    Strange.answer = answer
    with strange_server() as port:
        result = run(command, "send", "inbound-call", f"http://127.0.0.1:{port}", **SETTINGS)
    assert result.returncode == status
    if said == "---":
        assert "exceeds 1048576 bytes" in result.stderr
    else:
        assert said in result.stdout
    assert "\033" not in result.stdout


def test_what_is_sent(command):
    """As Twilio's documentation has it, by another implementation."""
    Strange.answer = (200, "text/xml", b"<Response/>")
    with strange_server() as port:
        url = f"http://me:pass%21@127.0.0.1:{port}/x?a=b#rc=3"
        result = run(command, "send", "inbound-message", url, "Body=a b+c", **SETTINGS)
        assert result.returncode == 0, result.stderr
        path, headers, body = Strange.seen
        from urllib.parse import parse_qsl
        params = parse_qsl(body.decode(), keep_blank_values=True)
        assert path == "/x?a=b"
        assert headers["X-Twilio-Signature"] == signature(
            SETTINGS["TWILIO_AUTH_TOKEN"], f"http://127.0.0.1:{port}/x?a=b", params)
        assert headers["Host"] == f"127.0.0.1:{port}"
        assert headers["User-Agent"] == "TwilioProxy/1.1"
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert headers["Authorization"].startswith("Basic ")
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                            headers["I-Twilio-Idempotency-Token"])
        assert ("Body", "a b+c") in params and ("AccountSid", SETTINGS["TWILIO_ACCOUNT_SID"]) in params
        run(command, "send", "inbound-message", "https://pub.example:8443/y", "--via",
            f"http://127.0.0.1:{port}", **SETTINGS)
        assert (Strange.seen[0], Strange.seen[1]["Host"]) == ("/y", "pub.example:8443")


def test_certificate_of_nobody(command, tmp_path):
    """A server that cannot prove who it is gets nothing."""
    pair = tmp_path / "pair.pem"
    made = subprocess.run([find_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                           "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                           "-keyout", str(pair), "-out", str(tmp_path / "certificate")],
                          capture_output=True)
    assert made.returncode == 0, made.stderr
    pair.write_text(pair.read_text() + (tmp_path / "certificate").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    Strange.answer, Strange.seen = (200, "text/xml", b"<Response/>"), None
    with strange_server(lambda socket: context.wrap_socket(socket, server_side=True)) as port:
        result = run(command, "send", "inbound-call", f"https://127.0.0.1:{port}", **SETTINGS)
        assert result.returncode == 1 and "certificate" in result.stderr
        assert Strange.seen is None


def test_nobody_sees_the_token(command, fast, account):
    for words in (["inbound-call"], ["inbound-call", "--json"], ["inbound-call", "AccountSid=ACx"],
                  ["--help"]):
        result = send(command, fast, *words, fast.url)
        assert account.token not in result.stdout + result.stderr


def on_terminal(command, *words, **variables):
    return run_on_terminal(command, *words, whole=True, **variables)[1]


def test_colours_and_progress_on_a_terminal(command, fast):
    words = ["send", "--config", str(config(fast)), "inbound-call", fast.url]
    assert "\033[32m200\033[0m" in on_terminal(command, *words)
    assert "\033" not in on_terminal(command, *words, NO_COLOR="1")
    assert "\033" not in on_terminal(command, *words, TERM="dumb")
    burst = on_terminal(command, *words, "--burst", "64")
    assert "\rsent 64 of 64" in burst and burst.rindex("\033[K") < burst.index("64 requests")


@pytest.mark.parametrize("words, status, said", [
    ([], 2, "the name of a webhook or scenario is missing"),
    (["inbound-cal", "http://x"], 2, 'did you mean "inbound-call"?'),
    (["video-visits", "http://x"], 2, 'did you mean "video-visit"?'),
    (["quite-another-thing", "http://x"], 2, 'no webhook or scenario "quite-another-thing"'),
    (["../scenarios/call", "http://x"], 2, "no webhook or scenario"),
    (["sms", "example.com"], 2, '"example.com" is neither a URL nor NAME=VALUE'),
    (["sms", "http://x", "Body"], 2, '"Body" is neither'),
    (["sms", "http://x", "--connections", "3"], 2, "--connections is for a --burst"),
    (["sms", "http://x", "--seed", "3"], 2, "--seed is for --shuffle"),
    (["sms", "http://x", "--burst", "0"], 2, "a number from 1 to 1000000"),
    (["sms", "http://x", "--via", "x"], 2, "--via must look like"),
    (["sms"], 1, '"HOOKSWITCH_PUBLIC_URL" is not set'),
    (["sms", "http://x", "Body={cal}"], 1, "there is no variable {cal}"),
    (["sms", "http://x", "--account", "AC" + "2" * 32], 1, 'account "AC2222'),
    (["sms", "http://x", "--account", "AC2"], 2, "--account must look like AC0123"),
    (["sms", "http://x", "--burst", "500000"], 1, "more than 1000000 requests"),
    (["--scenario", "/nonexistent", "http://x"], 1, "/nonexistent"),
    (["--scenario", "/dev/zero", "http://x"], 1, "exceeds 65536 bytes"),
])
def test_words(command, words, status, said):
    check_failed(run(command, "send", *words, **SETTINGS), status, said)


def test_settings(command):
    check_failed(run(command, "send", "sms", "http://x"), 1, '"TWILIO_ACCOUNT_SID" is missing')
    check_failed(run(command, "send", "sms", HOOKSWITCH_PUBLIC_URL="example.com", **SETTINGS), 1,
                 "must look like https://example.com")


def test_scenarios_are_not_installed(environment):
    """The webhooks work all the same."""
    result = run(environment, "send", "call", "http://x", **SETTINGS)
    assert result.returncode == 2 and "no webhook or scenario" in result.stderr
    assert "inbound-call" in run(environment, "send", "--help").stdout
    assert json.loads(run(environment, "send", "inbound-call", f"http://127.0.0.1:{free_port()}", "--json",
                          **SETTINGS).stdout)["requests"] == 1
