"""hookswitch recordings where a part has come: what it is gone on with, and what not."""

import hashlib
import signal
import threading
from email.utils import formatdate

import pytest

from backfill import start
from processes import wait_until
from recordings import SOUND, add, elsewhere, fetch, folder, names, offer, row_of, site
from storage import Trouble

CHANGED = SOUND[:12] + bytes(byte ^ 255 for byte in SOUND[12:])
DATE = {"Last-Modified": "Wed, 08 Oct 2025 13:54:20 GMT"}


def begin(environment, site, folder, rest_api, database, account, storage, cut=100_000):
    """A run of which a part has come: its process, the recording's SID, and what lets it go on."""
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", elsewhere(storage, sid))
    release = threading.Event()
    storage.troubles = [Trouble(cut=cut, wait=release)]
    process = start(environment, "recordings", "--config", site, folder)
    part = folder / f".{sid}.wav.part"
    wait_until(lambda: part.exists() and part.stat().st_size == cut, "a part has come")
    return process, sid, release


def break_off(*where, cut=100_000):
    """What is left of such a run that is killed. The recording's SID."""
    process, sid, release = begin(*where, cut=cut)
    process.kill()
    process.communicate()
    release.set()
    where[-1].requests.clear()
    return sid


def check_fetched(folder, database, sid, data):
    assert names(folder) == [f"{sid}.wav"]
    assert (folder / f"{sid}.wav").read_bytes() == data
    row = row_of(database, sid)
    assert (row["size"], row["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def test_goes_on_where_it_broke_off(environment, site, folder, rest_api, database, account,
                                    storage):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", elsewhere(storage, sid))
    storage.troubles = [Trouble(cut=100_000), Trouble(cut=50_000)]
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert storage.ranges() == [None, "bytes=100000-", "bytes=150000-"]
    assert (folder / f"{sid}.wav").read_bytes() == SOUND
    assert row_of(database, sid)["sha256"] == hashlib.sha256(SOUND).hexdigest()


def test_begins_again_where_there_are_no_parts(environment, site, folder, rest_api, database,
                                               account, storage):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", elsewhere(storage, sid))
    storage.has_ranges = False
    storage.troubles = [Trouble(cut=100_000)]
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert storage.ranges() == [None, "bytes=100000-"]
    assert (folder / f"{sid}.wav").read_bytes() == SOUND


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_goes_on_in_another_run(environment, site, folder, rest_api, database, account, storage,
                                end):
    process, sid, release = begin(environment, site, folder, rest_api, database, account, storage)
    process.send_signal(end)
    release.set()
    _, errors = process.communicate()
    if end == signal.SIGTERM:
        assert process.returncode == 1
        assert len(errors.splitlines()) == 1
    assert not (folder / f"{sid}.wav").exists()
    assert database.rows("SELECT * FROM hookswitch.recording_files") == []

    storage.requests.clear()
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert storage.ranges() == ["bytes=100000-"]
    check_fetched(folder, database, sid, SOUND)


@pytest.mark.parametrize("validators", [{"ETag": '"abc"', **DATE}, DATE], ids=["etag", "date"])
def test_goes_on_with_the_same_file(environment, site, folder, rest_api, database, account, storage,
                                    validators):
    storage.validators = lambda _: validators
    sid = break_off(environment, site, folder, rest_api, database, account, storage)
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    [(_, headers)] = storage.requests
    assert (headers["Range"], headers["If-Range"]) == (
        "bytes=100000-", validators.get("ETag", DATE["Last-Modified"]))
    check_fetched(folder, database, sid, SOUND)


@pytest.mark.parametrize("validators", [
    {}, {"ETag": 'W/"abc"', **DATE}, {"ETag": "abc"}, {"ETag": '"' + "a" * 300 + '"'},
    {"Last-Modified": "now"}, {"Last-Modified": None},
], ids=["none", "weak-etag", "not-an-etag", "long-etag", "no-date", "young-date"])
def test_file_that_cannot_be_known_again(environment, site, folder, rest_api, database, account,
                                         storage, validators):
    """Nobody could tell whether a part is one of it: it begins anew, and leaves nothing behind."""
    now = formatdate(usegmt=True)
    storage.validators = lambda _: {name: value or now for name, value in validators.items()}
    process, sid, release = begin(environment, site, folder, rest_api, database, account, storage)
    process.terminate()
    release.set()
    process.communicate()
    assert (process.returncode, names(folder)) == (1, [])
    storage.troubles = [Trouble(cut=100_000)]
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert set(storage.ranges()) == {None}
    check_fetched(folder, database, sid, SOUND)


@pytest.mark.parametrize("knows_if_range", [True, False])
@pytest.mark.parametrize("changed", [CHANGED, CHANGED + b"more", CHANGED[:50_000]],
                         ids=["as-long", "longer", "shorter-than-the-part"])
def test_file_that_changed_meanwhile(environment, site, folder, rest_api, database, account,
                                     storage, changed, knows_if_range):
    """Between two runs, and within one: what has come of the old one is no part of the new one."""
    storage.knows_if_range = knows_if_range
    sid = break_off(environment, site, folder, rest_api, database, account, storage)
    storage.files[f"/bucket/{sid}"] = changed
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(changed)}
    assert storage.ranges() == ["bytes=100000-"] + [None] * (not knows_if_range)
    check_fetched(folder, database, sid, changed)

    (folder / f"{sid}.wav").unlink()
    process, sid, release = begin(environment, site, folder, rest_api, database, account, storage)
    storage.files[f"/bucket/{sid}"] = changed
    release.set()
    assert process.communicate()[1] == ""
    check_fetched(folder, database, sid, changed)


@pytest.mark.parametrize("trouble", [
    Trouble(content_range=""), Trouble(content_range="bytes"),
    Trouble(content_range=f"bytes 99999-{len(SOUND) - 1}/{len(SOUND)}"),
    Trouble(content_range=f"bytes 100000-{len(SOUND) - 1}/{len(SOUND) + 1}"),
    Trouble(content_range=f"bytes 100000-{len(SOUND)}/{len(SOUND)}"),
    Trouble(content_range=f"bytes 100000-{len(SOUND) - 2}/{len(SOUND)}"),
    Trouble(content_range=f"bytes 100000-99999/{len(SOUND)}"),
    Trouble(content_range=f"bytes 100000-{len(SOUND) - 1}/*"),
    Trouble(content_range=f"bytes 100000-{len(SOUND) - 1}/{len(SOUND)},"),
    Trouble(length=len(SOUND) - 100_001, cut=len(SOUND) - 100_001),
], ids=["none", "empty", "first", "total", "last", "shorter", "reversed", "star", "more", "length"])
def test_part_that_is_another_than_it_should_be(environment, site, folder, rest_api, database,
                                                account, storage, trouble):
    sid = break_off(environment, site, folder, rest_api, database, account, storage)
    storage.troubles = [trouble]
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert storage.ranges() == ["bytes=100000-", None]
    check_fetched(folder, database, sid, SOUND)


def test_part_without_what_it_is_of(environment, site, folder, rest_api, database, account,
                                    storage):
    """What an earlier version left: nobody knows what it is a part of."""
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", elsewhere(storage, sid))
    folder.mkdir(0o700)
    (folder / f".{sid}.wav.part").write_bytes(CHANGED[:100_000])
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert storage.ranges() == [None]
    check_fetched(folder, database, sid, SOUND)


@pytest.mark.parametrize("note", ["", "300000", "300000\n", "x \"abc\"\n", "300000 \"abc\"",
                                  "300000 \"a\nX: y\"\n", "300000 \"" + "a" * 5000 + "\"\n"],
                         ids=["empty", "number", "line", "no-number", "cut", "header", "long"])
def test_note_that_is_none(environment, site, folder, rest_api, database, account, storage, note):
    sid = break_off(environment, site, folder, rest_api, database, account, storage)
    [beside] = folder.glob(f".{sid}.wav.part.*")
    beside.write_text(note)
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert storage.ranges() == [None]
    check_fetched(folder, database, sid, SOUND)


def test_part_that_is_all_of_it(environment, site, folder, rest_api, database, account, storage):
    """It ended before it had its name: there is no rest of it to be had."""
    sid = break_off(environment, site, folder, rest_api, database, account, storage)
    (folder / f".{sid}.wav.part").write_bytes(SOUND)
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    check_fetched(folder, database, sid, SOUND)


def test_part_of_the_rest(environment, site, folder, rest_api, database, account,
                                     storage):
    """The answer is whole, and is not all of the file."""
    sid = break_off(environment, site, folder, rest_api, database, account, storage, cut=1000)
    storage.troubles = [Trouble(last=1499)]
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert storage.ranges() == ["bytes=1000-", "bytes=1500-"]
    check_fetched(folder, database, sid, SOUND)
