"""The hookswitch command."""

import json
import os
import secrets

import pytest

from command import config, run
from database import Database
from load import send_messages

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
    (["repaly"], 2, 'did you mean "replay"?'),
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
