"""hookswitch status: how the site is, at a glance."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
import payloads
from command import check_failed, newest_schema, run, run_json
from faults import NOWHERE, administer, connected
from processes import wait_until
from terminal import run_on_terminal
from test_health import schema_away, schema_version
from twilio import new_sid

PARTS = ["database", "spool", "webhooks", "stuck_calls", "debugger", "undelivered"]


@pytest.fixture
def spool(tmp_path):
    path = tmp_path / "spool"
    for folder in ("new", "tmp", "rejected", "unreadable"):
        (path / folder).mkdir(parents=True)
    return path


@pytest.fixture
def site(environment, cluster, database, spool):
    """Whose status is asked, in words or as JSON."""
    return Site(environment, {"HOOKSWITCH_DATABASE": cluster.conninfo,
                              "HOOKSWITCH_SPOOL": str(spool)})


class Site:
    def __init__(self, environment, settings):
        self.environment = environment
        self.settings = settings

    def ask(self, *words, **changes):
        return run(self.environment, "status", *words, **{**self.settings, **changes})

    def json(self, **changes):
        printed, status = run_json(self.environment, "status", **{**self.settings, **changes})
        assert list(printed) == [*PARTS, "needs_attention", "unknown", "ok"]
        assert status == (0 if printed["ok"] else 1)
        assert printed["ok"] == (not printed["needs_attention"] and not printed["unknown"])
        return printed

    def lines(self, part, *words, **changes):
        """Those of a part, one blank between words, "!" before what needs attention."""
        printed = self.ask(*words, **changes).stdout.splitlines()
        return [" ".join(line.split()) for line in printed if line[2:].startswith(part)]


def well(site):
    result = site.ask()
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def needs_attention(site, *parts, **changes):
    """These and no others do; all that says so says the same."""
    printed = site.json(**changes)
    assert printed["needs_attention"] == list(parts)
    result = site.ask("--quiet", **changes)
    heading, *lines = result.stdout.splitlines()
    assert heading.split() == ["last", "hour", "day"]
    assert all(line.startswith("! ") for line in lines)
    titles = [part.replace("_", " ") for part in parts]
    assert list(dict.fromkeys(line[2:14].strip() for line in lines)) == titles
    assert result.stderr.startswith("hookswitch status: needs attention: " + ", ".join(titles))
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    return printed


def test_all_is_well(site, environment, twilio, account):
    for _ in range(3):
        twilio.send("sms", payloads.inbound_sms(account, new_sid("SM")))
    assert "!" not in well(site)
    assert [line.split(",")[1] for line in site.lines("database")] == [
        f" schema version {newest_schema(environment)}"]
    assert site.lines("spool") == ["spool nothing waits"]
    (line,) = site.lines("webhooks")
    assert line.startswith("webhooks sms message ") and line.endswith(" s 3 3")
    assert site.lines("stuck calls") == ["stuck calls none"]
    quiet = site.ask("--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    printed = site.json()
    (webhooks,) = printed["webhooks"]
    assert (webhooks["endpoint"], webhooks["kind"], webhooks["account_sids"],
            webhooks["events_1h"], webhooks["is_unusual"]) == (
        "sms", "message", [account.sid], 3, False)
    assert printed["database"]["schema_version"] == str(newest_schema(environment))
    assert not printed["database"]["read_only"]


def test_a_new_site(site):
    """Nothing has come yet, and nothing is wrong with that."""
    assert "none has come yet" in well(site)
    assert site.json(HOOKSWITCH_SPOOL="")["spool"] is None
    assert site.lines("spool", HOOKSWITCH_SPOOL="") == ["spool off: HOOKSWITCH_SPOOL is not set"]


def test_it_writes_nothing(site, database, spool):
    well(site)
    assert not any(database.counts().values())
    assert [path.name for path in spool.rglob("*") if path.is_file()] == []


def test_database_away(site, spool):
    """What is on this host is told all the same."""
    (spool / "new" / "one").write_text("x")
    result = site.ask(HOOKSWITCH_DATABASE=NOWHERE)
    assert result.returncode == 1
    assert result.stderr == ("hookswitch status: needs attention: database; not known: webhooks,"
                             " stuck calls, debugger, undelivered\n")
    assert "! database     could not connect to the database: " in result.stdout
    assert "  spool        1 waiting, the oldest for " in result.stdout
    assert result.stdout.count("not known: there is no connection to the database") == 4
    printed = site.json(HOOKSWITCH_DATABASE=NOWHERE)
    assert [name for name in PARTS if printed[name] is None] == [
        name for name in PARTS if name != "spool"]
    assert "could not connect" in printed["unknown"]["database"]


def test_no_setting(site):
    printed = site.json(HOOKSWITCH_DATABASE="")
    assert 'setting "HOOKSWITCH_DATABASE" is missing' in printed["unknown"]["database"]
    assert ('! database     setting "HOOKSWITCH_DATABASE" is missing; name the settings file by'
            ' --config\n') in site.ask(HOOKSWITCH_DATABASE="").stdout
    check_failed(site.ask("--config", "/nonexistent"), 1, "/nonexistent")


def test_schema(site, environment, cluster):
    with schema_away(cluster):
        printed = site.json()
        assert printed["needs_attention"] == ["database"]
        assert printed["database"]["schema_version"] is None
        assert printed["unknown"]["webhooks"] == 'there is no schema "hookswitch"'
        assert "hookswitch migrate" in site.lines("database")[0]
    for version, mend in ((0, 'run "hookswitch migrate"'), (999, "upgrade it")):
        with schema_version(cluster, version):
            needs_attention(site, "database")
            newest = newest_schema(environment)
            assert site.lines("database")[0].endswith(f"goes with {newest}: {mend}")
    with faults.read_only(cluster):
        assert needs_attention(site, "database")["database"]["read_only"] is True
    well(site)


def waits(path, seconds):
    path.write_text("x")
    os.utime(path, (time.time() - seconds,) * 2)


def test_spool(site, spool):
    waits(spool / "new" / "one", 500)
    assert site.lines("spool") == ["spool 1 waiting, the oldest for 8 min"]
    waits(spool / "new" / "two", 3 * 3600 + 5)
    printed = needs_attention(site, "spool")
    assert printed["spool"]["waiting"] == 2
    assert 3 * 3600 + 5 <= printed["spool"]["waiting_seconds"] < 3 * 3600 + 60
    assert site.lines("spool") == ["! spool 2 waiting, the oldest for 3 h"]
    shutil.rmtree(spool / "new")
    for name in ("rejected/a", "rejected/a.reason", "unreadable/b", "unreadable/c"):
        (spool / name).write_text("x")
    printed = needs_attention(site, "spool")
    assert (printed["spool"]["rejected"], printed["spool"]["unreadable"]) == (1, 2)
    assert site.lines("spool") == [
        "spool nothing waits",
        "! spool 1 set aside as rejected and 2 as unreadable: see the .reason beside each"]


def test_spool_that_is_not_there(site, spool):
    shutil.rmtree(spool)
    result = site.ask("--quiet")
    assert result.stderr == "hookswitch status: not known: spool\n"
    assert f'not known: could not open "{spool}/": No such file' in result.stdout
    assert site.json()["unknown"]["spool"] == (
        f'could not open "{spool}/": No such file or directory')


def add_events(database, ago, n, kind="message", account="AC1"):
    database.connection.cursor().execute(
        "INSERT INTO hookswitch.webhook_events (event_key, account_sid, endpoint, received_at,"
        " occurred_at, params, source, kind) SELECT sha256(random()::text::bytea), %s, 'sms',"
        " now() - %s::interval, now(), '{}', 'webhook', %s FROM generate_series(1, %s)",
        (account, ago, kind, n))


def test_silence(site, database):
    """Of one account, and not for ever."""
    add_events(database, "7 days 30 minutes", 7)
    add_events(database, "7 days 30 minutes", 7, account="AC2")
    add_events(database, "10 minutes", 1, account="AC2")
    add_events(database, "60 days", 9, kind="message-status")
    silent, gone = needs_attention(site, "webhooks")["webhooks"][1:]
    assert (silent["account_sids"], silent["kind"]) == (["AC1"], "message")
    assert gone["kind"] == "message-status"
    lines = site.lines("webhooks")
    assert lines[0].startswith("webhooks sms message 10 min 1 1")
    assert lines[1] == ("! webhooks sms message 7 d 0 0 unusually silent: in as much time a week"
                        " before 7 came to AC1")


def test_stuck_calls(site, database):
    def stuck(sid, ago):
        database.connection.cursor().execute(
            "INSERT INTO hookswitch.calls (sid, account_sid, status, direction, created_at,"
            " updated_at) VALUES (%s, 'AC1', 'ringing', 'outbound-api', now() - %s::interval,"
            " now() - %s::interval)", (sid, ago, ago))

    stuck("CA1", "3 days")
    well(site)
    assert site.lines("stuck calls") == ["stuck calls ringing 3 d 0 1 in all"]
    stuck("CA2", "30 minutes")
    (calls,) = needs_attention(site, "stuck_calls")["stuck_calls"]
    assert (calls["status"], calls["calls_24h"], calls["calls"]) == ("ringing", 1, 2)
    assert site.lines("stuck calls") == ["! stuck calls ringing 30 min 1 2 in all"]


def test_debugger(site, database):
    def report(sid, code, ago, level="ERROR", url="https://example.com/api/webhooks/sms",
               message="theirs \033[2J"):
        database.connection.cursor().execute(
            "INSERT INTO hookswitch.debugger_events (sid, account_sid, level, error_code, url,"
            " message, occurred_at) VALUES (%s, 'AC1', %s, %s, %s, %s, now() - %s::interval)",
            (sid, level, code, url, message, ago))

    report("NO1", 11200, "2 hours")
    report("NO2", 1, "5 minutes", level="WARNING")
    report("NO3", 30003, "5 minutes", url=None)
    report("NO4", 11200, "2 days")
    assert "theirs \\x1B[2J" in well(site)
    assert "debugger 11200 Webhook failed 2 h 0 1 https://example.com/api/webhooks/sms" in (
        site.lines("debugger"))
    report("NO5", 11200, "5 minutes")
    first = needs_attention(site, "debugger")["debugger"][0]
    assert (first["error_code"], first["reports_1h"], first["reports_24h"]) == (11200, 1, 2)
    assert first["explanation"].startswith("Our server did not answer")


def test_undelivered(site, database):
    def messages(status, n, code=None, direction="outbound"):
        database.connection.cursor().execute(
            "INSERT INTO hookswitch.messages (sid, account_sid, direction, status, error_code,"
            " created_at, updated_at) SELECT 'SM' || gen_random_uuid(), 'AC1', %s, %s, %s,"
            " now() - interval '3 hours', now() - interval '2 hours' FROM generate_series(1, %s)",
            (direction, status, code, n))

    messages("undelivered", 9, 30003)
    messages("failed", 20, direction="inbound")
    messages("sent", 10)
    well(site)
    messages("delivered", 41)
    messages("failed", 1)
    well(site)  # 10 of 51
    messages("failed", 1)
    lines = site.lines("undelivered")
    assert lines == [
        "! undelivered all 2 h 0 11 21 % of 52 of which the end is known",
        "undelivered 30003 Recipient's phone unreachable 2 h 0 9",
        "undelivered no error code 2 h 0 2"]
    every = needs_attention(site, "undelivered")["undelivered"]
    assert [row["messages_24h"] for row in every] == [11, 9, 2]
    assert every[0]["ended_24h"] == 52


def test_a_part_that_cannot_be_asked(site, cluster):
    """The others can."""
    administer(cluster, "REVOKE SELECT ON hookswitch.stuck_calls FROM site")
    try:
        result = site.ask()
        assert result.stderr == "hookswitch status: not known: stuck calls\n"
        assert ('! stuck calls  not known: query "status_calls" failed: permission denied for view'
                " stuck_calls\n") in result.stdout
        printed = site.json()
        assert printed["stuck_calls"] is None and printed["webhooks"] == []
        assert printed["debugger"] == [] and list(printed["unknown"]) == ["stuck_calls"]
    finally:
        administer(cluster, "GRANT SELECT ON hookswitch.stuck_calls TO site")


def test_a_part_that_takes_too_long(site, cluster):
    with connected(cluster) as database:
        database.connection.autocommit = False
        database.connection.cursor().execute("LOCK TABLE hookswitch.debugger_events"
                                             " IN ACCESS EXCLUSIVE MODE")
        printed = site.json()
    assert list(printed["unknown"]) == ["webhooks", "debugger"], "the view asks the table, too"
    assert "statement timeout" in printed["unknown"]["debugger"]
    assert printed["undelivered"] == []


def test_the_connection_breaks_off(site, cluster, database):
    """While a part is asked: what came before is told, and what comes after cannot be."""
    def asks():
        return database.rows("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                             " AND application_name = 'hookswitch-status'")

    with connected(cluster) as other, ThreadPoolExecutor() as pool:
        other.connection.autocommit = False
        other.connection.cursor().execute("LOCK TABLE hookswitch.calls IN ACCESS EXCLUSIVE MODE")
        printed = pool.submit(site.json)
        wait_until(asks, "it waits for the table")
        database.rows("SELECT pg_terminate_backend(%s)", asks()[0]["pid"])
        printed = printed.result()
    assert list(printed["unknown"]) == ["stuck_calls", "debugger", "undelivered"]
    assert "terminating connection" in printed["unknown"]["stuck_calls"]


def test_colours_on_a_terminal(site, spool):
    waits(spool / "new" / "one", 3600)
    words = (site.environment, "status")
    seen = run_on_terminal(*words, whole=True, **site.settings)[1]
    assert "\033[31m! spool        1 waiting, the oldest for 60 min\033[0m\r\n" in seen
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\033" not in run_on_terminal(*words, whole=True, **site.settings, **variables)[1]
    assert "\033" not in site.ask().stdout


def test_called_in_a_wrong_way(environment):
    check_failed(run(environment, "status", "more"), 2, 'unexpected argument "more"')
