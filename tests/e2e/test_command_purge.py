"""hookswitch purge: what is old goes, in batches."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from command import check_failed, command_line, run, run_json
from faults import administer, connected
from processes import wait_until
from terminal import CLEAR, Terminal, run_on_terminal

OLD = ["--older-than", "90 days"]


@pytest.fixture
def site(environment, cluster, database):
    return Site(environment, cluster, database)


class Site:
    def __init__(self, environment, cluster, database):
        self.environment = environment
        self.settings = {"HOOKSWITCH_DATABASE": cluster.conninfo}
        self.database = database

    def fill(self, n, ago):
        """Each a message with its two webhooks."""
        cursor = self.database.connection.cursor()
        cursor.execute(
            "INSERT INTO hookswitch.messages (sid, account_sid, direction, created_at, updated_at)"
            " SELECT 'SM' || gen_random_uuid(), 'AC1', 'outbound', now() - %s::interval,"
            " now() - %s::interval FROM generate_series(1, %s)", (ago, ago, n))
        cursor.execute(
            "INSERT INTO hookswitch.webhook_events (event_key, account_sid, endpoint, received_at,"
            " occurred_at, params, source) SELECT sha256(gen_random_uuid()::text::bytea), 'AC1',"
            " 'status', now() - %s::interval, now(), '{}', 'webhook'"
            " FROM generate_series(1, 2 * %s)", (ago, n))

    def purge(self, *words, **more):
        return run(self.environment, "purge", *words, **{**self.settings, **more})

    def left(self):
        counts = self.database.counts()
        return counts["messages"], counts["webhook_events"]


def test_all_that_is_old(site):
    site.fill(1200, "91 days")
    site.fill(50, "89 days")
    told, status = run_json(site.environment, "purge", *OLD, "--dry-run", **site.settings)
    assert status == 0 and site.left() == (1250, 2500), "a dry run deletes nothing"
    assert (told["rows"], told["dry_run"], told["batches"]) == (3600, True, 0)
    done, status = run_json(site.environment, "purge", *OLD, "--batch", 1000, **site.settings)
    assert status == 0 and site.left() == (50, 100)
    assert done["tables"] == told["tables"] and done["tables"]["messages"] == 1200
    assert (done["rows"], done["complete"], done["older_than"]) == (3600, True, "90 days")
    assert done["batches"] == 4, "1000 of each, 200 and 1000, 400, and none"
    again = site.purge(*OLD)
    assert (again.returncode, again.stdout.split()) == (0, ["deleted", "0"])


def test_it_ends(site):
    """Rows grow old meanwhile: a few that are left over are no reason to go on and on."""
    site.fill(1005, "91 days")
    done, _ = run_json(site.environment, "purge", *OLD, "--batch", 1000, **site.settings)
    assert (done["rows"], done["batches"]) == (3015, 3), "2000, 1005, and 10"
    assert site.left() == (0, 0)


def test_rooms(site):
    """Of these it takes a tenth, which must not look like the last ones."""
    site.database.connection.cursor().execute(
        "INSERT INTO hookswitch.rooms (sid, account_sid, started_at)"
        " SELECT 'RM' || n, 'AC1', now() - interval '91 days' FROM generate_series(1, 250) AS n")
    done, _ = run_json(site.environment, "purge", *OLD, "--batch", 1000, **site.settings)
    assert (done["tables"]["rooms"], done["batches"]) == (250, 3)


def test_words(site):
    site.fill(3, "91 days")
    lines = site.purge(*OLD, "--dry-run").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["messages", "3"], ["webhook_events", "6"], ["would", "be", "deleted", "9"]]
    result = site.purge(*OLD, "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert site.left() == (0, 0)


@pytest.mark.parametrize("words, said", [
    ([], "say how old by --older-than, such as --older-than '90 days'"),
    (["90 days"], 'unexpected argument "90 days"'),
    (["--older-than", "23 hours"], "23:00:00 is too short a time; it has to be a day at least"),
    (["--older-than", "-90 days"], "-90 days is too short a time"),
    (["--older-than", "90"], "00:01:30 is too short a time"),
    (["--older-than", "next week"], 'invalid input syntax for type interval: "next week"'),
    (["--older-than", ""], "invalid input syntax for type interval"),
    (["--older-than", "23 hours", "--dry-run"], "is too short a time"),
    ([*OLD, "--interactive"], "--interactive needs a terminal"),
    ([*OLD, "--interactive", "--dry-run"], "--interactive and --dry-run exclude each other"),
    ([*OLD, "--batch", "0"], "needs a number from 1 to 1000000"),
])
def test_called_in_a_wrong_way(site, words, said):
    site.fill(1, "10 years")
    check_failed(site.purge(*words), 2, said)
    assert site.left() == (1, 2)


def test_who_may_not(site, cluster):
    """A login that has the rights of an endpoint does not own the tables."""
    administer(cluster, "REVOKE EXECUTE ON FUNCTION hookswitch.purge FROM site")
    try:
        check_failed(site.purge(*OLD), 1, "permission denied for function purge")
    finally:
        administer(cluster, "GRANT EXECUTE ON FUNCTION hookswitch.purge TO site")


def test_progress_on_a_terminal(site):
    site.fill(300, "91 days")
    words = (site.environment, "purge", *OLD, "--batch", "100")
    status, seen, output = run_on_terminal(*words, **site.settings)
    assert (status, output.splitlines()[-1].split()) == (0, ["deleted", "900"])
    shown = seen.removesuffix(CLEAR)
    assert shown != seen, "in the end nothing is left of it"
    steps = [int(n) for n in re.findall(r"\rdeleted (\d+) rows\033\[K", shown)]
    assert "".join(f"\rdeleted {n} rows\033[K" for n in steps) == shown
    assert steps == [200, 400, 600, 700, 800, 900, 900]
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert run_on_terminal(*words, **site.settings, **variables)[1] == ""


@pytest.mark.parametrize("answer, goes", [
    ("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("\x04", False),
    ("yak\nyes please\nno\n", False), ("yak\nyes\n", True)],
    ids=["y", "yes", "n", "nothing", "end", "yak", "yak-yes"])
def test_asking(site, answer, goes):
    """Only if somebody wants to be asked, and can be."""
    site.fill(3, "91 days")
    with Terminal(site.environment, "purge", *OLD, "--interactive", **site.settings) as terminal:
        terminal.expect("Delete them for good [no]: ")
        assert site.left() == (3, 6)
        terminal.type(answer)
        status, seen, output = terminal.end()
    assert re.search(r"messages +3\r\nwebhook_events +6\r\nwill be deleted +9\r\n", seen)
    assert seen.count("Say yes or no.") == answer.count("\n") - (answer != "\x04")
    assert status == (answer == "\x04")
    assert ("the answers have ended" in seen) == (answer == "\x04")
    assert site.left() == ((0, 0) if goes else (3, 6))
    assert output.split()[-2:] == (["deleted", "9"] if goes else [])


def test_nothing_to_ask_about(site):
    status, seen, _ = run_on_terminal(site.environment, "purge", *OLD, "--interactive",
                                      **site.settings)
    assert status == 0 and "for good" not in seen


def start(site, *words):
    return subprocess.Popen(command_line(site.environment, "purge", *words),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={"PATH": os.environ["PATH"], **site.settings})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_between_batches(site, cluster, number):
    """The one that it is at is finished; what it has done it tells."""
    site.fill(1000, "91 days")
    with connected(cluster) as other:
        other.connection.autocommit = False
        other.connection.cursor().execute(
            "LOCK TABLE hookswitch.debugger_events IN ACCESS EXCLUSIVE MODE")
        child = start(site, *OLD, "--batch", "100")
        wait_until(lambda: waits_for_a_lock(site.database), "it waits for the table")
        child.send_signal(number)
    output, error = child.communicate(timeout=20)
    assert child.returncode == 1
    assert [line.split() for line in output.splitlines()] == [
        ["messages", "100"], ["webhook_events", "100"], ["deleted", "200"]]
    assert error == ("hookswitch purge: interrupted; what was deleted stays deleted, run it again"
                     " for the rest\n")
    assert site.left() == (900, 1900)


def is_caught(pid, number):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16) & 1 << (number - 1)


def waits_for_a_lock(database):
    return database.rows("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                         " AND application_name = 'hookswitch-purge'")


def test_a_second_signal_ends_it(site, cluster):
    """Nothing of the batch that it was at is done."""
    site.fill(10, "91 days")
    with connected(cluster) as other:
        other.connection.autocommit = False
        other.connection.cursor().execute(
            "LOCK TABLE hookswitch.debugger_events IN ACCESS EXCLUSIVE MODE")
        child = start(site, *OLD)
        wait_until(lambda: waits_for_a_lock(site.database), "it waits for the table")
        child.send_signal(signal.SIGINT)
        wait_until(lambda: not is_caught(child.pid, signal.SIGINT), "it has noted the first")
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)
        assert child.returncode == -signal.SIGINT
        site.database.rows("SELECT pg_terminate_backend(%s)",
                           waits_for_a_lock(site.database)[0]["pid"])
    assert site.left() == (10, 20)


def test_a_deadlock_is_tried_again(site, cluster):
    """A webhook and the purge want each other's rows."""
    site.fill(10, "91 days")
    administer(cluster, """
        CREATE SEQUENCE hookswitch.unlucky;
        CREATE FUNCTION hookswitch.be_unlucky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('hookswitch.unlucky') <= 2 THEN
                RAISE deadlock_detected;
            END IF;
            RETURN NULL;
        END $$;
        GRANT USAGE ON SEQUENCE hookswitch.unlucky TO site;
        CREATE TRIGGER unlucky AFTER DELETE ON hookswitch.messages
            FOR EACH STATEMENT EXECUTE FUNCTION hookswitch.be_unlucky()""")
    try:
        assert site.purge(*OLD).returncode == 0
        assert site.left() == (0, 0)
        site.fill(10, "91 days")
        administer(cluster, "ALTER SEQUENCE hookswitch.unlucky RESTART WITH 1 MINVALUE -100",
                   "SELECT setval('hookswitch.unlucky', -50)")
        result = site.purge(*OLD)
        check_failed(result, 1, "deadlock_detected")
    finally:
        administer(cluster, "DROP TRIGGER unlucky ON hookswitch.messages",
                   "DROP FUNCTION hookswitch.be_unlucky", "DROP SEQUENCE hookswitch.unlucky")
    assert site.left() == (10, 20)
