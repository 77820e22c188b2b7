"""Is everything in order? Anyone may ask; the answer is a few words, and the log has the rest."""

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import replace

import pytest

import faults
import payloads
import wire
from answers import check_empty_twiml
from deployment import ENDPOINTS
from faults import NOWHERE, Spool, administer, connected
from processes import wait_until
from twilio import FORM, Twilio, new_sid
from webservers import LogWatch

PATH = "/api/webhooks/health"
WEBHOOK = "webhook"
READY = "webhook endpoints are ready"
WRONG = "something is wrong; the log says what"


def ask(server, path=PATH, method="GET", **headers):
    return wire.send(server.port, wire.Request(method, path, headers))


def report(database="ok", schema="ok", spool="off", status="error"):
    """All that an answer may say: no name, path, address, version or SQL."""
    return {
        "status": status, "message": READY if status == "ok" else WRONG,
        "endpoints": {name: f"/api/webhooks/{name}" for name in ENDPOINTS if name != WEBHOOK},
        "database": database, "schema": schema, "spool": spool,
    }


def check(answer, status, **words):
    assert answer is not None and answer.status == status, answer
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Content-Length") == str(len(answer.body))
    assert answer.header("Transfer-Encoding") is None
    assert json.loads(answer.body) == report(status="ok" if status == 200 else "error", **words)


@pytest.fixture(autouse=True)
def well(either_server, cluster):
    """It recovers by itself; a database that was away does not count as back at once."""
    yield
    wait_until(lambda: ask(either_server).status == 200, "all is well again")


def test_all_is_well(either_server):
    check(ask(either_server), 200)


def test_with_a_spool(either_server):
    spool = Spool(either_server)
    with spool.in_use():
        check(ask(either_server), 200, spool="ok")
    assert os.listdir(spool.path) == [], "who only asks leaves nothing"
    spool.remove()


def test_with_a_spool_that_has_been_used(either_server, account):
    spool = Spool(either_server)
    with spool.alone():
        check_empty_twiml(Twilio(either_server, account).send(
            "sms", payloads.inbound_sms(account, new_sid("SM"))))
        assert spool.waiting()
    with spool.in_use():
        check(ask(either_server), 200, spool="ok")
    spool.remove()


def test_a_stranger_needs_no_signature(either_server, account):
    """And a wrong one does not matter, nor what else is in the request."""
    check(ask(either_server, PATH + "?AccountSid=none&a=%zz", **{
        "X-Twilio-Signature": "x" * 28, "Authorization": "Basic eDp5"}), 200)
    check(ask(either_server, PATH + "?AccountSid=" + account.sid), 200)


def test_head(either_server):
    """As GET, and no body."""
    answer = ask(either_server, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("Content-Type") == "application/json"
    with either_server.settings(HOOKSWITCH_DATABASE=NOWHERE):
        assert ask(either_server, method="HEAD").status == 503


def signed(server, account):
    return Twilio(server, account).request(
        None, payloads.inbound_sms(account, new_sid("SM")), path=PATH)


def check_not_allowed(answer, body):
    assert (answer.status, answer.body) == (405, body)
    assert answer.header("Content-Length") == str(len(body))
    assert {each.strip() for each in answer.header("Allow").split(",")} == {"GET", "HEAD"}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods(either_server, account, method):
    """A signature makes no difference."""
    request = signed(either_server, account)
    check_not_allowed(wire.send(either_server.port, replace(request, method=method)), b"")


WRONG_SIGNATURE = {"X-Twilio-Signature": "x" * 27 + "="}


@pytest.mark.parametrize("change, word", [
    (lambda request: request, "ok"),
    (lambda request: replace(request, headers={**request.headers, **WRONG_SIGNATURE}), "wrong"),
    (lambda request: replace(request, body=request.body.replace(b"SM", b"MM", 1)), "wrong"),
    (lambda request: replace(request, target=PATH + "/"), "wrong"),
    (lambda request: replace(request, headers={"Content-Type": FORM}), "missing"),
    (lambda request: replace(request, headers={"X-Twilio-Signature": "x"}), "type"),
    (lambda request: replace(request, body=b"a=%zz"), "malformed"),
    (lambda request: replace(request, body=b"a=" + b"x" * 256 * 1024), "too-large"),
], ids=["ok", "signature", "body", "url", "missing", "type", "malformed", "too-large"])
def test_post_tells_of_the_signature(either_server, database, account, change, word):
    """Nothing here takes webhooks: 405, and nothing stored, however it is signed."""
    answer = wire.send(either_server.port, change(signed(either_server, account)))
    check_not_allowed(answer, b'{"signature":"%s"}' % word.encode())
    assert not any(database.counts().values())


def test_post_that_is_not_verified_is_in_the_log(either_server, account):
    request = signed(either_server, account)
    log = LogWatch(either_server)
    wire.send(either_server.port, replace(request, headers={**request.headers, **WRONG_SIGNATURE}))
    assert "not verified: the signature does not fit" in log.only_line("hookswitch-health")


def test_post_with_settings_that_cannot_be_used(either_server, account):
    with either_server.settings(HOOKSWITCH_DATABASES="host=x"):
        check_not_allowed(wire.send(either_server.port, signed(either_server, account)),
                          b'{"signature":"setting"}')


def test_database_away(either_server, cluster):
    log = LogWatch(either_server)
    with cluster.stopped():
        check(ask(either_server), 503, database="away", schema="unknown")
        assert "could not connect" in log.only_line("hookswitch-health")


def test_read_only(either_server, cluster):
    """As after a failover, where the settings name the old primary alone."""
    check(ask(either_server), 200)
    log = LogWatch(either_server)
    with faults.read_only(cluster):
        check(ask(either_server), 503, database="read-only")
        assert "target_session_attrs" in log.only_line("hookswitch-health")


def test_database_that_is_none(either_server):
    """The answer does not tell the name that the log needs."""
    log = LogWatch(either_server)
    with either_server.settings(HOOKSWITCH_DATABASE=NOWHERE):
        check(ask(either_server), 503, database="away", schema="unknown")
    assert "/nonexistent" in log.only_line("hookswitch-health")


@contextmanager
def schema_away(cluster):
    administer(cluster, "ALTER SCHEMA hookswitch RENAME TO hookswitch_away")
    try:
        yield
    finally:
        administer(cluster, "ALTER SCHEMA hookswitch_away RENAME TO hookswitch")


@contextmanager
def schema_version(cluster, newest):
    """The newest step of the schema has another number for a while."""
    with connected(cluster) as database:
        known = database.one("SELECT max(version) FROM hookswitch.migrations")["max"]
    administer(cluster, "UPDATE hookswitch.migrations"
                        f" SET version = {newest} WHERE version = {known}")
    try:
        yield
    finally:
        administer(cluster, "UPDATE hookswitch.migrations"
                            f" SET version = {known} WHERE version = {newest}")


def test_schema_missing(either_server, cluster):
    check(ask(either_server), 200)  # the process knows the tables, and they go away
    log = LogWatch(either_server)
    with schema_away(cluster):
        check(ask(either_server), 503, schema="missing")
        assert "does not exist" in log.only_line("hookswitch-health")


@contextmanager
def table_locked(cluster):
    """The owner is busy with the table, for longer than the question may take."""
    with connected(cluster) as database:
        database.connection.autocommit = False
        database.connection.cursor().execute(
            "LOCK TABLE hookswitch.migrations IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def no_right(cluster):
    administer(cluster, "REVOKE SELECT ON hookswitch.migrations FROM site")
    try:
        yield
    finally:
        administer(cluster, "GRANT SELECT ON hookswitch.migrations TO site")


@pytest.mark.parametrize("in_the_way, said", [
    (table_locked, "timeout"), (no_right, "permission denied"),
], ids=lambda value: getattr(value, "__name__", ""))
def test_schema_that_cannot_be_read(either_server, cluster, in_the_way, said):
    """The tables are there: who reads "missing" would install them again."""
    check(ask(either_server), 200)
    log = LogWatch(either_server)
    with in_the_way(cluster):
        check(ask(either_server), 503, schema="unknown")
        assert said in log.only_line("hookswitch-health")


@pytest.mark.parametrize("newest", [0, 999], ids=["older", "newer"])
def test_schema_of_another_version(either_server, cluster, newest):
    log = LogWatch(either_server)
    with schema_version(cluster, newest):
        check(ask(either_server), 503, schema="other")
        assert "install.sql" in log.only_line("hookswitch-health")


def unwritable(server):
    return server.site.directory("spool-unwritable", 0o500)


def closed(server):
    return server.site.directory("spool-closed", 0o000)


def unwritable_inside(server):
    path = server.site.directory("spool-inside", 0o700)
    server.site.directory("spool-inside/new", 0o500)
    return path


def not_there(server):
    return server.site.home / "spool-not-there"


def not_a_directory(server):
    return server.site.private_file("spool-file", "")


@pytest.mark.parametrize("make", [unwritable, closed, unwritable_inside, not_there,
                                  not_a_directory])
def test_spool_that_cannot_be_used(either_server, make):
    path = make(either_server)
    log = LogWatch(either_server)
    with Spool(either_server, path).in_use():
        check(ask(either_server), 503, spool="failed")
    assert f'"{path}' in log.only_line("hookswitch-health")
    remove(path)


def remove(path):
    if path.is_dir():
        path.chmod(0o700)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def test_spool_without_room(either_server):
    try:
        with faults.file_system(either_server, "size=64k") as path:
            log = LogWatch(either_server)
            with Spool(either_server, path).in_use():
                check(ask(either_server), 503, spool="failed")
            assert "no space" in log.only_line("hookswitch-health")
    except PermissionError:
        pytest.skip("only root may mount something")


def test_nothing_in_order(either_server):
    """Each is found out by itself."""
    with Spool(either_server, not_there(either_server)).in_use(HOOKSWITCH_DATABASE=NOWHERE):
        check(ask(either_server), 503, database="away", schema="unknown", spool="failed")


@pytest.mark.parametrize("changes, said", [
    ({"HOOKSWITCH_DATABASE": None}, "HOOKSWITCH_DATABASE"),
    ({"HOOKSWITCH_DATABASES": "host=x"}, "HOOKSWITCH_DATABASES"),
], ids=["missing", "misspelt"])
def test_settings_that_cannot_be_used(either_server, changes, said):
    """The log names them; the answer does not."""
    log = LogWatch(either_server)
    with either_server.settings(**changes):
        check(ask(either_server), 500, database="unknown", schema="unknown", spool="unknown")
    assert said in log.only_line("hookswitch-health")


def test_spool_below_the_document_root(either_server):
    log = LogWatch(either_server)
    with Spool(either_server, either_server.site.public / "spool").in_use():
        check(ask(either_server), 500, database="unknown", schema="unknown", spool="unknown")
    assert "HOOKSWITCH_SPOOL" in log.only_line("hookswitch-health")


def test_settings_file_open_to_others(either_server):
    try:
        (either_server.site.private / "hookswitch.conf").chmod(0o644)
        check(ask(either_server), 500, database="unknown", schema="unknown", spool="unknown")
    finally:
        either_server.site.configure()


def test_it_writes_nothing(either_server, database):
    for _ in range(3):
        check(ask(either_server), 200)
    assert not any(database.counts().values())
