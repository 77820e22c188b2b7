"""The database is away, slow, or does not want it, and there is no spool: 503, in time."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

import faults
import payloads
from faults import OUTAGES, administer, connected, wait_until_stored, wait_until_taken
from postgresql import SITE
from processes import find_program, wait_until
from twilio import Twilio, new_sid
from webservers import ApacheProxyFcgi, LogWatch

# Twilio waits 15 s. What is known is told at once.
IN_TIME = 5
AT_ONCE = 0.5

OTHERS = 31  # with the one that fails: as many as a replay sends together


@pytest.fixture(autouse=True)
def recovered(fast, cluster, twilio):
    """The endpoints have seen that the database is back: other tests expect no less."""
    yield
    for endpoint in ("sms", "status"):
        wait_until_stored(cluster, twilio, endpoint)


@pytest.fixture
def needs_load(environment):
    if not (environment.fcgi_dir / "tests" / "load" / "load").exists():
        pytest.skip("tests/load/load is not built (libcurl is missing)")


@pytest.fixture
def pool(cluster):
    """The site's database by way of PgBouncer."""
    try:
        find_program("pgbouncer")
    except FileNotFoundError:
        pytest.skip("pgbouncer is not installed")
    with faults.pooler(cluster) as port:
        yield cluster.tcp_conninfo(port)


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.__name__)
def test_outage(fast, cluster, database, twilio, outage):
    """Refused, and nothing of it is kept; what comes when all is well again is stored."""
    before, during = new_sid("SM"), new_sid("SM")
    assert send_message(twilio, before).status == 200
    with outage(cluster):
        log = LogWatch(fast)
        answer = send_message(twilio, during)
        assert (answer.status, answer.body) == (503, b"")
        line = log.only_line()
    assert "503, not stored: " in line and OUTAGES[outage] in line, line
    after = wait_until_stored(cluster, twilio)
    with connected(cluster) as back:
        assert not back.events(during)
        assert not back.rows("SELECT FROM hookswitch.messages WHERE sid = %s", during)
        assert len(back.events(before)) == len(back.events(after)) == 1


def test_every_kind_is_refused(fast, cluster, database, account, twilio):
    with cluster.stopped():
        answers = [twilio.send("voice", payloads.inbound_call(account, new_sid("CA"))),
                   twilio.send("status", payloads.message_status(account, new_sid("SM"), "sent")),
                   send_message(twilio, new_sid("SM"), method="GET")]
    assert [answer.status for answer in answers] == [503] * 3
    # A second after the endpoints have found out, they look again.
    wait_until(lambda: twilio.send("voice", payloads.inbound_call(
        account, new_sid("CA"))).status == 200, "a call is taken")


def test_killed_under_load(fast, environment, cluster, database, account, tmp_path, needs_load):
    """Whatever got a 2xx is there when the database is back, and is there once."""
    with faults.Load(environment, fast, account, tmp_path) as load:
        for _ in range(2):
            wait_until_taken(cluster)
            faults.kill_database(cluster)
            time.sleep(0.1)
            cluster.start()
        wait_until_taken(cluster)  # the endpoints have looked again
    with connected(cluster) as back:
        stored = faults.check_stored_once(back, load.taken)
    print(f"\n2 kills, {load.sent} sent, {len(load.taken)} acknowledged, {stored} stored")
    assert load.answers[200] == len(load.taken) > 0
    assert load.answers[503] > 0
    assert set(load.answers) == {200, 503}


def test_locked_row(fast, cluster, database, account, twilio):
    """Refused in time; and the server gives up too, so that refused requests do not pile up."""
    sid = new_sid("SM")
    assert send_message(twilio, sid).status == 200
    with faults.locked(cluster, "messages", sid):
        start = time.monotonic()
        answer = send_status(twilio, sid, "read")
        took = time.monotonic() - start
        assert answer.status == 503
        assert took <= IN_TIME
        wait_until(lambda: not waiting_for_locks(database), "nobody waits for the lock",
                   patience=IN_TIME)
    wait_until(lambda: send_status(twilio, sid, "read").status == 204, "the status is taken")
    assert database.row("messages", sid)["status"] == "read"


def test_others_behind_a_locked_row(fast, cluster, database, twilio):
    """They are answered in time as well, and taken: the database has nothing against them."""
    sid, others = new_sid("SM"), [new_sid("SM") for _ in range(OTHERS)]
    assert send_message(twilio, sid).status == 200
    requests = [lambda: send_status(twilio, sid, "read")]
    requests += [lambda other=other: send_status(twilio, other, "sent") for other in others]
    with faults.locked(cluster, "messages", sid):
        (refused, _), *answers = timed = send_at_once(requests)
    assert refused.status == 503
    assert max(seconds for _, seconds in timed) <= IN_TIME
    assert [answer.status for answer, _ in answers] == [204] * OTHERS
    for other in others:
        assert len(database.events(other)) == 1


def test_terminated_connection(fast, cluster, database, twilio):
    """While it is idle: the next request does not notice."""
    assert send_message(twilio, new_sid("SM")).status == 200
    for _ in range(3):
        faults.disconnect(cluster)
        log = LogWatch(fast)
        assert send_message(twilio, new_sid("SM")).status == 200
        assert "200, stored" in log.only_line()
    with connected(cluster) as back:
        assert back.counts()["messages"] == 4


def test_without_prepared_statements(fast, database, twilio):
    with fast.settings(HOOKSWITCH_PREPARE="off"):
        for _ in range(3):
            assert send_message(twilio, new_sid("SM")).status == 200
    assert database.counts()["messages"] == 3


def test_transaction_pooler(fast, database, pool, twilio):
    """Everybody over one connection, which is nobody's for longer than a transaction."""
    requests = [lambda: send_message(twilio, new_sid("SM")) for _ in range(OTHERS)]
    requests += [lambda: send_status(twilio, new_sid("SM"), "sent") for _ in range(OTHERS)]
    log = LogWatch(fast)
    with fast.settings(HOOKSWITCH_DATABASE=pool, HOOKSWITCH_PREPARE="off"):
        answers = [answer.status for answer, _ in send_at_once(requests)]
    assert answers == [200] * OTHERS + [204] * OTHERS, log.text()
    assert database.counts()["messages"] == 2 * OTHERS


def test_pooled_connection_is_left_clean(fast, database, pool, twilio):
    """Our time limit must not become that of the next in the pool."""
    with fast.settings(HOOKSWITCH_DATABASE=pool, HOOKSWITCH_PREPARE="off"):
        assert send_message(twilio, new_sid("SM")).status == 200
    next_one = psycopg2.connect(pool)
    with next_one.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    next_one.close()


def test_black_hole(farm, account, database):
    """A host that takes the connection and says nothing; in one process, so that it can learn."""
    server = farm.get(ApacheProxyFcgi)
    twilio = Twilio(server, account)
    log = LogWatch(server)
    requests = [lambda: send_message(twilio, new_sid("SM"))] * 5
    with faults.black_hole() as port:
        conninfo = f"host=127.0.0.1 port={port} sslmode=disable password=hunter2"
        with server.settings(HOOKSWITCH_DATABASE=conninfo):
            first = send_at_once(requests)
            later = told_at_once(requests) + told_at_once(requests[:1])
    assert {answer.status for answer, _ in first + later} == {503}
    assert max(seconds for _, seconds in first) <= IN_TIME
    assert "hunter2" not in log.text()
    assert send_message(twilio, new_sid("SM")).status == 200, "the other database is not away"


def test_unreachable(farm, account, database):
    """A host that drops packets."""
    server = farm.get(ApacheProxyFcgi)
    twilio = Twilio(server, account)
    requests = [lambda: send_message(twilio, new_sid("SM"))] * 5
    with faults.unreachable() as port:
        with server.settings(HOOKSWITCH_DATABASE=f"host=127.0.0.1 port={port} sslmode=disable"):
            first = send_at_once(requests)
            later = told_at_once(requests)
    assert {answer.status for answer, _ in first + later} == {503}
    assert max(seconds for _, seconds in first) <= IN_TIME


def test_several_hosts(farm, account, cluster, database):
    """The first cannot be reached: the second takes it, in time."""
    server = farm.get(ApacheProxyFcgi)
    twilio = Twilio(server, account)
    sid = new_sid("SM")
    with faults.unreachable() as port:
        hosts = f"host=127.0.0.1,127.0.0.1 port={port},{cluster.port}"
        conninfo = (f"{hosts} dbname={SITE} user={SITE} sslmode=disable gssencmode=disable"
                    " target_session_attrs=read-write")
        with server.settings(HOOKSWITCH_DATABASE=conninfo):
            (answer, seconds), = send_at_once([lambda: send_message(twilio, sid)])
    assert answer.status == 200
    assert seconds <= IN_TIME
    assert database.events(sid)


@pytest.mark.parametrize("conninfo", [
    "host=localhost password=hunter2 nonsense",
    "hunter2",
    "postgresql://site:hun/ter2@localhost/site",
])
def test_no_connection_string(fast, database, twilio, conninfo):
    log = LogWatch(fast)
    with fast.settings(HOOKSWITCH_DATABASE=conninfo):
        assert send_message(twilio, new_sid("SM")).status == 500
    assert "HOOKSWITCH_DATABASE" in log.only_line()
    assert "ter2" not in log.text()
    assert sum(database.counts().values()) == 0


def test_one_that_breaks_a_rule(fast, cluster, database, twilio):
    """It fails alone: the others that were sent with it are stored."""
    bad, good = new_sid("SM"), [new_sid("SM") for _ in range(OTHERS)]
    requests = [lambda: send_message(twilio, bad, Body="forbidden")]
    requests += [lambda sid=sid: send_message(twilio, sid) for sid in good]
    log = LogWatch(fast)
    with faults.constraint(cluster, "body <> 'forbidden'"):
        refused, *answers = [answer.status for answer, _ in send_at_once(requests)]
    assert refused == 503
    assert answers == [200] * OTHERS
    assert "no_such_message" in log.only_line("not stored")
    assert not database.events(bad)
    for sid in good:
        assert len(database.events(sid)) == 1
        assert database.row("messages", sid)["sid"] == sid


def test_one_that_fails_at_commit(fast, cluster, database, twilio):
    """It waits for a lock, so that the others are sent together with it."""
    first, bad = new_sid("SM"), new_sid("SM")
    good = [new_sid("SM") for _ in range(OTHERS // 3)]
    assert send_message(twilio, first).status == 200
    with faults.refused_at_commit(cluster, "NEW.body = 'forbidden'"):
        with ThreadPoolExecutor(len(good) + 2) as executor:
            with faults.locked(cluster, "messages", first):
                executor.submit(send_message, twilio, first, Body="again")
                wait_until(lambda: waiting_for_locks(database), "the first waits for the lock")
                refused = executor.submit(send_message, twilio, bad, Body="forbidden")
                taken = [executor.submit(send_message, twilio, sid) for sid in good]
            assert refused.result().status == 503
            assert {answer.result().status for answer in taken} == {200}
    assert not database.events(bad)


def test_sent_together(fast, cluster, database, twilio):
    """What waits while another transaction is under way goes out as one."""
    def transactions_of(others):
        """Of one try: nothing tells whether any has come before the lock is gone."""
        first = new_sid("SM")
        assert send_message(twilio, first).status == 200
        with ThreadPoolExecutor(len(others) + 1) as executor:
            with faults.locked(cluster, "messages", first):
                executor.submit(send_message, twilio, first, Body="again")
                wait_until(lambda: waiting_for_locks(database), "the first waits for the lock")
                answers = [executor.submit(send_message, twilio, sid) for sid in others]
            assert {answer.result().status for answer in answers} == {200}
        return {database.events(sid)[0]["xid"] for sid in others}

    tries = ([new_sid("SM") for _ in range(8)] for _ in range(5))
    assert any(len(transactions_of(others)) < len(others) for others in tries)


@pytest.mark.parametrize("prepare", [None, "off"])
def test_commit_is_one(fast, cluster, database, twilio, prepare):
    """Where the owner has said that no commit need wait for the disk, ours do."""
    administer(cluster, f"ALTER ROLE {SITE} SET synchronous_commit = off")
    try:
        faults.disconnect(cluster)
        with fast.settings(HOOKSWITCH_PREPARE=prepare), faults.trigger(
                cluster, "NEW.body := current_setting('synchronous_commit');"):
            sid = new_sid("SM")
            assert send_message(twilio, sid).status == 200
        with connected(cluster) as after:
            assert after.row("messages", sid)["body"] == "on"
    finally:
        administer(cluster, f"ALTER ROLE {SITE} RESET synchronous_commit")
        faults.disconnect(cluster)


def send_message(twilio, sid, method="POST", **changes):
    return twilio.send("sms", payloads.inbound_sms(twilio.account, sid, **changes), method=method)


def send_status(twilio, sid, status):
    return twilio.send("status", payloads.message_status(twilio.account, sid, status))


def send_at_once(requests):
    """[(answer, seconds)] of callables, in their order."""
    def timed(request):
        start = time.monotonic()
        return request(), time.monotonic() - start

    with ThreadPoolExecutor(len(requests)) as executor:
        return list(executor.map(timed, requests))


def told_at_once(requests):
    """What an endpoint has found out it knows for a second: it may have to look again in between."""
    answers = []

    def are_at_once():
        answers[:] = send_at_once(requests)
        return max(seconds for _, seconds in answers) <= AT_ONCE

    wait_until(are_at_once, f"answers within {AT_ONCE} s")
    return answers


def waiting_for_locks(database):
    return database.rows("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
