"""What reading may do to a database, whatever its role could: write nothing, and not take for ever."""

import json
import time

import pytest

import feed
from database import Database
from faults import connected
from feed import ask, write_events
from postgresql import Cluster
from processes import wait_until
from webservers import LogWatch

# Every way to ask for the ledger, and how long that may take on the server, in seconds.
READS = {"feed": ({"after": "oldest"}, 2.4), "list": ({"list": "timeline", "sid": "here"}, 4)}


@pytest.fixture(scope="module")
def meddled(environment):
    """A database whose ledger does something else as well, for whoever reads it."""
    cluster = Cluster()
    try:
        cluster.create(environment.source / "sql" / "install.sql")
        with connected(cluster) as database:
            write_events(database, "here")
            execute(database, "ALTER TABLE hookswitch.webhook_events RENAME TO kept")
            let(database, "NULL")
            execute(database, "CREATE VIEW hookswitch.webhook_events AS"
                              " SELECT * FROM hookswitch.kept WHERE hookswitch.meddle()")
        yield cluster
    finally:
        cluster.close()


def execute(database, text):
    with database.connection.cursor() as cursor:
        cursor.execute(text)


def let(database, action):
    execute(database, "CREATE OR REPLACE FUNCTION hookswitch.meddle() RETURNS boolean"
                      f" LANGUAGE plpgsql AS $$ BEGIN {action}; RETURN true; END $$")


@pytest.fixture
def server(fast, meddled):
    """Reads as the owner, who may do everything."""
    with fast.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN, HOOKSWITCH_FEED_DATABASE=meddled.conninfo):
        yield fast


@pytest.fixture
def other(meddled):
    database = Database(meddled)
    yield database
    let(database, "NULL")
    database.close()


def refused(server, name, words):
    log = LogWatch(server)
    answer = ask(server, READS[name][0])
    assert answer.status == 503, answer
    assert list(json.loads(answer.body)) == ["error"]
    assert words in log.only_line("hookswitch-events")


@pytest.mark.parametrize("name", READS)
def test_nothing_is_written(server, other, name):
    assert ask(server, READS[name][0]).status == 200
    let(other, "DELETE FROM hookswitch.kept")
    refused(server, name, "cannot execute DELETE in a read-only transaction (SQLSTATE 25006)")
    let(other, "PERFORM set_config('transaction_read_only', 'off', true);"
               " DELETE FROM hookswitch.kept")
    refused(server, name, "transaction read-write mode must be set before any query")
    assert other.one("SELECT count(*) FROM hookswitch.kept")["count"] == 1


@pytest.mark.parametrize("name", READS)
def test_the_server_gives_up(server, other, name):
    """By itself, so that nothing goes on there when nobody waits for it any more."""
    let(other, "PERFORM pg_sleep(60)")
    began = time.monotonic()
    refused(server, name, "canceling statement due to statement timeout (SQLSTATE 57014)")
    assert time.monotonic() - began >= READS[name][1]
    wait_until(lambda: not other.rows("SELECT FROM pg_stat_activity WHERE state <> 'idle'"
                                      " AND application_name = 'hookswitch-events'"), "it is idle")
