"""hookswitch explain: what it names mends a real refusal, and nothing else changes."""

import dataclasses
import json
import re

import pytest

import payloads
import wire
from command import check_failed, config, run
from terminal import Terminal
from test_command_send import on_terminal
from twilio import Account, Twilio, encode, form, new_sid, signature
from webservers import LogWatch

SMS = "/api/webhooks/sms"


def explain(environment, server, *words, **more):
    return run(environment, "explain", "--config", config(server), *words, **more)


def explain_json(environment, server, *words, status=0, **more):
    result = explain(environment, server, "--json", *words, **more)
    assert result.returncode == status, result
    printed = json.loads(result.stdout)
    return printed, [finding["name"] for finding in printed["findings"] if finding["cause"]]


def pasted(server, request):
    """The request as a proxy would have recorded it."""
    extra = {"Content-Length": len(request.body)} if request.body else {}
    return (request.head(f"127.0.0.1:{server.port}", extra) + request.body).decode("latin-1")


def mended(printed):
    """The settings that it tells to set."""
    texts = " ".join(finding["mend"] for finding in printed["findings"])
    return dict(re.findall(r"Set (HOOKSWITCH_PUBLIC_URL) = (https?://[^\s,]+)", texts))


@pytest.mark.parametrize("setting, origin, found", [
    ("http://example.com", "https://example.com", {"scheme-https"}),
    ("https://example.com", "https://www.example.com", {"host-www"}),
    ("https://old.example", "https://new.example", {"host-other"}),
    ("https://example.com", "https://example.com:8443", {"port-hidden"}),
    ("https://example.com/prefix", "https://example.com", {"path-prefix-added"}),
    ("https://example.com" + SMS, "https://example.com", {"path-in-setting"}),
    ("http://backend:8080", "https://example.com", {"scheme-https", "host-other", "port-shown"}),
])
def test_mends_the_public_url(fast, environment, database, account, setting, origin, found):
    """Refused; explained; set as told; and then the very same request is taken."""
    sid = new_sid("SM")
    request = form(account.token, origin, SMS, payloads.inbound_sms(account, sid))
    with fast.settings(HOOKSWITCH_PUBLIC_URL=setting):
        assert wire.send(fast.port, request).status == 403
        printed, causes = explain_json(environment, fast, "--url", origin + SMS,
                                       text=pasted(fast, request))
        assert set(causes) == found
        assert printed["signed_url"] == origin + SMS
    with fast.settings(**mended(printed)):
        assert wire.send(fast.port, request).status == 200
        printed, causes = explain_json(environment, fast, text=pasted(fast, request))
        assert causes == ["accepted"]
    assert database.row("messages", sid)["status"] == "received"


def test_behind_a_proxy_without_the_setting(fast, environment, database, account):
    """Nothing but the request: what the proxy says is enough."""
    request = form(account.token, "https://pub.example", SMS,
                   payloads.inbound_sms(account, new_sid("SM")))
    request = dataclasses.replace(request, headers={
        **request.headers, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "pub.example"})
    assert wire.send(fast.port, request).status == 403
    printed, causes = explain_json(environment, fast, text=pasted(fast, request))
    assert {"scheme-https", "host-other"} <= set(causes)
    assert mended(printed) == {"HOOKSWITCH_PUBLIC_URL": "https://pub.example"}
    with fast.settings(**mended(printed)):
        assert wire.send(fast.port, request).status == 200


@pytest.mark.parametrize("setting, found", [
    ('"{}"', "token-quotes"),
    ("{},none", "token-comma"),
    ("AC1:{}", "token-pair"),
    ("\u00a0{}", "token-invisible"),
])
def test_mends_the_token(fast, environment, account, setting, found):
    request = Twilio(fast, account).request("sms", payloads.inbound_sms(account, new_sid("SM")))
    with fast.settings(TWILIO_AUTH_TOKEN=setting.format(account.token)):
        assert wire.send(fast.port, request).status == 403
        printed, causes = explain_json(environment, fast, "--url", fast.url + SMS,
                                       text=pasted(fast, request))
        assert causes == [found]
        assert account.token not in json.dumps(printed)


def test_token_of_a_file(fast, environment, account):
    """One that is not in the settings, and must be as private as they are."""
    request = Twilio(fast, Account(account.sid, "other" * 6)).request(
        "sms", payloads.inbound_sms(account, new_sid("SM")))
    file = fast.site.private_file("tokens", "# from the console\nsecondary " + "other" * 6 + "\n")
    printed, causes = explain_json(environment, fast, "--url", fast.url + SMS, "--tokens", file,
                                   text=pasted(fast, request))
    assert causes == ["token-extra"] and '"secondary"' in printed["token"]
    assert "other" * 6 not in json.dumps(printed)
    file.chmod(0o644)
    check_failed(explain(environment, fast, "--tokens", file, text=pasted(fast, request)), 1,
                 "can be read or changed by others")


@pytest.mark.parametrize("change, found", [
    (lambda body: body.replace(b"%2B", b"+"), "body-plus"),
    (lambda body: re.sub(rb"&?(To|From)[A-Z]\w+=(?=&|$)", b"", body), "body-empty-dropped"),
    (lambda body: body + b"&_csrf=1", "body-added"),
    (lambda body: body.replace(b"%26", b"%26amp%3B"), "body-entities"),
])
def test_changed_body(fast, environment, account, change, found):
    request = Twilio(fast, account).request("sms", payloads.inbound_sms(account, new_sid("SM")))
    request = dataclasses.replace(request, body=change(request.body))
    assert wire.send(fast.port, request).status == 403
    printed, causes = explain_json(environment, fast, "--url", fast.url + SMS,
                                   text=pasted(fast, request))
    assert causes == [found]


def test_from_options(environment, account, tmp_path):
    """The console's URL, the header, and the parameters, each in its own way."""
    settings = {"TWILIO_ACCOUNT_SID": account.sid, "TWILIO_AUTH_TOKEN": account.token,
                "HOOKSWITCH_PUBLIC_URL": "https://example.com"}
    url = "https://www.example.com/api/webhooks/sms"
    params = payloads.inbound_sms(account, new_sid("SM"))
    signed = signature(account.token, url, params)
    file = tmp_path / "body"
    file.write_text(encode(params) + "\n")
    for words, text in (
            (["--data-file", file], ""), (["--data-file", "-"], encode(params)),
            ([f"{name}={value}" for name, value in params], "")):
        result = run(environment, "explain", "--url", url, "--signature", signed, *words,
                     text=text, **settings)
        assert (result.returncode, result.stderr) == (0, "")
        assert 'Twilio signed "www.example.com"' in result.stdout
        assert "Mend:  Set HOOKSWITCH_PUBLIC_URL = https://www.example.com" in result.stdout
        assert re.search(r"\d+ combinations of URL, parameters and token were tried", result.stdout)
    query = url + "?AccountSid=" + account.sid
    result = run(environment, "explain", "--url", query, "--method", "GET", "--signature",
                 signature(account.token, query), **settings)
    assert 'Twilio signed "www.example.com"' in result.stdout


def test_from_the_log(fast, environment, account):
    """Names are all that a log has: it says so, and asks for more."""
    wrong = form(account.token, "https://pub.example", SMS + "?x=1",
                 payloads.inbound_sms(account, new_sid("SM"), Body="geheim"))
    with fast.settings(HOOKSWITCH_LOG="debug", HOOKSWITCH_PUBLIC_URL="http://pub.example"):
        watch = LogWatch(fast)
        assert wire.send(fast.port, wrong).status == 403
        watch.only_line("tried URL http://pub.example:80")
        text = watch.text()
    assert "geheim" not in text
    result = explain(environment, fast, text=text)
    assert result.returncode == 1 and "The log says:" in result.stdout
    assert "a log has only their names" in result.stdout.replace("\n       ", " ")
    assert "--request" in result.stdout and "--url" in result.stdout
    printed, causes = explain_json(environment, fast, "--url", "https://pub.example" + SMS, text=text)
    assert causes == ["scheme-https"]
    assert mended(printed) == {"HOOKSWITCH_PUBLIC_URL": "https://pub.example"}


def test_no_signature_in_the_log(fast, environment, account):
    request = Twilio(fast, account).request("sms", payloads.inbound_sms(account, new_sid("SM")))
    headers = dict(request.headers)
    del headers["X-Twilio-Signature"]
    with fast.settings(HOOKSWITCH_LOG="debug"):
        for agent, found in (("TwilioProxy/1.1", "signature-stripped"), ("curl/7", "signature-missing")):
            headers["User-Agent"] = agent
            if agent != "TwilioProxy/1.1":
                del headers["I-Twilio-Idempotency-Token"]
            watch = LogWatch(fast)
            assert wire.send(fast.port, dataclasses.replace(request, headers=headers)).status == 403
            watch.only_line("403, not stored")
            _, causes = explain_json(environment, fast, text=watch.text())
            assert causes == [found]


def test_nothing_is_found(fast, environment, account):
    request = Twilio(fast, Account(account.sid, "0" * 32)).request(
        "sms", payloads.inbound_sms(account, new_sid("SM")))
    result = explain(environment, fast, "--url", fast.url + SMS, text=pasted(fast, request))
    assert result.returncode == 1
    assert result.stderr == "hookswitch explain: the cause was not found\n"
    assert "The clock does not matter" in result.stdout
    tried = int(re.search(r"(\d+) combinations", result.stdout)[1])
    assert 1000 < tried <= 400000


def test_hostile_text(environment, account):
    """What is pasted commands no terminal."""
    settings = {"TWILIO_ACCOUNT_SID": account.sid, "TWILIO_AUTH_TOKEN": account.token}
    text = ("POST /a\033[2J HTTP/1.1\r\nHost: h\033]0;x\007\r\nX-Forwarded-Host: y\033[31m\r\n"
            "Content-Type: \033[1m\r\nX-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=\r\n\r\n"
            "AccountSid=AC%1b[2J")
    result = run(environment, "explain", text=text, **settings)
    assert "\033" not in result.stdout + result.stderr and "\007" not in result.stdout
    log = "hookswitch-sms: 403, not stored: account \"\033[2J\" is not in file\n"
    assert "\033" not in run(environment, "explain", text=log, **settings).stdout


def test_on_a_terminal(environment):
    """With nothing given it asks for what to paste; what it finds stands out."""
    settings = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "x"}
    with Terminal(environment, "explain", whole=True, **settings) as terminal:
        terminal.expect("Paste the request")
        terminal.type("GET / HTTP/1.1\n\n\x04")
        assert "\033[1mFound:" in terminal.end()[1]
    said = on_terminal(environment, "explain", "--signature", "x", "--url", "http://h", **settings)
    assert "Paste" not in said and "\033[1mFound:" in said


@pytest.mark.parametrize("words, text, status, said", [
    (["--url", "example.com"], "", 2, "must look like"),
    (["--method", "PUT"], "", 2, "--method must be GET or POST"),
    (["--request", "-", "Body=a"], "", 2, "a --request has its own parameters"),
    (["--request", "-", "--data-file", "x"], "", 2, "a --request has its own parameters"),
    (["Body"], "", 2, '"Body" is not NAME=VALUE'),
    (["--request", "/nonexistent"], "", 1, "/nonexistent"),
    (["--request", "/dev/zero"], "", 1, "exceeds 524288 bytes"),
    ([], "", 1, "the signature is missing: give it by --signature"),
    (["--signature", "x"], "", 1, "give it by --url"),
    (["--signature", "x", "--url", "http://h", "--data-file", "-"], "a=%", 1, "two hexadecimal digits"),
])
def test_words(environment, words, text, status, said):
    check_failed(run(environment, "explain", *words, text=text, TWILIO_ACCOUNT_SID="AC1",
                     TWILIO_AUTH_TOKEN="x"), status, said)


def test_without_a_token(environment):
    result = run(environment, "explain", "--url", "http://h/", "--signature", "x", "A=1")
    assert result.returncode == 0 and "no auth token" in result.stdout
