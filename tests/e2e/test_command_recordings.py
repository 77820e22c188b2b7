"""hookswitch recordings: the media of recordings, as files."""

import hashlib
import json
import os
import resource
import signal
import stat
import subprocess
import threading
from datetime import datetime, timedelta, timezone

import pytest

from backfill import start, write_settings
from command import check_failed, command_line, run
from faults import administer
from processes import wait_until
from recordings import (LONG_AGO, SOUND, WAV, add, asked, elsewhere, fetch, folder, names, offer,
                        row_of, site, sound)
from rest_api import Fault
from storage import Trouble
from terminal import CLEAR, run_on_terminal
from twilio import new_sid


def test_fetches_what_has_no_file(environment, site, folder, rest_api, database, account):
    sids = sorted(add(database, account) for _ in range(3))
    for n, sid in enumerate(sids):
        offer(rest_api, f"{sid}.wav", sound(SOUND[:-n or None]))
    before = datetime.now(timezone.utc)
    assert fetch(environment, site, folder) == {"fetched": 3, "bytes": 3 * len(SOUND) - 3}
    assert names(folder) == [f"{sid}.wav" for sid in sids]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for n, sid in enumerate(sids):
        path = folder / f"{sid}.wav"
        assert path.read_bytes() == SOUND[:-n or None]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        row = row_of(database, sid)
        assert before <= row.pop("fetched_at") <= datetime.now(timezone.utc)
        assert row == {"recording_sid": sid, "account_sid": account.sid, "format": "wav",
                       "directory": str(folder), "file_name": f"{sid}.wav",
                       "size": len(SOUND) - n, "sha256": hashlib.sha256(SOUND[:-n or None]).hexdigest(),
                       "channels": None, "failed_at": None, "failure": None}
    assert asked(rest_api) == [(f"{sid}.wav", []) for sid in sids]

    rest_api.requests.clear()
    assert fetch(environment, site, folder) == {}
    assert rest_api.requests == []


def test_formats_are_different_files(environment, site, folder, rest_api, database, account):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", sound())
    offer(rest_api, f"{sid}.mp3", sound(b"ID3", "audio/mpeg"))
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert fetch(environment, site, folder, "--format", "mp3", "--channels", "1") == {
        "fetched": 1, "bytes": 3}
    assert asked(rest_api)[1] == (f"{sid}.mp3", [("RequestedChannels", "1")])
    assert names(folder) == [f"{sid}.mp3", f"{sid}.wav"]
    assert database.rows("SELECT format, channels FROM hookswitch.recording_files ORDER BY 1") == [
        {"format": "mp3", "channels": 1}, {"format": "wav", "channels": None}]


def test_which_ones(environment, site, folder, rest_api, database, account):
    """Completed, or told of by a <Record> alone; of a call, by either leg; since when."""
    parent, child = new_sid("CA"), new_sid("CA")
    database.rows("INSERT INTO hookswitch.calls (sid, account_sid, parent_sid, created_at,"
                  " updated_at) VALUES (%s, %s, %s, now(), now()) RETURNING sid",
                  child, account.sid, parent)
    old = add(database, account, call=new_sid("CA"))
    new = add(database, account, started=LONG_AGO + timedelta(days=30))
    of_call = add(database, account, call=parent, started=None, status=None)
    for status in ("in-progress", "absent", "failed", "processing"):
        add(database, account, status=status)
    other = add(database, type(account)("AC" + "9" * 32, ""))
    for sid in (old, new, of_call, other):
        offer(rest_api, f"{sid}.wav", sound(WAV))

    def fetched(*words):
        rest_api.requests.clear()
        database.rows("DELETE FROM hookswitch.recording_files RETURNING format")
        fetch(environment, site, folder, *words)
        return sorted(name.removesuffix(".wav") for name, _ in asked(rest_api))
    assert fetched() == sorted([old, new, of_call])
    assert fetched("--since", "2025-10-09") == [new]
    assert fetched("--call", parent) == [of_call]
    assert fetched("--call", child) == [of_call]
    assert fetched("--account", account.sid, "--since", "2025-10-08") == sorted([old, new])


def test_redirect_to_another_host(environment, site, folder, rest_api, database, account, storage):
    """Whoever keeps the files for Twilio gets no credentials."""
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", elsewhere(storage, sid))
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert (folder / f"{sid}.wav").read_bytes() == SOUND
    assert "Authorization" in rest_api.requests[0].headers
    [(path, headers)] = storage.requests
    assert path == f"/bucket/{sid}"
    assert not {"Authorization", "Cookie", "Range"} & set(headers)
    assert account.token not in str(headers)


def test_redirects_without_end(environment, site, folder, rest_api, database, account):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", Fault(302, headers={"Location": f"{sid}.wav"}))
    result = run(environment, "recordings", "--config", site, folder)
    assert result.returncode == 1
    assert "redirects more than 5 times" in result.stderr


# Where it goes.

@pytest.mark.parametrize("make, said", [
    (lambda path: path.mkdir(0o755), 'others can get into'),
    (lambda path: path.mkdir(0o710), '"chmod 700"'),
    (lambda path: path.write_text(""), "Not a directory"),
    (lambda path: (path.parent / ".htaccess").write_text(""), "a web server could hand it"),
    (lambda path: (path.parent.parent / ".htaccess").write_text(""), "a web server could hand it"),
])
def test_folder_that_is_not_private(environment, site, folder, rest_api, database, account, make,
                                    said):
    add(database, account)
    make(folder)
    check_failed(run(environment, "recordings", "--config", site, folder), 1, said)
    assert rest_api.requests == []


def test_folder_below_a_document_root(environment, site, rest_api, database, tmp_path):
    for name in ("public_html/recordings", "htdocs", "site/recordings"):
        folder = tmp_path / name
        folder.mkdir(0o700, parents=True)
    words = ("recordings", "--config", site)
    for name in ("public_html/recordings", "htdocs"):
        check_failed(run(environment, *words, tmp_path / name), 1, "document root")
    assert run(environment, *words, tmp_path / "site/recordings").returncode == 0
    check_failed(run(environment, *words, tmp_path / "site/recordings",
                     DOCUMENT_ROOT=str(tmp_path / "site")), 1, "document root")
    (tmp_path / "link").symlink_to(tmp_path / "htdocs")
    check_failed(run(environment, *words, tmp_path / "link"), 1, "document root")


def test_folder_that_cannot_be_made(environment, site, tmp_path):
    check_failed(run(environment, "recordings", "--config", site, tmp_path / "no" / "such"), 1,
                 f'could not make the directory "{tmp_path}/no/such": No such file or directory')


def test_full_disk(environment, site, folder, rest_api, database, account):
    """One clear line, and no more requests; what is there is gone on with."""
    sids = sorted(add(database, account) for _ in range(2))
    for sid in sids:
        offer(rest_api, f"{sid}.wav", sound())

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    result = subprocess.run(command_line(environment, "recordings", "--config", site, folder),
                            capture_output=True, text=True, preexec_fn=limit,
                            env={"PATH": os.environ["PATH"]})
    assert result.returncode == 1
    assert result.stderr == (f'hookswitch recordings: could not write "{folder}/.{sids[0]}.wav.part":'
                             " File too large\n")
    assert len(rest_api.requests) == 1
    assert (folder / f".{sids[0]}.wav.part").stat().st_size == 100_000
    assert fetch(environment, site, folder) == {"fetched": 2, "bytes": 2 * len(SOUND)}


def test_link_in_the_place_of_a_part(environment, site, folder, rest_api, database, account,
                                     tmp_path):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", sound())
    folder.mkdir(0o700)
    (folder / f".{sid}.wav.part").symlink_to(tmp_path / "target")
    check_failed(run(environment, "recordings", "--config", site, "--quiet", folder), 1,
                 "Too many levels of symbolic links")
    assert not (tmp_path / "target").exists()


def test_two_at_a_time(environment, site, folder, rest_api, database, account, storage):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", elsewhere(storage, sid))
    release = threading.Event()
    storage.troubles = [Trouble(cut=1000, wait=release)]
    process = start(environment, "recordings", "--config", site, folder)
    wait_until(lambda: storage.requests, "the first one is at work")
    check_failed(run(environment, "recordings", "--config", site, folder), 1,
                 f'another process is at work in "{folder}"')
    release.set()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")


# What is deleted here.

def test_prune(environment, site, folder, rest_api, database, account):
    """Files go with their recordings; those that nobody knows of stay."""
    kept, gone = add(database, account), add(database, account)
    for sid in (kept, gone):
        offer(rest_api, f"{sid}.wav", sound())
    fetch(environment, site, folder)
    stranger = folder / "REstranger.wav"
    stranger.write_text("")
    old_part, old_note = folder / ".REold.wav.part", folder / ".REold.wav.part.of"
    new_part = folder / ".REnew.wav.part"
    for path in (old_part, old_note, new_part):
        path.write_text("x")
    for path in (old_part, old_note):
        os.utime(path, (1, 1))
    database.rows("DELETE FROM hookswitch.recordings WHERE sid = %s RETURNING sid", gone)
    assert fetch(environment, site, folder) == {}
    assert fetch(environment, site, folder, "--prune") == {"pruned": 1}
    assert names(folder) == sorted([new_part.name, f"{kept}.wav", stranger.name])
    assert [row["recording_sid"] for row in database.rows(
        "SELECT recording_sid FROM hookswitch.recording_files")] == [kept]
    # Of another directory's files it knows nothing.
    database.rows("DELETE FROM hookswitch.recordings RETURNING sid")
    assert fetch(environment, site, folder.with_name("other"), "--prune") == {}
    assert (folder / f"{kept}.wav").exists()


def test_prune_forgets_what_twilio_did_not_have(environment, site, folder, rest_api, database,
                                                account):
    """An erased person's recordings are known by nothing more; one that is there still is."""
    kept, erased = add(database, account), add(database, account)
    assert fetch(environment, site, folder) == {"gone": 2}
    other = add(database, type(account)("AC" + "9" * 32, ""))
    database.rows("INSERT INTO hookswitch.recording_files (recording_sid, account_sid, format,"
                  " failed_at, failure) VALUES (%s, %s, 'wav', now(), '') RETURNING format",
                  other, "AC" + "9" * 32)
    database.rows("DELETE FROM hookswitch.recordings WHERE sid <> %s RETURNING sid", kept)
    assert fetch(environment, site, folder, "--prune") == {}
    assert {row["recording_sid"] for row in database.rows(
        "SELECT recording_sid FROM hookswitch.recording_files")} == {kept, other}


def test_purge_leaves_what_tells_of_files(environment, site, folder, rest_api, database,
                                                   account):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", sound())
    fetch(environment, site, folder)
    database.rows("SELECT * FROM hookswitch.purge('30 days')")
    assert database.rows("SELECT * FROM hookswitch.recordings") == []
    assert row_of(database, sid)["file_name"] == f"{sid}.wav"
    assert fetch(environment, site, folder, "--prune") == {"pruned": 1}
    assert names(folder) == []


def test_writer_may_do_it(environment, settings, folder, rest_api, database, cluster, tmp_path,
                          account):
    administer(cluster, "CREATE ROLE hookswitch_writer", "CREATE ROLE hookswitch_reader",
               "GRANT hookswitch_writer TO site", "GRANT USAGE ON SCHEMA hookswitch"
               " TO hookswitch_writer, hookswitch_reader")
    try:
        cluster.run_psql("site", "site", "-f", environment.source / "sql" / "grants.sql")
        site = write_settings(tmp_path / "hookswitch.conf", settings, **{
            "HOOKSWITCH_TWILIO_API": rest_api.origin,
            "HOOKSWITCH_DATABASE": cluster.conninfo + " options='-c role=hookswitch_writer'"})
        sid, gone = add(database, account), add(database, account)
        offer(rest_api, f"{sid}.wav", sound())
        assert fetch(environment, site, folder) == {
            "fetched": 1, "gone": 1, "bytes": len(SOUND)}
        database.rows("DELETE FROM hookswitch.recordings RETURNING sid")
        assert fetch(environment, site, folder, "--prune") == {"pruned": 1}
    finally:
        administer(cluster, "DROP OWNED BY hookswitch_writer, hookswitch_reader",
                   "DROP ROLE hookswitch_writer, hookswitch_reader")


# What is printed, and how it is called.

def test_call_that_has_none(environment, site, folder, rest_api, database, account):
    """Of one that nobody knows, and of one in another account; fetched before is not the same."""
    call = new_sid("CA")
    words = ("recordings", "--config", site, folder, "--call", call)
    check_failed(run(environment, *words), 1,
                 f'the tables have no recording of call "{call}"; "hookswitch backfill" asks Twilio')
    sid = add(database, account, call=call)
    offer(rest_api, f"{sid}.wav", sound())
    check_failed(run(environment, *words, "--account", "AC" + "9" * 32), 1, "no recording of call")
    assert run(environment, *words).stdout == f"fetched 1 ({len(SOUND)} bytes)\n"
    assert run(environment, *words).stdout == "fetched 0 (0 bytes)\n"

def test_says_what_it_fetched(environment, site, folder, rest_api, database, account):
    sids = sorted(add(database, account) for _ in range(2))
    for sid in sids:
        offer(rest_api, f"{sid}.wav", sound(WAV))
    result = run(environment, "recordings", "--config", site, folder, "--verbose", "--json",
                 "--since", "2026-01-01")
    assert json.loads(result.stdout) == {"fetched": 0, "later": 0, "gone": 0, "failed": 0,
                                         "pruned": 0, "bytes": 0}
    result = run(environment, "recordings", "--config", site, folder, "--verbose", "--json")
    *files, _ = map(json.loads, result.stdout.splitlines())
    assert files == [{"sid": sid, "outcome": "fetched", "format": "wav", "size": len(WAV)}
                     for sid in sids]
    quiet = run(environment, "recordings", "--config", site, folder, "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_progress_on_a_terminal(environment, site, folder, rest_api, database, account):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", sound())
    status, seen, output = run_on_terminal(environment, "recordings", "--config", site, folder)
    assert (status, output) == (0, f"fetched 1 ({len(SOUND)} bytes)\n")
    assert f"1 left, {sid}: {len(SOUND) // 1024} of {len(SOUND) // 1024} KiB" in seen
    assert seen.endswith(CLEAR)
    add(database, account, "RE\x1b[2J")
    seen = run_on_terminal(environment, "recordings", "--config", site, folder)[1]
    assert "1 left, RE\\x1B[2J" in seen


def test_folder_of_the_settings(environment, site, rest_api, database, account, folder):
    """Where the page plays them from, unless another one is named."""
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", sound())
    with open(site, "a", encoding="utf-8") as settings:
        settings.write(f"HOOKSWITCH_RECORDINGS = {folder}\n")
    result = run(environment, "recordings", "--config", site)
    assert (result.returncode, result.stderr) == (0, ""), result
    assert names(folder) == [f"{sid}.wav"]
    other = folder.with_name("other")
    assert run(environment, "recordings", "--config", site, "--format", "mp3", other).returncode == 0
    assert names(folder) == [f"{sid}.wav"] and other.is_dir()


@pytest.mark.parametrize("words, said", [
    ([], "say into which directory they shall go"),
    (["a", "b"], 'unexpected argument "b"'),
    (["a", "--format", "ogg"], "--format must be wav or mp3"),
    (["a", "--channels", "3"], "number from 1 to 2"),
    (["a", "--since", "then"], "--since must look like"),
    (["a", "--call", "x"], "--call must look like CA0123456789abcdef0123456789abcdef, not like"),
    (["a", "--call", new_sid("RE")], "--call must look like CA0123456789abcdef"),
    (["a", "--account", "AC1"], "--account must look like AC0123456789abcdef"),
])
def test_misuse(environment, words, said):
    check_failed(run(environment, "recordings", *words), 2, said)
