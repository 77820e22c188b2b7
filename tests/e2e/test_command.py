"""The hookswitch command."""

import json
import os
import re
import secrets
import subprocess

import pytest

from command import command_line, config, run
from database import Database
from load import send_messages
from terminal import CLEAR, run_on_terminal

COUNT = 300


@pytest.fixture
def spooling(fast):
    """The fast server with a spool."""
    spool = fast.site.home / "spool"
    if not spool.exists():
        fast.site.directory("spool", 0o700)
    with fast.settings(HOOKSWITCH_SPOOL=spool):
        yield spool


def test_replays_all_that_waits(fast, environment, cluster, account, spooling):
    prefix = "SM" + secrets.token_hex(8)
    with cluster.stopped():
        assert send(environment, fast, account, prefix) == {200: COUNT}
        assert len(os.listdir(spooling / "new")) == COUNT
        away = run(environment, "replay", "--config", config(fast))
        assert away.returncode == 1
        assert "could not connect to the database" in away.stderr
        assert len(away.stderr.splitlines()) == 1
        assert len(os.listdir(spooling / "new")) == COUNT
    done = run(environment, "replay", "--config", config(fast))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"replayed {COUNT}," in done.stdout
    assert os.listdir(spooling / "new") == []
    after = Database(cluster)  # the fixture's connection went with the server
    row = after.one("SELECT count(*), min(source), max(source) FROM hookswitch.webhook_events"
                    " WHERE subject_sid LIKE %s", prefix + "%")
    after.close()
    assert (row["count"], row["min"], row["max"]) == (COUNT, "spool", "spool")


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}],
                         ids=["terminal", "no-color", "dumb"])
def test_progress_on_a_terminal(fast, environment, cluster, account, spooling, variables):
    with cluster.stopped():
        assert send(environment, fast, account, "SM" + secrets.token_hex(8)) == {200: COUNT}
    status, seen, output = run_on_terminal(
        environment, "replay", "--config", config(fast), **variables)
    assert (status, output) == (0, f"replayed {COUNT}, set aside 0 rejected and 0 unreadable\n")
    if variables:
        assert seen == ""
        return
    shown = seen.removesuffix(CLEAR)
    assert shown != seen, "in the end nothing is left of it"
    steps = [int(n) for n in re.findall(r"\rreplayed (\d+)\033\[K", shown)]
    assert "".join(f"\rreplayed {n}\033[K" for n in steps) == shown
    assert len(steps) > 1 and max(steps) == COUNT


def test_nothing_to_replay(fast, environment, cluster, spooling):
    done = run(environment, "replay", "--config", config(fast), "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run(environment, "replay", "--config", config(fast), "--json")
    assert json.loads(done.stdout) == {"replayed": 0, "rejected": 0, "unreadable": 0}


@pytest.mark.parametrize("words, status, said", [
    (["--help"], 0, "replay"),
    (["--version"], 0, "hookswitch"),
    (["-h"], 0, "replay"),
    (["help"], 0, "replay"),
    (["replay", "--help"], 0, "--config"),
    (["replay", "-h"], 0, "examples:"),
    (["help", "replay"], 0, "--config"),
    ([], 2, "usage"),
    (["none"], 2, '"none"'),
    (["repaly"], 2, 'did you mean "replay"?\n'),
    (["--json", "status"], 2, 'options stand behind the command, and "--json" before any'),
    (["status", "x"], 2, 'unexpected argument "x"; see "hookswitch status --help"'),
    (["help", "repaly"], 2, 'did you mean "replay"?'),
    (["replay", "--none"], 2, "--none"),
    (["replay", "more"], 2, '"more"'),
    (["replay", "--config"], 2, "requires an argument"),
    (["replay"], 1, '"HOOKSWITCH_DATABASE" is missing; name the settings file by --config'),
    (["replay", "--config", "/nonexistent"], 1, "/nonexistent"),
])
def test_words(environment, words, status, said):
    result = run(environment, *words)
    assert result.returncode == status
    assert said in (result.stdout if status == 0 else result.stderr)
    assert (result.stderr if status == 0 else result.stdout) == ""
    assert status == 0 or not words or len(result.stderr.splitlines()) == 1


def send(environment, server, account, prefix):
    return send_messages(environment, server, account, COUNT, 4, prefix).answers


def test_output_that_cannot_be_written(environment):
    """As to a full disk: what was to be said is lost, and the exit status tells."""
    with open("/dev/full", "w") as full:
        result = subprocess.run(command_line(environment, "replay", "--help"), stdout=full,
                                stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1
    assert result.stderr == ("hookswitch replay: could not write to standard output:"
                             " No space left on device\n")


def closed_pipe():
    """Standard output that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


# The help of send is more than one buffer of output.
PRINTING = (["--version"], ["help"], ["help", "send"], ["send", "--help"], ["replay", "--help"])


@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
def test_nobody_reads_the_output(environment, words):
    with closed_pipe() as output:
        done = subprocess.run(command_line(environment, *words), stdout=output,
                              stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
def test_output_that_cannot_be_written(environment, words):
    with open("/dev/full", "w") as output:
        done = subprocess.run(command_line(environment, *words), stdout=output,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "could not write to standard output" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [
    "doctor", "status", "replay", "purge", "provision", "backfill", "recordings"])
def test_lines_for_crontab(environment, command):
    """They are copied as they are: cron knows neither our directory nor our settings."""
    shown = run(environment, command, "--help").stdout
    [line] = [line for line in shown.splitlines() if re.match(r"  [0-9*/]+ [0-9*]+ \* \* \* ", line)]
    assert f" $HOME/hookswitch/bin/hookswitch {command} " in line
    assert " --config $HOME/private/hookswitch.conf" in line
