"""hookswitch sign: the signature that Twilio would send."""

import hashlib
import json

import pytest

import payloads
import wire
from answers import check_empty_twiml
from command import check_failed, config, run
from twilio import FORM, encode, new_sid, signature

SETTINGS = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "first second"}
URL = "https://example.com/api/webhooks/sms"


def sign(environment, *words, **more):
    result = run(environment, "sign", *words, **{**SETTINGS, **more})
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout.splitlines()


def test_published_vectors(environment):
    """Those that are signed as they stand: without user and password, and no variants."""
    vectors = json.loads((environment.source / "tests/data/signature/vectors.json").read_text())
    n = 0
    for vector in vectors:
        if "@" in vector["url"] or "body" in vector or "expected" not in vector:
            continue
        words = [f"{name}={value}" for name, value in vector.get("params") or []]
        lines = sign(environment, vector["url"], *words, TWILIO_AUTH_TOKEN=vector["token"])
        assert lines == [vector["expected"]], vector["id"]
        n += 1
    assert n >= 20


def test_form_from_a_file(environment, tmp_path):
    params = payloads.inbound_sms(type("Account", (), {"sid": SETTINGS["TWILIO_ACCOUNT_SID"]}),
                                  new_sid("SM"), Body="50% & mehr\nin zwei Zeilen ")
    expected = [signature("first", URL, params)]
    file = tmp_path / "form"
    file.write_text(encode(params) + "\n", encoding="utf-8")
    assert sign(environment, "--data-file", file, URL) == expected
    assert sign(environment, "--data-file", "-", URL, text=encode(params, space="%20")) == expected
    assert sign(environment, URL, *[f"{name}={value}" for name, value in params]) == expected
    more = params + [("To", "again")]
    assert sign(environment, "--data-file", file, URL, "To=again") == [signature("first", URL, more)]


def test_get(environment):
    url, signed = sign(environment, "--get", URL + "?campaignId=a", "Body=a b", "From=+1")
    assert url == URL + "?campaignId=a&Body=a+b&From=%2B1"
    assert signed == signature("first", url)
    assert sign(environment, "--get", url) == [signed]


def test_json_body(environment, tmp_path):
    body = b'{"property": "value"}\n'
    file = tmp_path / "body"
    file.write_bytes(body)
    url, signed = sign(environment, "--json-body", file, URL)
    assert url == URL + "?bodySHA256=" + hashlib.sha256(body).hexdigest()
    assert signed == signature("first", url)
    assert sign(environment, "--json-body", file, url) == [signed]
    result = run(environment, "sign", "--json-body", file, URL + "?bodySHA256=" + "0" * 64, **SETTINGS)
    check_failed(result, 1, "is not the one that bodySHA256 announces")


def test_what_is_never_signed(environment):
    """A fragment, and by what Twilio documents user and password."""
    lines = sign(environment, "https://me:secret@example.com:8443/sms#rc=3", "A=1")
    assert lines == ["https://example.com:8443/sms",
                     signature("first", "https://example.com:8443/sms", [("A", "1")])]


def test_accounts(environment, tmp_path):
    """Who signs: --account, AccountSid, our own."""
    file = tmp_path / "accounts"
    second, third, none = ("AC" + digit * 32 for digit in "234")
    file.write_text(f"{second} other\n{third} third fourth\n")
    file.chmod(0o600)
    how = {"HOOKSWITCH_ACCOUNTS": str(file)}
    both = [("AccountSid", second)]
    assert sign(environment, URL, **how) == [signature("first", URL)]
    assert sign(environment, URL, f"AccountSid={second}", **how) == [signature("other", URL, both)]
    assert sign(environment, "--account", third, URL, f"AccountSid={second}", **how) \
        == [signature("third", URL, both)]
    printed = json.loads(sign(environment, "--json", URL, f"AccountSid={second}", **how)[0])
    assert printed == {"url": URL, "account_sid": second, "signature": signature("other", URL, both)}
    check_failed(run(environment, "sign", "--account", none, URL, **SETTINGS, **how), 1,
                 f'account "{none}" is not in file')


def test_what_it_prints_is_accepted(fast, environment, database, account):
    """With the token of the site's settings file, and another client's request."""
    sid = new_sid("SM")
    body = encode(payloads.inbound_sms(account, sid))
    target = "/api/webhooks/sms?campaignId=spring"
    result = run(environment, "sign", "--config", config(fast), "--data-file", "-",
                 fast.url + target, text=body)
    assert (result.returncode, result.stderr) == (0, "")
    headers = {"Content-Type": FORM, "X-Twilio-Signature": result.stdout.strip()}
    check_empty_twiml(wire.send(fast.port, wire.Request("POST", target, headers, body.encode())))
    assert database.row("messages", sid)["status"] == "received"


@pytest.mark.parametrize("words, status, said", [
    ([], 2, "a URL is missing"),
    (["example.com"], 2, "must look like https://example.com/path"),
    (["ftp://example.com"], 2, "must look like"),
    (["https://:80"], 2, "must look like"),
    ([URL, "Body"], 2, '"Body" is not NAME=VALUE'),
    ([URL, "=1"], 2, '"=1" is not NAME=VALUE'),
    (["--data-file", "/nonexistent", URL], 1, "/nonexistent"),
    (["--data-file", "/proc", URL], 1, "/proc"),
    (["--data-file", "/dev/zero", URL], 1, "exceeds 262144 bytes"),
    ([URL, "A=" + "x" * 100000, "B=" + "%" * 100000], 1, "exceed"),
    (["--json-body", "-", "--get", URL], 2, "no other parameters"),
    (["--json-body", "-", URL, "A=1"], 2, "no other parameters"),
    (["--get", "https://example.com/" + "a" * 20000], 1, "exceeds"),
])
def test_words(environment, words, status, said):
    check_failed(run(environment, "sign", *words, **SETTINGS), status, said)


def test_no_token(environment):
    check_failed(run(environment, "sign", URL), 1, '"TWILIO_ACCOUNT_SID" is missing')
    check_failed(run(environment, "sign", URL, TWILIO_ACCOUNT_SID="AC1"), 1,
                 '"TWILIO_AUTH_TOKEN" is missing')
    check_failed(run(environment, "sign", URL, "A=%zz", "--data-file", "-", text="a=%zz", **SETTINGS),
                 1, "two hexadecimal digits")
