"""hookswitch provision: where an account's webhooks lead, made so, checked, and put back."""

import copy
import json
import os
import resource
import shlex
import signal
import stat
import subprocess
import threading

import pytest

import rest_incoming
from command import check_failed, command_line, run
from deployment import ACCOUNT
from processes import wait_until
from rest_api import Fault
from rest_incoming import add_application, add_number, add_service
from test_rest_api import SETTINGS

SITE, OVERRIDES = "https://example.com", "#rc=3&rp=all"
VOICE, SMS, STATUS, WEBHOOK = (f"{SITE}/api/webhooks/{name}{OVERRIDES}"
                               for name in ("voice", "sms", "status", "webhook"))
DEMO = "https://demo.twilio.com/welcome/voice/"
NUMBER = {"voice_url": VOICE, "voice_fallback_url": VOICE, "status_callback": STATUS,
          "sms_url": SMS, "sms_fallback_url": SMS}
APPLICATION = {**NUMBER, "message_status_callback": STATUS}
SERVICE = {"inbound_request_url": SMS, "fallback_url": SMS, "status_callback": STATUS}
NAMES = [f"+1555123000{n}" for n in range(1, 6)]
AS_IT_IS = [None] * 3  # the lists of numbers, services, applications


@pytest.fixture
def home(tmp_path, rest_api):
    """A directory with a settings file in it."""
    file = tmp_path / "hookswitch.conf"
    settings = {**SETTINGS, "HOOKSWITCH_TWILIO_API": rest_api.origin}
    file.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    file.chmod(0o600)
    return tmp_path


@pytest.fixture
def provision(environment, home):
    def call(*words, **variables):
        return run(environment, "provision", "--config", home / "hookswitch.conf", *words, **variables)
    return call


def done(result):
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def failed(result, said):
    """Results are printed all the same, and one line says what is wrong."""
    assert result.returncode == 1 and said in result.stderr, result
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stdout


def posts(rest_api):
    return [request for request in rest_api.requests if request.method == "POST"]


def undo_files(directory):
    return sorted(path.name for path in directory.iterdir() if ".undo-" in path.name)


def has(number, expected):
    return {name: number[name] for name in expected} == expected


def states(result):
    """state by name and parameter."""
    return {(url["name"], url["parameter"]): url["state"] + ("!" if url["drift"] else "")
            for url in json.loads(result.stdout)["urls"]}


def test_sets_what_is_not_set(provision, rest_api):
    number = add_number(rest_api, NAMES[0])
    assert "VoiceUrl: set\n      was       nothing\n      is        " + VOICE \
        in done(provision(NAMES[0]))
    assert has(number, NUMBER)
    request, = posts(rest_api)
    assert request.path.endswith(f"/IncomingPhoneNumbers/{number['sid']}.json")
    assert request.parameters == [
        ("VoiceUrl", VOICE), ("VoiceFallbackUrl", VOICE), ("StatusCallback", STATUS),
        ("SmsUrl", SMS), ("SmsFallbackUrl", SMS)]


def test_sets_all_kinds_and_nothing_twice(provision, rest_api, home):
    number = add_number(rest_api, NAMES[0], voice_url=DEMO, voice_method="GET")
    service, application = add_service(rest_api), add_application(rest_api)
    before = copy.deepcopy((number, service, application))
    done(provision("--all"))
    assert has(number, {**NUMBER, "voice_method": "POST"})
    assert has(service, SERVICE) and has(application, APPLICATION)
    assert [r.path.split("/")[-2] for r in posts(rest_api)] \
        == ["IncomingPhoneNumbers", "Services", "Applications"]
    assert done(provision("--check")).endswith("14 of 14 URLs are as they should be\n")
    rest_api.requests.clear()
    assert done(provision("--all")) == "nothing has to be changed\n"
    assert posts(rest_api) == [] and len(undo_files(home)) == 1
    done(provision("--undo"))
    assert set_to_nothing(before) == set_to_nothing((number, service, application))


def set_to_nothing(documents):
    """There is no difference between what was never set and what was set to nothing."""
    return [{name: value or None for name, value in document.items()} for document in documents]


def test_check_changes_nothing(provision, rest_api, home):
    add_number(rest_api, NAMES[0], voice_url=DEMO, voice_fallback_url="https://handler.example/x",
               status_callback=STATUS, status_callback_method="GET", sms_url=SMS.split("#")[0])
    out = failed(provision("--check"), "4 of 5 URLs are not as they should be")
    assert out.splitlines()[1:] == [
        "  VoiceUrl: other URL", f"      is        {DEMO}", f"      should be {VOICE}",
        "  VoiceFallbackUrl: another site stands in, https://handler.example/x",
        "  StatusCallback: wrong method, GET", f"      is        {STATUS}",
        "  SmsUrl: other connection overrides", f"      is        {SMS.split('#')[0]}",
        f"      should be {SMS}",
        "  SmsFallbackUrl: not set", f"      should be {SMS}",
        "1 of 5 URLs are as they should be"]
    assert posts(rest_api) == [] and undo_files(home) == []


def test_check_for_a_script(provision, rest_api):
    trunk = "TK" + "1" * 32
    add_number(rest_api, NAMES[0], **NUMBER, trunk_sid=trunk)
    application = add_application(rest_api, **APPLICATION)
    add_number(rest_api, NAMES[1], voice_application_sid=application["sid"])
    third = add_number(rest_api, NAMES[2], **NUMBER)
    fourth = add_number(rest_api, NAMES[3], **NUMBER)
    service = add_service(rest_api, third, **{**SERVICE, "inbound_request_url": DEMO})
    add_service(rest_api, fourth, friendly_name="Deferring", use_inbound_webhook_on_number=True,
                status_callback=STATUS)
    result = provision("--check", "--json", NAMES[0], NAMES[1], NAMES[2], NAMES[3])
    failed(result, "of 20 URLs are not as they should be")
    found = states(result)
    assert {name: found[NAMES[0], name] for name in ("VoiceUrl", "StatusCallback", "SmsUrl")} \
        == {"VoiceUrl": "by-trunk!", "StatusCallback": "by-trunk!", "SmsUrl": "right"}
    assert [found[NAMES[1], name] for name in ("VoiceUrl", "SmsUrl")] == ["by-application", "not-set!"]
    assert [found[NAMES[2], name] for name in ("VoiceUrl", "SmsUrl", "SmsFallbackUrl")] \
        == ["right", "by-service!", "by-service"]
    assert found[NAMES[3], "SmsUrl"] == "right"
    overridden = [url for url in json.loads(result.stdout)["urls"]
                  if (url["name"], url["parameter"]) == (NAMES[2], "SmsUrl")]
    assert overridden == [{
        "kind": "number", "sid": third["sid"], "name": NAMES[2], "parameter": "SmsUrl",
        "state": "by-service", "drift": True, "url": SMS, "method": "POST", "should": SMS,
        "by": service["sid"]}]
    assert states(provision("--check", "--json"))["Deferring", "InboundRequestUrl"] == "by-numbers"


def test_overridden_is_left_unless_that_is_set_too(provision, rest_api):
    number = add_number(rest_api, NAMES[0])
    service = add_service(rest_api, number)
    out = failed(provision(NAMES[0]), "2 of 5 values were left as they are")
    assert f"  SmsUrl: left: overridden by a messaging service, {service['sid']}\n" in out
    assert number["sms_url"] == "" and service["inbound_request_url"] is None
    done(provision(NAMES[0], service["sid"]))
    assert service["inbound_request_url"] == SMS and number["sms_url"] == ""
    done(provision("--check"))


def test_a_deferring_service_is_its_numbers(provision, rest_api):
    first, other = add_number(rest_api, NAMES[0]), add_number(rest_api, NAMES[1])
    service = add_service(rest_api, first, use_inbound_webhook_on_number=True)
    done(provision(service["sid"]))
    assert first["sms_url"] == SMS and not other["sms_url"]
    assert service["inbound_request_url"] is None and service["status_callback"] == STATUS


def test_dry_run(provision, rest_api, home):
    add_number(rest_api, NAMES[0], voice_url=DEMO)
    out = done(provision("--dry-run", "--all"))
    assert f"VoiceUrl: would be set\n      is        {DEMO}\n      to        {VOICE}\n" in out
    printed = json.loads(done(provision("--dry-run", "--all", "--json")))
    assert printed["dry_run"] is True and printed["undo_file"] is None and printed["planned"] == 5
    assert printed["changes"][0] == {
        "kind": "number", "sid": rest_api.made("numbers")[0]["sid"], "name": NAMES[0],
        "parameter": "VoiceUrl", "outcome": "planned", "old": DEMO, "new": VOICE, "why": ""}
    assert posts(rest_api) == [] and undo_files(home) == []


def test_options(provision, rest_api):
    number = add_number(rest_api, NAMES[0], **{**NUMBER, "sms_fallback_url": DEMO})
    done(provision("--all", "--overrides", "rc=1&rp=5xx", "--fallback", "https://backup.example",
                   "--site", "https://other.example/h/{endpoint}.fcgi"))
    end = "#rc=1&rp=5xx"
    assert has(number, {
        "voice_url": "https://other.example/h/voice.fcgi" + end,
        "voice_fallback_url": "https://backup.example/api/webhooks/voice" + end,
        "status_callback": "https://other.example/h/status.fcgi" + end,
        "sms_url": "https://other.example/h/sms.fcgi" + end,
        "sms_fallback_url": "https://backup.example/api/webhooks/sms" + end})
    number.update(voice_fallback_url=None)
    printed = done(provision("--check", "--fallback", "none", "--site",
                             "https://other.example/h/{endpoint}.fcgi"))
    assert "Fallback" not in printed


def test_other_addresses_stay(provision, rest_api):
    """For those who moved here and left Twilio's console as it was; with overrides, though."""
    urls = {"voice_url": f"{SITE}/api/twilio/voice-response?campaignId=tv{OVERRIDES}",
            "voice_fallback_url": WEBHOOK, "sms_fallback_url": WEBHOOK,
            "status_callback": f"{SITE}/api/twilio/call-status",
            "sms_url": f"{SITE}/functions/v1/twilio-webhook/{OVERRIDES}"}
    number = add_number(rest_api, NAMES[0], **urls)
    done(provision("--all"))
    assert has(number, {**urls, "status_callback": urls["status_callback"] + OVERRIDES})


def test_addresses_are_those_that_are_deployed(provision, rest_api, environment):
    """Every other address that apache/htaccess rewrites leads to its endpoint here, too."""
    rules = (environment.source / "apache/htaccess").read_text()
    addresses = {"api/webhooks/inbound-sms": "sms", "api/twilio/voice-response": "voice",
                 "api/twilio/call-status": "status", "api/twilio/status": "status",
                 "functions/v1/twilio-webhook": "webhook"}
    assert all(address.rsplit("/", 1)[0] in rules for address in addresses)
    for address, endpoint in addresses.items():
        member = {"voice": "voice_url", "status": "status_callback"}.get(endpoint, "sms_url")
        rest_api.reset()
        add_number(rest_api, NAMES[0], **{**NUMBER, member: f"{SITE}/{address}{OVERRIDES}"})
        done(provision("--check"))


def test_what_cannot_be_used_is_not_set(provision, rest_api):
    voice = add_number(rest_api, NAMES[0], capabilities={"voice": True, "sms": False, "mms": False})
    fax = add_number(rest_api, NAMES[1], voice_receive_mode="fax")
    done(provision("--all"))
    assert voice["voice_url"] == VOICE and not voice["sms_url"]
    assert fax["sms_url"] == SMS and not fax["voice_url"]


def test_undo(provision, rest_api, home):
    secret = "https://me:secret@old.example/voice"
    number = add_number(rest_api, NAMES[0], voice_url=secret, voice_method="GET",
                        sms_fallback_url="https://handler.example/x")
    before = copy.deepcopy(number)
    out = done(provision("--all"))
    name, = undo_files(home)
    assert name.startswith("hookswitch.conf.undo-")
    assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert str(home / name) in out and "secret" not in out
    assert secret in (home / name).read_text()
    assert json.loads(done(provision("--undo", "--dry-run", "--json")))["planned"] == 5
    out = done(provision("--undo"))
    assert "secret" not in out and "https://...@old.example/voice" in out
    assert set_to_nothing([number]) == set_to_nothing([before])
    assert undo_files(home) == [name + ".undone"]
    check_failed(provision("--undo"), 1, "there is nothing to undo")


def test_undo_goes_back_step_by_step(provision, rest_api, home):
    """Also within a second."""
    number = add_number(rest_api, NAMES[0])
    for overrides in ("rc=1", "rc=2", "rc=3"):
        done(provision("--all", "--overrides", overrides))
    assert len(undo_files(home)) == 3
    for overrides in ("rc=2", "rc=1"):
        done(provision("--undo"))
        assert number["voice_url"].endswith("#" + overrides)
    done(provision("--undo"))
    assert not number["voice_url"]


def test_undo_leaves_what_others_have_set(provision, rest_api, home):
    first = add_number(rest_api, NAMES[0], voice_url=DEMO)
    add_number(rest_api, NAMES[1])
    done(provision("--all"))
    first.update(sms_url="https://new.example/sms", status_callback="")
    rest_api.made("numbers").pop()
    out = failed(provision("--undo"), "6 of 10 values were left as they are")
    assert "  SmsUrl: left: it was set to something else since\n" in out
    assert "  StatusCallback: is so already\n" in out
    assert out.count("left: the account does not have it any more") == 5
    assert has(first, {"voice_url": DEMO, "sms_url": "https://new.example/sms"})
    assert undo_files(home)[0].endswith(".undone")


def test_undo_leaves_the_method_of_others_urls(provision, rest_api):
    number = add_number(rest_api, NAMES[0], voice_url=DEMO, voice_method="GET",
                        sms_url=DEMO, sms_method="GET")
    done(provision("--all"))
    number.update(voice_url="https://new.example/voice")
    failed(provision("--undo"), "2 of 7 values were left as they are")
    assert has(number, {"voice_url": "https://new.example/voice", "voice_method": "POST",
                        "sms_url": DEMO, "sms_method": "GET"})


def test_one_that_is_refused(provision, rest_api, home):
    """The others are set, and can be put back."""
    numbers = [add_number(rest_api, name) for name in NAMES[:3]]
    rest_api.fail(*AS_IT_IS, None, Fault(400, b'{"code": 21402, "message": "no such thing"}'))
    out = failed(provision("--all"), "5 of 15 values could not be set")
    assert out.count("not set: Twilio answered 400: no such thing (code 21402)") == 5
    assert [number["voice_url"] for number in numbers] == [VOICE, None, VOICE]
    assert len(undo_files(home)) == 1
    done(provision("--undo"))
    assert not any(number["voice_url"] for number in numbers)


@pytest.mark.parametrize("fault, said", [
    (Fault(401, b'{"code": 20003, "message": "Authenticate"}'), "Twilio answered 401"),
    (Fault(403, b'{"code": 20403, "message": "Forbidden"}'), "Twilio answered 403"),
])
def test_stopped_halfway(provision, rest_api, home, fault, said):
    """What was changed is known, and can be put back."""
    numbers = [add_number(rest_api, name) for name in NAMES[:3]]
    rest_api.fail(*AS_IT_IS, None, fault)
    result = provision("--all")
    out = failed(result, said)
    assert "; 5 of 15 values were set" in result.stderr
    assert out.count(": set\n") == 5 and out.count(f"not set: {said}") == 5
    assert out.count("not tried") == 5 and "--undo" in out
    assert [number["voice_url"] for number in numbers] == [VOICE, None, None]
    done(provision("--undo"))
    assert not numbers[0]["voice_url"] and undo_files(home)[0].endswith(".undone")


def test_interrupted(environment, rest_api, home):
    """What it is at is finished, and what was changed is told."""
    numbers = [add_number(rest_api, name) for name in NAMES[:3]]
    answer = threading.Event()
    rest_api.fail(*AS_IT_IS, Fault(done=True, wait=answer))
    process = subprocess.Popen(
        command_line(environment, "provision", "--config", home / "hookswitch.conf", "--all"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})
    wait_until(lambda: numbers[0]["voice_url"], "the first is set")
    process.send_signal(signal.SIGINT)
    answer.set()
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (
        1, "hookswitch provision: interrupted; 5 of 15 values were set\n")
    assert output.count(": set\n") == 5 and output.count("not tried") == 10
    assert undo_files(home)[0] in output
    assert [number["voice_url"] for number in numbers] == [VOICE, None, None]


@pytest.mark.parametrize("fault", [Fault(done=True), Fault(500, b"", done=True),
                                   Fault(200, b"<html>", done=True), Fault(200, b"", done=True)])
def test_done_but_not_told(provision, rest_api, fault):
    """The resource is asked what it has now."""
    number = add_number(rest_api, NAMES[0])
    rest_api.fail(*AS_IT_IS, fault)
    done(provision("--all"))
    assert number["voice_url"] == VOICE
    assert [r.method for r in rest_api.requests] == ["GET"] * 3 + ["POST", "GET"]


def test_not_done_and_not_told(provision, rest_api):
    number = add_number(rest_api, NAMES[0])
    rest_api.fail(*AS_IT_IS, Fault())
    out = failed(provision("--all"), "5 of 5 values could not be set")
    assert out.count("not set: no whole answer from") == 5
    assert number["voice_url"] is None


def test_nobody_knows(provision, rest_api, home):
    add_number(rest_api, NAMES[0])
    rest_api.fail(*AS_IT_IS, Fault(done=True), *[Fault(500)] * 3)
    out = failed(provision("--all"), "0 of 5 values were set")
    assert out.count("perhaps set: no whole answer from") == 5
    assert len(undo_files(home)) == 1
    done(provision("--undo"))


def test_set_to_something_else(provision, rest_api):
    """What Twilio says it has now is what counts."""
    number = add_number(rest_api, NAMES[0])
    answer = {**number, **NUMBER, "sms_url": "https://example.com/"}
    rest_api.fail(*AS_IT_IS, Fault(200, json.dumps(answer).encode()))
    out = failed(provision("--all"), "1 of 5 values could not be set")
    assert "  SmsUrl: not set: Twilio has not taken it\n" in out


def test_old_values_are_kept_first(provision, rest_api, home, monkeypatch):
    """They are on disk when the first request to change something comes."""
    add_number(rest_api, NAMES[0], voice_url=DEMO)
    kept = []
    original = rest_incoming.set_members

    def set_members(*what):
        kept.extend((home / name).read_text() for name in undo_files(home))
        return original(*what)
    monkeypatch.setattr(rest_incoming, "set_members", set_members)
    done(provision("--all"))
    text, = kept
    assert json.loads(text)["changes"][0]["old"] == DEMO


@pytest.mark.skipif(not os.path.exists("/usr/bin/strace"), reason="there is no strace")
def test_old_values_are_synced_first(environment, rest_api, home):
    """The file and its directory, before the connection that changes something is made."""
    if environment.wrapper:
        pytest.skip("a wrapper cannot be traced")
    add_number(rest_api, NAMES[0])
    words = command_line(environment, "provision", "--config", home / "hookswitch.conf", "--all")
    traced = subprocess.run(
        ["strace", "-f", "-e", "trace=openat,fsync,sendto", "-o", home / "trace", *words],
        capture_output=True, env={"PATH": os.environ["PATH"]})
    if not (home / "trace").exists() or b"ptrace" in traced.stderr:
        pytest.skip("tracing is not allowed")
    assert traced.returncode == 0, traced
    lines = (home / "trace").read_text().splitlines()
    made = next(n for n, line in enumerate(lines) if ".undo-" in line and "O_EXCL" in line)
    first = next(n for n, line in enumerate(lines) if '"POST ' in line)
    assert [line.split()[1][:6] for line in lines[made:first]].count("fsync(") == 2
    assert all(line.endswith("= 0") for line in lines[made:first] if "fsync(" in line)


def test_nothing_is_changed_without_a_place_for_old_values(environment, rest_api, tmp_path):
    add_number(rest_api, NAMES[0])
    settings = {**SETTINGS, "HOOKSWITCH_TWILIO_API": rest_api.origin}
    check_failed(run(environment, "provision", "--all", **settings), 1,
                 "neither a settings file nor a spool; nothing was changed")
    exists = tmp_path / "exists"
    exists.touch()
    for path, said in ((tmp_path / "no/where", "No such file"), (exists, "File exists"),
                       ("/dev/full", "File exists"), ("x" * 5000, "too long")):
        result = run(environment, "provision", "--all", "--undo-file", path, **settings)
        check_failed(result, 1, said)
        assert "nothing was changed" in result.stderr
    check_failed(run(environment, "provision", "--all", HOOKSWITCH_SPOOL="/nonexistent", **settings),
                 1, 'could not make "/nonexistent/provision.undo-')
    assert posts(rest_api) == []


def test_nothing_is_changed_when_the_disk_is_full(environment, rest_api, home):
    add_number(rest_api, NAMES[0])
    if environment.wrapper:
        pytest.skip("a wrapper writes files of its own")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    words = command_line(environment, "provision", "--config", home / "hookswitch.conf", "--all")
    result = subprocess.run(words, capture_output=True, text=True, preexec_fn=limit,
                            env={"PATH": os.environ["PATH"]})
    check_failed(result, 1, "File too large; nothing was changed, since old values have to be kept")
    assert posts(rest_api) == [] and undo_files(home) == []


def test_other_places_for_old_values(environment, rest_api, tmp_path):
    """The spool, and a file of that name; the newest is used."""
    number = add_number(rest_api, NAMES[0])
    spool = tmp_path / "spool"
    spool.mkdir(0o700)
    settings = {**SETTINGS, "HOOKSWITCH_TWILIO_API": rest_api.origin, "HOOKSWITCH_SPOOL": str(spool)}
    done(run(environment, "provision", "--all", "--overrides", "rc=1", **settings))
    name, = undo_files(spool)
    assert name.startswith("provision.undo-")
    file = tmp_path / "mine"
    done(run(environment, "provision", "--all", "--overrides", "rc=2", "--undo-file", file,
             **settings))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done(run(environment, "provision", "--undo", "--undo-file", file, **settings))
    assert number["voice_url"].endswith("#rc=1") and not file.exists()
    assert (tmp_path / "mine.undone").exists()
    done(run(environment, "provision", "--undo", **settings))
    assert not number["voice_url"]


@pytest.mark.parametrize("text, said", [
    ("", "invalid JSON"),
    ('{"version": 1, "account_sid": "AC1", "changes": [', "invalid JSON"),
    ("[]", "it is none of ours"),
    ('{"version": 2, "account_sid": "AC1", "changes": []}', "it is of version 2"),
    ('{"version": 1, "account_sid": "AC1", "changes": [{}]}', "it has a change that is none"),
    ('{"version": 1, "account_sid": "AC1", "changes": [{"kind": "number", "sid": "PN1", "name": "",'
     ' "parameter": "FriendlyName", "old": "", "new": ""}]}', "it has a change that is none"),
    ('{"version": 1, "account_sid": "AC1", "changes": []}', 'no token for account "AC1"'),
    ('{"version": 1, "account_sid": "%s", "changes": [{"kind": "number", "sid": "../x", "name": "",'
     ' "parameter": "VoiceUrl", "old": "", "new": ""}]}' % ACCOUNT.sid, '"../x" is no SID'),
])
def test_files_that_are_none(provision, rest_api, tmp_path, text, said):
    file = tmp_path / "values"
    file.write_text(text)
    file.chmod(0o600)
    failed(provision("--undo", "--undo-file", file), said)
    assert posts(rest_api) == []


def test_files_of_others(provision, tmp_path):
    """Whoever can write one could lead webhooks anywhere; who can read one knows passwords."""
    file = tmp_path / "values"
    file.write_text("{}")
    file.chmod(0o644)
    check_failed(provision("--undo", "--undo-file", file), 1, "can be read or changed by others")
    check_failed(provision("--undo", "--undo-file", tmp_path / "none"), 1, "No such file")


def test_undo_is_for_the_account_whose_values_they_are(provision, rest_api):
    add_number(rest_api, NAMES[0])
    done(provision("--all", "--account", ACCOUNT.sid))
    check_failed(provision("--undo", "--account", "AC" + "2" * 32), 1,
                 f'are those of account "{ACCOUNT.sid}"')
    done(provision("--undo", TWILIO_ACCOUNT_SID="AC2"))


def test_quiet(provision, rest_api):
    add_number(rest_api, NAMES[0])
    assert done(provision("--all", "--quiet")) == ""
    assert done(provision("--check", "--quiet")) == ""
    bad = add_number(rest_api, NAMES[1], **{**NUMBER, "sms_url": DEMO})
    out = failed(provision("--check", "--quiet"), "1 of 10 URLs are not as they should be")
    assert out.splitlines() == [f"{NAMES[1]}  {bad['sid']}", "  SmsUrl: other URL",
                                f"      is        {DEMO}", f"      should be {SMS}"]


def test_json(provision, rest_api, home):
    add_number(rest_api, NAMES[0], trunk_sid="TK1")
    result = provision("--all", "--json")
    printed = json.loads(failed(result, "3 of 5 values were left"))
    assert [(c["parameter"], c["outcome"]) for c in printed["changes"]] == [
        ("VoiceUrl", "left"), ("VoiceFallbackUrl", "left"), ("StatusCallback", "left"),
        ("SmsUrl", "done"), ("SmsFallbackUrl", "done")]
    assert printed["undo_file"] == str(home / undo_files(home)[0])
    assert (printed["done"], printed["left"], printed["failed"]) == (2, 3, 0)
    assert printed["account_sid"] == ACCOUNT.sid


def test_pages(provision, rest_api):
    """As many as there are, of every list."""
    rest_api.page_most = 2
    numbers = [add_number(rest_api, name) for name in NAMES]
    services = [add_service(rest_api), add_service(rest_api), add_service(rest_api, *numbers)]
    for _ in range(3):
        add_application(rest_api)
    done(provision("--all"))
    assert all(number["voice_url"] == VOICE and not number["sms_url"] for number in numbers)
    assert services[2]["inbound_request_url"] == SMS
    assert all(a["voice_url"] == VOICE for a in rest_api.made("applications"))


def page(**members):
    return json.dumps({"incoming_phone_numbers": [], "next_page_uri": None, **members}).encode()


@pytest.mark.parametrize("body, said", [
    (b"", "Twilio's answer has no list of incoming_phone_numbers"),
    (b"{}", "Twilio's answer has no list of incoming_phone_numbers"),
    (b"[]", "Twilio's answer has no list of incoming_phone_numbers"),
    (b'{"incoming_phone_numbers": {}}', "Twilio's answer has no list of incoming_phone_numbers"),
    (page(next_page_uri="@example.org/"), '"@example.org/" is no path'),
    (page(next_page_uri=".example.org/x"), '".example.org/x" is no path'),
    (page(next_page_uri="/" + "x" * 20000), "address is too long"),
    (page(next_page_uri=f"/2010-04-01/Accounts/{ACCOUNT.sid}/IncomingPhoneNumbers.json?PageSize=1000"
          ), "leads to the same page again"),
])
def test_pages_that_are_none(provision, rest_api, body, said):
    faults = [Fault(200, body)]
    if "same page" in said:
        faults *= 2
    rest_api.fail(*faults)
    check_failed(provision("--check"), 1, said)


def test_pages_lead_to_no_other_host(provision, rest_api):
    path = f"/2010-04-01/Accounts/{ACCOUNT.sid}/IncomingPhoneNumbers.json?Page=0"
    rest_api.fail(Fault(200, page(next_page_uri="https://example.org" + path)))
    add_number(rest_api, NAMES[0], **NUMBER)
    assert "5 of 5 URLs" in done(provision("--check"))


@pytest.mark.parametrize("faults, requests", [
    ([Fault(500, b"")], 4), ([Fault()], 4), ([Fault(502, b"<html>"), Fault(200, b"<html>")], 5),
    ([Fault(429, b""), Fault(429, b"")], 5)])
def test_reading_is_tried_again(provision, rest_api, faults, requests):
    rest_api.fail(*faults)
    done(provision("--check"))
    assert len(rest_api.requests) == requests


def test_reading_fails_in_the_end(provision, rest_api):
    rest_api.fail(*[Fault(500, b"")] * 3)
    check_failed(provision("--all"), 1, "Twilio answered 500")
    assert len(rest_api.requests) == 3


def test_odd_resources(provision, rest_api):
    """What somebody called a service commands no terminal; a SID that is none leads nowhere."""
    add_service(rest_api, **SERVICE, friendly_name="a\x1b[31mb\nc")
    assert "a\\x1B[31mb\\x0Ac  MG" in done(provision("--check"))
    rest_api.reset()
    add_service(rest_api, **SERVICE)["sid"] = "../../v1/Services"
    check_failed(provision("--check"), 1, 'with the SID "../../v1/Services"')


def test_colours_are_for_terminals(environment, rest_api, home):
    add_number(rest_api, NAMES[0])
    words = command_line(environment, "provision", "--config", home / "hookswitch.conf", "--check")
    result = subprocess.run(
        ["script", "-qec", shlex.join(words), "/dev/null"],
        capture_output=True, env={"PATH": os.environ["PATH"], "TERM": "xterm"})
    assert b"\x1b[31m" in result.stdout and b"reading phone numbers" in result.stdout
    assert b"\x1b" not in run(environment, *words[1:]).stdout.encode()


@pytest.mark.parametrize("words, said", [
    ([], "name numbers or SIDs, or give --all"),
    (["--dry-run"], "name numbers or SIDs, or give --all"),
    (["--all", NAMES[0]], "--all is everything"),
    (["5551230001"], "is neither a number like"),
    (["CA" + "1" * 32], "is neither a number like"),
    (["PN12"], "is neither a number like"),
    (["--check", "--dry-run"], "exclude each other"),
    (["--check", "--undo-file", "x"], "--undo-file is for changes"),
    (["--undo", NAMES[0]], "takes nothing beside it"),
    (["--undo", "--all"], "takes nothing beside it"),
    (["--undo", "--check"], "takes nothing beside it"),
    (["--undo", "--site", SITE], "takes nothing beside it"),
    (["--all", "--overrides", "rc=x"], '"rc" must be'),
    (["--all", "--site", "example.com"], "--site must look like"),
    (["--all", "--fallback", "example.com"], "--fallback must look like"),
])
def test_called_wrongly(provision, rest_api, words, said):
    check_failed(provision(*words), 2, said)
    assert rest_api.requests == []


def test_names_that_the_account_lacks(provision, rest_api):
    add_number(rest_api, NAMES[0])
    for word in (NAMES[1], "PN" + "1" * 32, "MG" + "1" * 32):
        check_failed(provision(NAMES[0], word), 1, f'account "{ACCOUNT.sid}" has no "{word}"')
    assert posts(rest_api) == []
