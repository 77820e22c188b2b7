"""hookswitch backfill where something goes wrong: nothing is lost, and nothing is done twice."""

import json
import re
import signal
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import rest_history as rest
from backfill import (SPAN, asked, backfill, interrupt, numbers, one_account, place, start,
                      write_settings)
from command import check_failed, run
from faults import connected
from pgwatch import PostgresWatch
from processes import wait_until
from rest_api import Fault
from stories import DAY, add, add_messages, recorded_call, tell
from twilio import new_sid


@pytest.fixture
def site(tmp_path, settings, rest_api, database):
    """The settings file of a site whose REST API is the stand-in, and whose tables are empty."""
    return write_settings(tmp_path / "hookswitch.conf", settings,
                          HOOKSWITCH_TWILIO_API=rest_api.origin)


@pytest.mark.parametrize("faults", [
    [Fault(429, b'{"code": 20429, "message": "Too Many Requests", "status": 429}')],
    [Fault(429, headers={"Retry-After": "1"})],
    [Fault(503, b"<html>upstream</html>"), Fault(500)],
    [Fault(), Fault()],
], ids=["429", "retry-after", "5xx", "dropped"])
def test_faults_in_the_middle_of_paging(environment, site, rest_api, database, account, faults):
    sids = add_messages(rest_api, account, 1500)
    left = interrupt(rest_api, "Messages.json", 1, *faults)
    found = backfill(environment, site, *SPAN, "--only", "messages")
    assert left == []
    assert numbers(found, "read", "missing", "stored") == {"messages": (1500, 1500, 1500)}
    assert {row["sid"] for row in database.rows("SELECT sid FROM hookswitch.messages")} == set(sids)


def test_fault_that_stays(environment, site, rest_api, database, account):
    """What was read before is stored, the place stays, and the other kinds are read."""
    add_messages(rest_api, account, 1500)
    tell(rest_api, recorded_call(account))
    interrupt(rest_api, "Messages.json", 1, *[Fault(503)] * 3)
    result = run(environment, "backfill", "--config", site, *SPAN, "--only", "messages,recordings")
    assert result.returncode == 1
    assert result.stderr == ("hookswitch backfill: messages of 2025-10-08: Twilio answered 503\n")
    assert place(database, "messages") is None
    assert place(database, "recordings") == datetime(2025, 10, 9, tzinfo=timezone.utc)
    assert [line.split() for line in result.stdout.splitlines()[1:]] == [
        ["messages", "1000", "1000", "0", "1000", "0"], ["recordings", "1", "1", "0", "1", "0"]]
    again = backfill(environment, site, *SPAN, "--only", "messages")
    assert numbers(again, "read", "missing", "stored") == {"messages": (1500, 500, 500)}


@pytest.mark.parametrize("body, said", [
    (b'{"messages": {}, "next_page_uri": null}', "Twilio's answer has no list of messages"),
    (b'{"calls": []}', "Twilio's answer has no list of messages"),
    (b'{"messages": [', "Twilio's answer is not JSON"),
    (b"", "Twilio's answer has no list of messages"),
])
def test_malformed_page(environment, site, rest_api, database, account, body, said):
    add_messages(rest_api, account, 1500)
    interrupt(rest_api, "Messages.json", 1, *[Fault(200, body)] * 6)
    result = run(environment, "backfill", "--config", site, *SPAN, "--only", "messages", "--quiet")
    assert result.returncode == 1
    assert f"messages of 2025-10-08: {said}" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert place(database, "messages") is None
    assert database.counts()["messages"] == 1000


def test_malformed_resources(environment, site, rest_api, database, account):
    """One that is none is refused and told of; it holds up no other."""
    add_messages(rest_api, account, 2)
    add(rest_api, "messages", None, 7, [], {"sid": 7}, {"status": "delivered"}, {"sid": "SM0"},
        {"sid": "S" * 300, "status": "sent"})
    result = run(environment, "backfill", "--config", site, *SPAN, "--only", "messages")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert result.returncode == 1
    assert result.stderr == "hookswitch backfill: 6 refused; --verbose tells why\n"
    assert lines[:6] == [["missing", "message", ";", "refused:", "it", "has", "no", "SID"]] * 6
    assert lines[-1] == ["messages", "9", "8", "0", "2", "6"]
    assert database.counts()["messages"] == 2


def test_list_without_end(environment, site, rest_api, account):
    add_messages(rest_api, account, 1)
    page = json.dumps({"messages": [], "next_page_uri": "/2010-04-01/Accounts/"
                       f"{account.sid}/Messages.json?Page=1&PageToken=PT0"}).encode()
    interrupt(rest_api, "Messages.json", 0, Fault(200, page))
    rest_api.resources["interrupt"] = lambda request: Fault(200, page)
    result = run(environment, "backfill", "--config", site, *SPAN, "--only", "messages")
    assert result.returncode == 1
    assert "leads to the same page again" in result.stderr


def test_database_away(environment, site, rest_api, cluster, account):
    add_messages(rest_api, account, 10)
    with cluster.stopped():
        check_failed(run(environment, "backfill", "--config", site, *SPAN), 1,
                     "could not connect to the database")
    assert rest_api.requests == []


def test_database_goes_away(environment, site, rest_api, cluster, account):
    """Between two pages. The place is not moved; what is committed stays."""
    add_messages(rest_api, account, 1500)
    stopping = []

    def hook(request):
        if request.get("Page") == "1" and not stopping:
            stopping.append(True)
            cluster.stop()
        return None
    rest_api.resources["interrupt"] = hook
    result = run(environment, "backfill", "--config", site, *SPAN, "--only", "messages")
    cluster.start()
    assert result.returncode == 1
    assert result.stderr.startswith("hookswitch backfill: messages of 2025-10-08: ")
    assert len(result.stderr.splitlines()) == 1
    with connected(cluster) as database:
        assert place(database, "messages") is None
        assert database.counts()["messages"] == 1000
        found = backfill(environment, site, *SPAN, "--only", "messages")
        assert numbers(found, "missing", "stored") == {"messages": (500, 500)}
        assert place(database, "messages") == datetime(2025, 10, 9, tzinfo=timezone.utc)


def test_killed_and_run_again(environment, site, rest_api, database, account):
    """While it waits for the second page of the second day."""
    early = add_messages(rest_api, account, 3, DAY - timedelta(days=1))
    sids = add_messages(rest_api, account, 1500)
    release = threading.Event()
    interrupt(rest_api, "Messages.json", 1, Fault(503, wait=release))
    span = ("--since", "2025-10-07", "--until", "2025-10-08", "--only", "messages")
    process = start(environment, "backfill", "--config", site, *span)
    wait_until(lambda: database.counts()["messages"] == 1003, "the first page is stored")
    process.kill()
    process.communicate()
    release.set()
    wait_until(lambda: not connections(database), "the server has noticed")
    assert place(database, "messages") == datetime(2025, 10, 8, tzinfo=timezone.utc)

    rest_api.requests.clear()
    # Nobody says from when on: it knows.
    found = backfill(environment, site, "--until", "2025-10-08", "--only", "messages")
    assert numbers(found, "read", "missing", "stored") == {"messages": (1503, 500, 500)}
    stored = {row["sid"] for row in database.rows("SELECT sid FROM hookswitch.messages")}
    assert stored == {*early, *sids}
    # Each message is two callbacks; nothing is in the ledger twice.
    assert database.counts()["webhook_events"] == 2 * len(stored)
    assert asked(rest_api, "Messages.json")[0].get("DateSent>") == "2025-10-05"


def connections(database):
    """The command's; one that was killed has let its account go when there is none any more."""
    return database.rows("SELECT pid FROM pg_stat_activity"
                         " WHERE application_name = 'hookswitch-backfill'")


def test_interrupted(environment, site, rest_api, database, account):
    """It ends behind the page that it is at, and says what it has done."""
    add_messages(rest_api, account, 1500)
    sent = []

    def hook(request):
        if request.path.endswith("Messages.json") and not sent:
            process.send_signal(signal.SIGINT)
            sent.append(True)
        return None
    rest_api.resources["interrupt"] = hook
    process = start(environment, "backfill", "--config", site, *SPAN)
    output, errors = process.communicate()
    assert (process.returncode, errors) == (1, "hookswitch backfill: messages of 2025-10-08:"
                                               " interrupted; what is stored stays stored\n")
    assert output.splitlines()[-1].split() == ["messages", "1000", "1000", "0", "1000", "0"]
    assert place(database, "calls") == datetime(2025, 10, 9, tzinfo=timezone.utc)
    assert place(database, "messages") is None


def test_interrupted_where_it_has_to_wait(environment, site, rest_api):
    """Nobody who wants it to end waits for what Twilio asks."""
    rest_api.fail(Fault(429, headers={"Retry-After": "60"}))
    process = start(environment, "backfill", "--config", site, *SPAN)
    wait_until(lambda: rest_api.requests, "it has asked")
    process.send_signal(signal.SIGINT)
    try:
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, errors) == (
        1, "hookswitch backfill: calls of 2025-10-08: interrupted\n")
    assert len(rest_api.requests) == 1


def test_two_at_a_time(environment, site, rest_api, database, account):
    add_messages(rest_api, account, 1)
    release = threading.Event()
    reached = interrupt(rest_api, "Messages.json", 0, Fault(503, wait=release))
    words = ("backfill", "--config", site, *SPAN, "--only", "messages")
    process = start(environment, *words)
    wait_until(lambda: reached == [], "the first one asks Twilio")
    check_failed(run(environment, *words), 1,
                 f"another backfill of account {account.sid} is running")
    dry = run(environment, *words, "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    release.set()
    output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert place(database, "messages") is not None
    assert run(environment, *words).returncode == 0


def test_one_after_the_other(environment, settings, rest_api, cluster, database, account, tmp_path):
    """The next one may begin at once, however late the database notices that this one has ended."""
    add_messages(rest_api, account, 1)
    watch = PostgresWatch(cluster.port, keeps_sessions=True)
    try:
        site = write_settings(tmp_path / "hookswitch.conf", settings,
                              HOOKSWITCH_TWILIO_API=rest_api.origin,
                              HOOKSWITCH_DATABASE=cluster.tcp_conninfo(watch.port))
        for missing in (1, 0):
            found = backfill(environment, site, *SPAN, "--only", "messages")
            assert numbers(found, "read", "missing") == {"messages": (1, missing)}
    finally:
        watch.close()


def test_token_that_is_not_right(environment, site, rest_api, settings, tmp_path):
    wrong = write_settings(tmp_path / "wrong.conf", settings, TWILIO_AUTH_TOKEN="0" * 32,
                           HOOKSWITCH_TWILIO_API=rest_api.origin)
    result = run(environment, "backfill", "--config", wrong, *SPAN)
    assert result.returncode == 1
    assert result.stderr == ("hookswitch backfill: calls of 2025-10-08: Twilio answered 401:"
                             " Authenticate (code 20003); is the token in the settings that"
                             " account's? (and 3 more failed)\n")


def test_no_answer_at_all(environment, settings, tmp_path, database):
    """Twilio cannot be reached: one failure is enough."""
    away = write_settings(tmp_path / "away.conf", settings,
                          HOOKSWITCH_TWILIO_API="http://127.0.0.1:9")
    result = run(environment, "backfill", "--config", away, *SPAN)
    check_failed(result, 1, 'calls of 2025-10-08: could not reach "127.0.0.1"')
    assert "more failed" not in result.stderr


def test_several_accounts(environment, settings, rest_api, database, tmp_path, account):
    """Each is named; one that cannot be read holds up no other."""
    other = "AC" + "9" * 32
    accounts = tmp_path / "accounts"
    accounts.write_text(f"{other} {'1' * 32}\n{account.sid} {account.token}\n")
    accounts.chmod(0o600)
    site = write_settings(tmp_path / "hookswitch.conf", settings,
                          HOOKSWITCH_TWILIO_API=rest_api.origin, HOOKSWITCH_ACCOUNTS=accounts)
    add_messages(rest_api, account, 1)
    words = ("backfill", "--config", site, *SPAN, "--only", "messages")
    result = run(environment, *words)
    assert result.returncode == 1
    assert result.stderr.startswith(f"hookswitch backfill: {other}: messages of 2025-10-08:"
                                    " Twilio answered 401: Authenticate")
    assert account.sid in result.stdout
    assert database.counts()["messages"] == 1
    one = run(environment, *words, "--account", account.sid)
    assert (one.returncode, one.stderr) == (0, "")
    assert account.sid not in one.stdout
    check_failed(run(environment, *words, "--account", "AC" + "0" * 32), 1,
                 'there is no token for account "AC000')


def test_memory_does_not_grow(environment, site, rest_api, account):
    """Sixty pages take no more than six."""
    if environment.wrapper:
        pytest.skip("a sanitizer keeps what was freed")
    page = [rest.message(account, new_sid("SM")) for _ in range(1000)]
    path = f"/2010-04-01/Accounts/{account.sid}/Messages.json?PageToken=PT1&Page="

    def peak(pages):
        def hook(request):
            number = int(request.get("Page", "0")) + 1
            if number == pages:
                status = Path(f"/proc/{process.pid}/status").read_text()
                peaks.append(int(re.search(r"VmHWM:\s*(\d+)", status)[1]))
            return Fault(200, json.dumps({"messages": page, "next_page_uri": f"{path}{number}"
                                          if number < pages else None}).encode())
        peaks = []
        rest_api.resources["interrupt"] = hook
        process = start(environment, "backfill", "--config", site, *SPAN, "--only", "messages",
                        "--dry-run", "--json")
        output, _ = process.communicate()
        assert one_account(json.loads(output))["messages"]["read"] == 1000 * pages
        return peaks[0]
    few, many = peak(6), peak(60)
    assert many < few + 2048, (few, many)
