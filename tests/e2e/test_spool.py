"""The database is away and there is a spool: 2xx all the same, and nothing of it is lost."""

import os
import re
import secrets
import subprocess
import time
from contextlib import ExitStack

import pytest

import faults
import payloads
import wire
from answers import check_empty_twiml, check_no_content, check_twiml
from database import contents, now
from deployment import ACCOUNT
from faults import NOWHERE, OUTAGES, Spool, connected, wait_until_stored
from processes import find_program, wait_until
from twilio import Twilio, form, new_sid
from webservers import LogWatch

TIMES = 20
OTHERS = 31

# Of what a machine that is busy with other things may once be too slow for.
TRIES = 5


@pytest.fixture(autouse=True)
def recovered(fast, cluster, twilio):
    """The endpoints have seen that the database is back: other tests expect no less."""
    yield
    for endpoint in ("sms", "status"):
        wait_until_stored(cluster, twilio, endpoint)


@pytest.fixture
def spool(fast):
    """The fast server with a spool."""
    spool = Spool(fast)
    with spool.in_use():
        yield spool
    spool.remove()


@pytest.fixture
def either_spool(either_server):
    spool = Spool(either_server)
    with spool.in_use():
        yield spool
    spool.remove()


def webhooks(account):
    """(endpoint, parameters, how they are sent) of all kinds; each about something else."""
    call, room = new_sid("CA"), new_sid("RM")
    return [
        ("voice", payloads.inbound_call(account, new_sid("CA")), {"query": "campaignId=7"}),
        ("sms", payloads.inbound_mms(account, new_sid("SM")), {}),
        ("sms", payloads.inbound_sms(account, new_sid("SM")), {"method": "GET"}),
        ("sms", payloads.inbound_sms(account, new_sid("SM"), Body=b"\xff\0"), {}),
        ("whatsapp", payloads.inbound_whatsapp(account, new_sid("SM")), {}),
        ("status", payloads.call_progress(account, call, 0, "completed", 9), {}),
        ("status", payloads.message_status(account, new_sid("SM"), "failed"), {}),
        ("recording", payloads.recording_status(account, new_sid("CA"), new_sid("RE")), {}),
        ("video-room", payloads.room_event(account, room, "participant-connected", 5), {}),
        ("webhook", payloads.recording_status(account, new_sid("CA"), new_sid("RE")), {}),
    ]


def test_replayed_as_if_it_had_come_directly(either_server, either_spool, cluster, database,
                                             account):
    """The same requests twice: to the database, and to the spool and from there."""
    twilio = Twilio(either_server, account)
    requests = [(name, twilio.request(name, params, **how))
                for name, params, how in webhooks(account)]
    start = now()
    direct = [wire.send(either_server.port, request) for _, request in requests]
    rows_direct = contents(database, start, now())

    database.empty()
    start = now()
    log = LogWatch(either_server)
    with cluster.stopped():
        spooled = [wire.send(either_server.port, request) for _, request in requests]
        end = now()
        wait_until(lambda: len(log.lines(", spooled ")) == len(requests), "they are logged")
        assert len(either_spool.waiting()) == len(requests)
        time.sleep(0.2)  # so that the database is back clearly later
    for (name, _), answer, first in zip(requests, spooled, direct):
        (check_twiml if name in ("voice", "sms", "whatsapp") else check_no_content)(answer)
        assert (answer.status, answer.body) == (first.status, first.body)
    assert all("could not connect" in line for line in log.lines(", spooled "))

    either_spool.drain(cluster, twilio)
    with connected(cluster) as back:
        # What was sent to see that the database is back, directly or by the spool.
        mine = {row["subject_sid"] for row in rows_direct["webhook_events"]}
        events = back.rows("SELECT subject_sid, source FROM hookswitch.webhook_events")
        assert {e["source"] for e in events if e["subject_sid"] in mine} == {"spool"}
        others = [e["subject_sid"] for e in events if e["subject_sid"] not in mine]
        forget(back, others)
        assert contents(back, start, end) == rows_direct


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.__name__)
def test_outage(fast, spool, cluster, database, twilio, outage):
    """Whatever keeps the database from taking it now; replayed when it does."""
    before, during = new_sid("SM"), new_sid("SM")
    assert send_message(twilio, before).status == 200
    with outage(cluster):
        log = LogWatch(fast)
        check_empty_twiml(send_message(twilio, during))
        line = log.only_line()
        assert len(spool.waiting()) == 1
    assert "200, spooled " + during in line and OUTAGES[outage] in line, line
    spool.drain(cluster, twilio)
    with connected(cluster) as back:
        assert [e["source"] for e in back.events(during)] == ["spool"]
        assert back.row("messages", during)["sid"] == during
        assert not spool.reasons("rejected") and not spool.reasons("unreadable")


def test_the_next_request_replays(fast, spool, cluster, database, account, twilio):
    """Of any endpoint; one is enough for a few records."""
    def next_request_replays(outage):
        sids = [new_sid("SM") for _ in range(TIMES)]
        with outage:
            for sid in sids:
                assert send_message(twilio, sid).status == 200
        check_no_content(twilio.send("recording", payloads.recording_status(
            account, new_sid("CA"), new_sid("RE"))))
        is_empty = spool.becomes_empty()
        spool.drain(cluster, twilio)
        with connected(cluster) as back:
            faults.check_stored_once(back, sids)
        return is_empty

    assert any(next_request_replays(cluster.stopped()) for _ in range(TRIES))


def test_same_request_again_and_again(fast, spool, cluster, database, twilio):
    sid = new_sid("SM")
    request = twilio.request("sms", payloads.inbound_sms(twilio.account, sid))
    start = now()
    with spool.alone():
        check_empty_twiml(wire.send(fast.port, request))
        first_end = now()
        for _ in range(TIMES - 1):
            check_empty_twiml(wire.send(fast.port, request))
    assert len(spool.waiting()) == 1
    spool.drain(cluster, twilio)
    (event,) = database.events(sid)
    assert database.row("messages", sid)["sid"] == sid
    # As in the database, where the repeats would have changed nothing.
    assert start <= event["received_at"] <= first_end


def test_answer_does_not_wait_for_the_replay(either_server, either_spool, cluster, database,
                                             account):
    """What is replayed behind an answer may be stuck."""
    twilio = Twilio(either_server, account)

    def is_stuck_behind_an_answer():
        """It gives up after less than half a second, which is not much where there is no time."""
        sid = new_sid("SM")
        assert send_message(twilio, sid).status == 200
        with either_spool.alone():
            assert send_status(twilio, sid, "read").status == 204
        with faults.locked(cluster, "messages", sid):
            assert send_message(twilio, new_sid("SM")).status == 200
            deadline = time.monotonic() + 2
            while not (is_stuck := waiting_for_locks(database)) and time.monotonic() < deadline:
                time.sleep(0.01)
        either_spool.drain(cluster, twilio)
        assert database.row("messages", sid)["status"] == "read"
        return is_stuck

    assert any(is_stuck_behind_an_answer() for _ in range(TRIES))


def test_damaged_records(fast, spool, cluster, database, twilio):
    """Set aside with the reason, and not in the way of the others."""
    sids = [new_sid("SM") for _ in range(8)]
    with spool.alone():
        for sid in sids:
            assert send_message(twilio, sid).status == 200
    names = {sid: name for name in spool.waiting() for sid in sids
             if sid.encode() in (spool.path / "new" / name).read_bytes()}
    bad, good = sids[:3], sids[3:]
    truncated, flipped, newer = (names[sid] for sid in bad)
    spool.put(truncated, record(spool, truncated)[:300])
    data = bytearray(record(spool, flipped))
    data[data.index(b"Body=") + 5] ^= 0x10
    spool.put(flipped, bytes(data))
    spool.put(newer, record(spool, newer).replace(b"spool 1\n1\n", b"spool 1\n2\n"))
    broken = {name: record(spool, name) for name in (truncated, flipped, newer)}

    spool.drain(cluster, twilio)
    reasons = spool.reasons("unreadable")
    assert set(reasons) == set(broken)
    assert 'version "2"' in reasons[newer]
    assert "damaged" in reasons[truncated] and "checksum" in reasons[flipped]
    for name, data in broken.items():
        assert (spool.path / "unreadable" / name).read_bytes() == data
    for sid in good:
        assert len(database.events(sid)) == 1
    assert not any(database.events(sid) for sid in bad)


def test_rejected_at_once(fast, spool, cluster, database, twilio):
    """It is kept where the owner finds it; sent again by Twilio it would fail again."""
    sid = new_sid("SM")
    log = LogWatch(fast)
    with faults.constraint(cluster, "body <> 'forbidden'"):
        check_empty_twiml(send_message(twilio, sid, Body="forbidden"))
    assert "200, spooled " + sid in log.only_line()
    assert "no_such_message" in log.only_line()
    (reason,) = spool.reasons("rejected").values()
    assert "no_such_message" in reason
    assert spool.waiting() == [] and not database.events(sid)
    # The owner has mended the cause, and moves it back with its reason.
    (spool.path / "new").mkdir(0o700, exist_ok=True)
    fast.site.own(spool.path / "new")
    for name in spool.names("rejected"):
        os.rename(spool.path / "rejected" / name, spool.path / "new" / name)
    wait_until_stored(cluster, twilio)
    wait_until(lambda: database.events(sid), "it is replayed")


def test_rejected_in_a_batch(fast, spool, cluster, database, twilio):
    """One of 32 that are replayed together: the others are stored."""
    bad, good = new_sid("SM"), [new_sid("SM") for _ in range(OTHERS)]
    with spool.alone():
        for sid in good[:OTHERS // 2]:
            assert send_message(twilio, sid).status == 200
        assert send_message(twilio, bad, Body="forbidden").status == 200
        for sid in good[OTHERS // 2:]:
            assert send_message(twilio, sid).status == 200
    with faults.constraint(cluster, "body <> 'forbidden'"):
        spool.drain(cluster, twilio)
    (reason,) = spool.reasons("rejected").values()
    assert "no_such_message" in reason
    assert faults.check_stored_once(database, good) >= OTHERS
    assert not database.events(bad)


def test_rejected_at_commit(fast, spool, environment, cluster, database, twilio):
    """Found out last of all, and still by the one record alone."""
    good = [new_sid("SM") for _ in range(TIMES)]
    with spool.alone():
        assert send_message(twilio, new_sid("SM"), Body="forbidden").status == 200
        for sid in good:
            assert send_message(twilio, sid).status == 200
    with faults.refused_at_commit(cluster, "NEW.body = 'forbidden'"):
        done = replay(environment, fast)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"replayed {TIMES}, set aside 1 rejected" in done.stdout
    (reason,) = spool.reasons("rejected").values()
    assert "no such message" in reason


@pytest.mark.parametrize("slow", [1, 3])
def test_slow_records(fast, spool, environment, cluster, database, twilio, slow):
    """They stay; the others do not have to stay with them.

    Each is of another contact: one who is slow holds up what the same contact has to say.
    """
    contacts = (f"+155512300{number}" for number in range(10, 99))
    assert send_message(twilio, new_sid("SM")).status == 200  # makes the channel
    with spool.alone():
        for body in ["slow"] * slow + ["good"] * TIMES:
            answer = send_message(twilio, new_sid("SM"), Body=body, From=next(contacts))
            assert answer.status == 200
    with faults.trigger(cluster, "IF NEW.body = 'slow' THEN PERFORM pg_sleep(10); END IF;"):
        done = replay(environment, fast)
        assert done.returncode == 1
        assert "statement timeout" in done.stderr
        assert f"replayed {TIMES}," in done.stdout
    assert len(spool.waiting()) == slow


def test_others_while_a_slow_record_is_replayed(fast, spool, cluster, database, twilio):
    """Requests over the same process: they have a connection of their own."""
    sids = [new_sid("SM") for _ in range(3)]
    for sid in sids:
        assert send_message(twilio, sid).status == 200
    with spool.alone():
        for sid in sids:
            status = payloads.message_status(twilio.account, sid, "read")
            assert twilio.send("sms", status).status == 204
    wait_until_stored(cluster, twilio)
    log = LogWatch(fast)
    with ExitStack() as stack:
        for sid in sids:
            stack.enter_context(faults.locked(cluster, "messages", sid))

        def slowest():
            took = []
            for _ in range(TIMES):
                began = time.monotonic()
                send_message(twilio, new_sid("SM"))
                took.append(time.monotonic() - began)
            return max(took)

        assert any(slowest() < 1 for _ in range(TRIES))
    assert not log.lines("spooled")
    spool.drain(cluster, twilio)


def test_record_of_another_user(fast, spool, environment, cluster, database, twilio):
    """It is told, and it is not in the way."""
    if os.geteuid() != 0:
        pytest.skip("needs root to give a file away")
    with spool.alone():
        for _ in range(TIMES):
            assert send_message(twilio, new_sid("SM")).status == 200
    theirs = spool.waiting()[0]
    os.chown(spool.path / "new" / theirs, 0, 0)
    log = LogWatch(fast)
    spool.drain(cluster, twilio, but=[theirs])
    wait_until(lambda: log.lines(theirs), "the log names the record")


def test_set_aside_is_logged(either_server, either_spool, cluster, database, account):
    """Behind the answer, so that nobody else would tell the owner."""
    twilio = Twilio(either_server, account)
    with either_spool.alone():
        for body in ("forbidden", *range(TIMES)):
            assert send_message(twilio, new_sid("SM"), Body=body).status == 200
        either_spool.put("garbage", b"garbage")
    log = LogWatch(either_server)
    with faults.constraint(cluster, "body <> 'forbidden'"):
        either_spool.drain(cluster, twilio)

    def told():
        """How many, by the lines of all pieces."""
        found = [re.search(r"set aside (\d+) rejected and (\d+) unreadable", line)
                 for line in log.lines("set aside")]
        return [sum(int(each[n]) for each in found) for n in (1, 2)]

    wait_until(lambda: sum(told()) >= 2, "it is logged")
    assert told() == [1, 1]
    assert all(str(either_spool.path) in line for line in log.lines("set aside"))


def test_one_kind_is_not_in_the_way_of_others(fast, spool, cluster, database, account, twilio):
    """Messages cannot be stored for a while, and wait, many of them; calls can."""
    calls = [new_sid("CA") for _ in range(5)]
    with spool.alone():
        for _ in range(60):
            assert send_message(twilio, new_sid("SM")).status == 200
        for call in calls:
            check_twiml(twilio.send("voice", payloads.inbound_call(account, call)))

    def all_calls_are_stored():
        check_no_content(twilio.send("recording", payloads.recording_status(
            account, new_sid("CA"), new_sid("RE"))))
        return all(database.events(call) for call in calls)

    with faults.table_missing(cluster):
        wait_until(all_calls_are_stored, "the calls are replayed")
        # A record goes when it is stored, and only then.
        wait_until(lambda: len(spool.waiting()) == 60, "the messages are left")


@pytest.fixture(params=["missing", "a file", "root's", "read-only", "unwritable"])
def unusable(request, fast):
    """The path of a spool that cannot be written."""
    path = fast.site.home / f"unusable-{secrets.token_hex(4)}"
    if request.param == "missing":
        yield path / "spool"
    elif request.param == "a file":
        yield fast.site.write(path, "")
        path.unlink()
    elif request.param == "read-only":
        try:
            with faults.file_system(fast, "ro") as mounted:
                yield mounted
        except PermissionError:
            pytest.skip("only root may mount something")
    else:
        if request.param == "root's" and os.geteuid() != 0:
            pytest.skip("only root has files of others")
        path.mkdir(0o700)
        if request.param == "unwritable":
            fast.site.own(path).chmod(0o500)
        yield path
        path.rmdir()


def test_unusable_spool(fast, cluster, database, twilio, unusable):
    """Neither works: 503, and one line that says which and why."""
    sid = new_sid("SM")
    log = LogWatch(fast)
    with fast.settings(HOOKSWITCH_SPOOL=unusable, HOOKSWITCH_DATABASE=NOWHERE):
        assert send_message(twilio, sid).status == 503
    line = log.only_line()
    assert "503, not stored: " in line and "could not connect" in line
    assert f'"{unusable}' in line
    # With the database there, it is not needed.
    with fast.settings(HOOKSWITCH_SPOOL=unusable):
        assert send_message(twilio, sid).status == 200
    assert len(database.events(sid)) == 1


def test_under_the_document_root(fast, database, twilio):
    """Whoever can guess a name could read what people write to each other."""
    log = LogWatch(fast)
    with fast.settings(HOOKSWITCH_SPOOL=fast.site.public / "spool"):
        assert send_message(twilio, new_sid("SM")).status == 500
    assert "HOOKSWITCH_SPOOL" in log.only_line()
    assert database.counts()["webhook_events"] == 0


def test_full_file_system(fast, cluster, database, twilio):
    """503 for what does not fit, and nothing half-written is ever replayed."""
    sids = {answer: [] for answer in (200, 503)}

    def send(length):
        sid = new_sid("SM")
        sids[send_message(twilio, sid, Body=secrets.token_hex(length // 2)).status].append(sid)

    try:
        with faults.file_system(fast, "size=64k") as path:
            spool = Spool(fast, path)
            with spool.in_use(HOOKSWITCH_DATABASE=NOWHERE):
                log = LogWatch(fast)
                for _ in range(5):
                    send(20_000)
                    send(10)
                assert sids[200] and len(sids[503]) > 1
                assert f'"{path}' in log.lines("not stored")[0]
                assert os.strerror(28) in log.lines("not stored")[0]
            assert len(spool.waiting()) == len(sids[200])
            assert spool.names("tmp") == []
            with spool.in_use():
                spool.drain(cluster, twilio)
            assert not spool.names("unreadable") and not spool.names("rejected")
    except PermissionError:
        pytest.skip("only root may mount something")
    faults.check_stored_once(database, sids[200])
    assert not any(database.events(sid) for sid in sids[503])


def test_synced_before_the_answer(environment, tmp_path):
    """The file, its directory, and what was made for them: before the first byte goes out."""
    try:
        strace = find_program("strace")
    except FileNotFoundError:
        pytest.skip("strace is not installed")
    if subprocess.run([strace, "-o", "/dev/null", "true"]).returncode:
        pytest.skip("this user may not trace a program")
    spool = tmp_path / "spool"
    spool.mkdir(0o700)
    calls = trace(strace, environment, spool, tmp_path / "trace")
    folder = f"<{re.escape(str(spool))}"
    steps = [
        rf"write\(\d+{folder}/tmp/[^/>]+>, \"hookswitch-spool",
        rf"fsync\(\d+{folder}/tmp/[^/>]+>\) += 0",
        rf"renameat2?\(\d+{folder}/tmp>, .*\d+{folder}/new>.*\) += 0",
        rf"fsync\(\d+{folder}/new>\) += 0",
        r"write\w*\(1<.*Status: 200",
    ]
    assert places(calls, steps) == sorted(places(calls, steps))
    answer = places(calls, steps)[-1]
    for made in ("tmp", "new"):
        (place,) = places(calls, [rf"mkdirat\(\d+{folder}>, \"{made}\""])
        assert any(re.search(rf"fsync\(\d+{folder}>\) += 0", call)
                   for call in calls[place:answer]), f"{made}/ itself is not synced"


def trace(strace, environment, spool, output):
    """System calls of a plain CGI program that spools a message."""
    params = payloads.inbound_sms(ACCOUNT, new_sid("SM"))
    request = form(ACCOUNT.token, "https://example.com", "/sms", params)
    variables = {
        "REQUEST_METHOD": "POST", "REQUEST_URI": "/sms", "HTTP_HOST": "example.com",
        "HTTPS": "on", "CONTENT_TYPE": request.headers["Content-Type"],
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_X_TWILIO_SIGNATURE": request.headers["X-Twilio-Signature"],
        "TWILIO_ACCOUNT_SID": ACCOUNT.sid, "TWILIO_AUTH_TOKEN": ACCOUNT.token,
        "HOOKSWITCH_DATABASE": NOWHERE, "HOOKSWITCH_SPOOL": str(spool),
    }
    result = subprocess.run([strace, "-f", "-y", "-s", "64", "-o", output,
                             environment.fcgi_dir / "sms.fcgi"],
                            input=request.body, capture_output=True, env=variables)
    assert result.stdout.startswith(b"Status: 200"), result
    return output.read_text(errors="replace").splitlines()


def places(calls, patterns):
    """Where each of them is among the calls; each is there once."""
    found = [[at for at, call in enumerate(calls) if re.search(pattern, call)]
             for pattern in patterns]
    assert all(len(each) == 1 for each in found), list(zip(patterns, found))
    return [each[0] for each in found]


def send_message(twilio, sid, **changes):
    return twilio.send("sms", payloads.inbound_sms(twilio.account, sid, **changes))


def send_status(twilio, sid, status):
    return twilio.send("status", payloads.message_status(twilio.account, sid, status))


def record(spool, name):
    return (spool.path / "new" / name).read_bytes()


def forget(database, sids):
    for table, name in (("messages", "sid"), ("recordings", "sid"), ("calls", "sid"),
                        ("webhook_events", "subject_sid")):
        database.rows(f"DELETE FROM hookswitch.{table} WHERE {name} = ANY (%s) RETURNING 1", sids)


def replay(environment, server):
    """As cron does it."""
    return subprocess.run([environment.fcgi_dir / "hookswitch", "replay", "--config",
                           server.site.private / "hookswitch.conf"],
                          capture_output=True, text=True)


def waiting_for_locks(database):
    return database.rows("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
