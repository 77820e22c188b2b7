"""hookswitch recordings where what comes is not what it should be."""

import pytest

from command import run
from recordings import SOUND, WAV, add, elsewhere, fetch, folder, names, offer, site, sound
from storage import Trouble


@pytest.mark.parametrize("trouble, said", [
    (Trouble(length=len(SOUND) + 1), 'no whole answer from "127.0.0.1": the connection ended in the middle of the answer'),
    (Trouble(no_length=True), "it came without its length"),
    (Trouble(type="text/html; charset=utf-8"),
     'what came is no WAV file: its Content-Type is "text/html; charset=utf-8"'),
    (Trouble(type=""), "what came is no WAV file: it has no Content-Type"),
    (Trouble(status=503), '"127.0.0.1", where Twilio says that it is, answered 503'),
    # A link there has expired, or what is there is not complete yet.
    (Trouble(status=401), '"127.0.0.1", where Twilio says that it is, answered 401'),
    (Trouble(status=403), '"127.0.0.1", where Twilio says that it is, answered 403'),
    (Trouble(status=404), '"127.0.0.1", where Twilio says that it is, answered 404'),
], ids=["longer", "no-length", "html", "no-type", "503", "401", "403", "404"])
def test_what_is_not_right(environment, site, folder, rest_api, database, account, storage, trouble,
                           said):
    """It is tried again, and if it stays so, nothing has its name."""
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", elsewhere(storage, sid))
    storage.troubles = [trouble]
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}
    assert (folder / f"{sid}.wav").read_bytes() == SOUND

    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", elsewhere(storage, sid))
    storage.troubles = [trouble] * 9
    result = run(environment, "recordings", "--config", site, folder, "--quiet")
    assert result.returncode == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (folder / f"{sid}.wav").exists()
    # Each try begins where Twilio says where it is; and so does the next run.
    assert len(rest_api.requests) == 5 + (trouble.length is not None)  # of which more came
    storage.troubles = []
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}


@pytest.mark.parametrize("format, data, is_one", [
    ("wav", WAV, True),
    ("wav", b"RIFF\0\0\0\0AVI " + bytes(100), False),
    ("wav", b"<!doctype html><title>Sorry</title>", False),
    ("wav", b"ID3\4" + bytes(100), False),
    ("wav", WAV[:11], False),
    ("mp3", b"ID3\4" + bytes(100), True),
    ("mp3", b"\xff\xfb\x90\0" + bytes(100), True),
    ("mp3", b"\xff\xf3\x40\xc0" + bytes(100), True),
    ("mp3", b"\xff\xff\xff\xff" + bytes(100), False),
    ("mp3", b"\xff\xe8\x00\x00" + bytes(100), False),
    ("mp3", b"ID", False),
    ("mp3", WAV, False),
    ("mp3", b"<!doctype html><title>Sorry</title>", False),
])
def test_what_begins_like_sound(environment, site, folder, rest_api, database, account, format,
                                data, is_one):
    """What is called so and is none is not kept, and does not hold up the others."""
    sids = sorted(add(database, account) for _ in range(5))
    for sid in sids[:4]:
        offer(rest_api, f"{sid}.{format}", sound(data))
    offer(rest_api, f"{sids[4]}.{format}", sound(WAV if format == "wav" else b"ID3\3"))
    result = run(environment, "recordings", "--config", site, "--format", format, folder)
    if is_one:
        assert (result.returncode, result.stderr) == (0, "")
        assert len(names(folder)) == 5
        return
    name = format.upper()
    assert (result.returncode, result.stderr) == (1, (
        f"hookswitch recordings: {sids[0]}: what came does not begin as {name} files do;"
        " does Twilio encrypt recordings of this account? (and 3 more failed)\n"))
    assert names(folder) == [f"{sids[4]}.{format}"]
    assert [row["recording_sid"] for row in database.rows(
        "SELECT recording_sid FROM hookswitch.recording_files")] == [sids[4]]
    assert len(rest_api.requests) == 5
