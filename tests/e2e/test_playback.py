"""Recordings to listen to: every shape of server gives out the file, or a part, to who may read."""

import json
import os
import socket

import pytest

import feed
import playback
import recordings
import wire
from feed import each
from playback import SOUND, keep, listen
from processes import in_time, wait_until
from test_feed import ApacheUsers, LighttpdUsers, basic
from test_feed_limits import FewDescriptors
from twilio import new_sid
from webservers import ApacheCgid, ApacheFcgid, Lighttpd, LogWatch, pids

CHANGED = "Fri, 20 Nov 2026 10:00:00 GMT"


@pytest.fixture
def stage(server, database):
    """Each of the five servers in turn, with a folder of recordings."""
    with server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN,
                         HOOKSWITCH_RECORDINGS=playback.folder(server.site)):
        yield server


@pytest.fixture
def either(either_server, database):
    with either_server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN,
                                HOOKSWITCH_RECORDINGS=playback.folder(either_server.site)):
        yield either_server


@pytest.mark.parametrize("path", [feed.PATH, "/hookswitch/events.fcgi"])
def test_whole(stage, database, account, path):
    """All of it, byte by byte; not kept by anybody but who asked, and asked for anew."""
    sid = keep(stage, database, account)
    answer = listen(stage, sid, path=path)
    assert (answer.status, answer.header("Content-Type")) == (200, "audio/wav")
    assert answer.header("Content-Length") == str(len(SOUND))
    assert answer.body == SOUND
    assert answer.header("Accept-Ranges") == "bytes"
    assert answer.header("Cache-Control") == "private, no-cache"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Cross-Origin-Resource-Policy") == "same-origin"
    assert answer.header("Content-Disposition") == f'inline; filename="{sid}.wav"'
    head = listen(stage, sid, "HEAD", path=path)
    assert (head.status, head.body) == (200, b"")
    assert [head.header(name) for name in ("ETag", "Content-Type", "Accept-Ranges")] == [
        answer.header(name) for name in ("ETag", "Content-Type", "Accept-Ranges")]


def test_again_and_again(farm, database, account):
    """Who has listened makes room for the next one; a process like this one has five places."""
    server = farm.get(FewDescriptors)
    with server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN,
                         HOOKSWITCH_RECORDINGS=playback.folder(server.site)):
        sid = keep(server, database, account)
        assert [listen(server, sid).status for _ in range(12)] == [200] * 12


def test_parts(stage, database, account):
    """What a browser asks for that skips, and that goes on with what it has."""
    sid = keep(stage, database, account, b"0123456789", "mp3")
    whole = listen(stage, sid)
    assert (whole.header("Content-Type"), whole.body) == ("audio/mpeg", b"0123456789")
    for wanted, sent in (("0-", b"0123456789"), ("2-4", b"234"), ("-3", b"789"), ("7-99", b"789")):
        answer = listen(stage, sid, Range=f"bytes={wanted}")
        assert (answer.status, answer.body) == (206, sent)
        first = b"0123456789".index(sent)
        assert answer.header("Content-Range") == f"bytes {first}-{first + len(sent) - 1}/10"
        assert answer.header("Content-Length") == str(len(sent))
        assert answer.header("ETag") == whole.header("ETag")
    beyond = listen(stage, sid, Range="bytes=10-")
    assert (beyond.status, beyond.header("Content-Range")) == (416, "bytes */10")
    assert b"0123456789" not in beyond.body
    same = listen(stage, sid, Range="bytes=2-4", If_Range=whole.header("ETag"))
    assert (same.status, same.body) == (206, b"234")
    for other in ('"other"', CHANGED):
        answer = listen(stage, sid, Range="bytes=2-4", If_Range=other)
        assert (answer.status, answer.body) == (200, b"0123456789")
    known = listen(stage, sid, If_None_Match=whole.header("ETag"))
    assert (known.status, known.body, known.header("ETag")) == (304, b"", whole.header("ETag"))


def test_large_part(stage, database, account):
    """Longer than the pieces in which it goes out."""
    sid = keep(stage, database, account)
    answer = listen(stage, sid, Range="bytes=100-600099")
    assert (answer.status, len(answer.body)) == (206, 600_000)
    assert answer.body == SOUND[100:600_100]


def test_strangers(stage, database, account):
    """The same door as the feed's."""
    sid = keep(stage, database, account)
    for headers in ({}, feed.token("x" * 40), {"Remote-User": "anna"}):
        answer = listen(stage, sid, headers=headers)
        assert answer.status == 401 and SOUND[:100] not in answer.body
        assert answer.header("WWW-Authenticate").startswith("Bearer ")
    assert listen(stage, sid, "POST").status == 405


@each(ApacheUsers, LighttpdUsers)
def test_users(reading, database, account, server_class):
    """With the web server's own login a browser plays it by itself."""
    server = reading(server_class)
    with server.settings(HOOKSWITCH_RECORDINGS=playback.folder(server.site)):
        sid = keep(server, database, account, b"0123456789")
        assert listen(server, sid, headers=basic()).body == b"0123456789"
        assert listen(server, sid, headers=basic(password="wrong")).status == 401


# What is not there.

def check_missing(server, sid, why):
    answer = listen(server, sid)
    assert (answer.status, answer.header("Content-Type")) == (404, "application/json")
    assert json.loads(answer.body)["file"] == why
    assert listen(server, sid, "HEAD").status == 404


def test_not_there(stage, database, account):
    check_missing(stage, new_sid("RE"), "unknown")
    sid = recordings.add(database, account)
    check_missing(stage, sid, "none")
    path = playback.keep_file(stage, database, account, sid, b"0123456789")
    assert listen(stage, sid).body == b"0123456789"
    path.write_bytes(b"012345678")
    check_missing(stage, sid, "missing")
    path.unlink()
    log = LogWatch(stage)
    check_missing(stage, sid, "missing")
    wait_until(lambda: f'could not open "{sid}.wav"' in log.text(), "the log says it")


def test_list(either, database, account):
    """It says what can be listened to: the smaller one."""
    sid = keep(either, database, account, b"0123456789")
    playback.keep_file(either, database, account, sid, b"01234", "mp3")
    other = recordings.add(database, account)
    files = {each["sid"]: each["file"] for each in feed.get(either, list="recordings")["items"]}
    assert files[other] is None
    assert (files[sid]["format"], files[sid]["size"]) == ("mp3", 5)
    assert listen(either, sid).body == b"01234"


@pytest.mark.parametrize("forget", [
    "DELETE FROM hookswitch.recordings WHERE sid = %s RETURNING 1",
    "DELETE FROM hookswitch.recording_files WHERE recording_sid = %s RETURNING 1",
], ids=["the recording", "the file"])
def test_forgotten(either, database, account, forget):
    """What is purged or erased is silent at once, also for who has heard it before."""
    sid = keep(either, database, account, b"0123456789")
    tag = listen(either, sid).header("ETag")
    assert listen(either, sid, If_None_Match=tag).status == 304
    assert database.rows(forget, sid)
    for more in ({}, {"If_None_Match": tag}, {"Range": "bytes=0-1", "If_Range": tag}):
        answer = listen(either, sid, **more)
        assert answer.status == 404 and b"0123456789" not in answer.body


def test_nothing_but_files_of_the_folder(either, database, account, tmp_path):
    """No path from the request, no link, no file that no recording has."""
    server = either
    folder = playback.folder(server.site)
    (folder / "secret.wav").write_bytes(b"secret")
    (folder / "RE1.txt").write_bytes(b"secret")
    outside = server.site.private_file("outside.wav", "secret")
    os.chown(folder / "secret.wav", *(server.site.owner or (os.getuid(), os.getgid())))
    linked = recordings.add(database, account)
    playback.keep_file(server, database, account, linked, b"secret").unlink()
    (folder / f"{linked}.wav").symlink_to(outside)
    check_missing(server, linked, "missing")
    for sid in ("secret", "secret.wav", "../outside", "..%2foutside", "/etc/passwd", "RE1.txt",
                ".", "..", "x" * 4000, "RE1%00.wav", "%"):
        answer = listen(server, sid)
        assert answer.status in (400, 404) and b"secret" not in answer.body, sid
    # And should such a thing ever stand in the tables.
    for sid in ("../outside", "..", "RE1.txt/../secret", "secret/"):
        database.rows("INSERT INTO hookswitch.recordings (sid, account_sid) VALUES (%s, %s)"
                      " RETURNING 1", sid, account.sid)
        database.rows(
            "INSERT INTO hookswitch.recording_files (recording_sid, account_sid, format, directory,"
            " file_name, size, sha256, fetched_at) VALUES (%s, %s, 'wav', '/etc', 'passwd', 6, '',"
            " now()) RETURNING 1", sid, account.sid)
        answer = listen(server, sid)
        assert answer.status == 400 and b"secret" not in answer.body, sid


@pytest.mark.parametrize("parameters", [
    {"recording": ""}, {"recording": "RE1", "limit": 1}, {"recording": "RE1", "after": "newest"},
    {"recording": "RE1", "list": "calls"}])
def test_other_parameters(either, parameters):
    answer = feed.ask(either, parameters)
    assert answer.status in (400, 404)
    assert list(json.loads(answer.body))[0] == "error"


def test_not_set(either, database, account):
    sid = keep(either, database, account)
    with either.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN):
        check_missing(either, sid, "off")


def test_folder_that_cannot_be(either, database, account):
    """The log names the setting; the answer does not."""
    sid = keep(either, database, account)
    inside = either.site.public / "recordings"
    inside.mkdir(exist_ok=True)
    for folder, why in ((inside, "outside the document root"), ("/nonexistent", "No such file")):
        log = LogWatch(either)
        with either.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN, HOOKSWITCH_RECORDINGS=folder):
            answer = listen(either, sid)
        assert answer.status == 500 and "HOOKSWITCH" not in answer.text
        line = log.only_line("hookswitch-events")
        assert "HOOKSWITCH_RECORDINGS" in line and why in line
    inside.rmdir()
    with either.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN, HOOKSWITCH_RECORDINGS="relative"):
        assert listen(either, sid).status == 500


# Much of it, and slowly.

def memory(pid):
    """Kilobytes that are its own."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))


def open_slowly(server, sid):
    """A client that has asked and does not read."""
    request = wire.Request("GET", feed.target({"recording": sid}), feed.token())
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(30)
    client.connect(("127.0.0.1", server.port))
    client.sendall(request.head(f"127.0.0.1:{server.port}", {}))
    assert client.recv(100).startswith(b"HTTP/1.1 200")
    return client


@each(Lighttpd, ApacheFcgid)
def test_memory(reading, database, account, environment, server_class):
    """However long it is."""
    if environment.wrapper:
        pytest.skip("a sanitizer keeps what was freed")
    server = reading(server_class)
    with server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN,
                         HOOKSWITCH_RECORDINGS=playback.folder(server.site)):
        small = keep(server, database, account, b"0123456789")
        large = keep(server, database, account, SOUND * 50)
        assert listen(server, small).status == 200
        before = max(memory(pid) for pid in pids(server, "events"))
        for _ in range(2):
            assert len(listen(server, large).body) == 50 * len(SOUND)
        assert max(memory(pid) for pid in pids(server, "events")) < before + 2000


@each(Lighttpd)
def test_many_that_pause(reading, database, account, server_class):
    """Who listens is nobody else's delay, and what was left off is gone on with."""
    server = reading(server_class)
    with server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN, HOOKSWITCH_THREADS=1,
                         HOOKSWITCH_RECORDINGS=playback.folder(server.site)):
        sid = keep(server, database, account, SOUND * 20)
        clients = [open_slowly(server, sid) for _ in range(20)]
        try:
            def others_are_answered():
                for _ in range(3):
                    assert feed.ask(server).status == 200
                    assert listen(server, sid, Range="bytes=0-9").body == SOUND[:10]
            in_time(others_are_answered, 5, "others are answered")
        finally:
            for client in clients:
                client.close()
        assert listen(server, sid).body == SOUND * 20
