"""hookswitch recordings, called by a test; recordings, and what is answered for their media.

A test file imports the fixtures, too.
"""

import hashlib
import json
import random
from datetime import datetime, timezone

import pytest

from backfill import write_settings
from command import run
from rest_api import Fault
from twilio import new_sid

LONG_AGO = datetime(2025, 10, 8, 13, 54, tzinfo=timezone.utc)
WAV = b"RIFF\0\0\0\0WAVE"
SOUND = WAV + random.Random(1).randbytes(300_000 - len(WAV))


@pytest.fixture
def site(tmp_path, settings, rest_api, database):
    return write_settings(tmp_path / "hookswitch.conf", settings,
                          HOOKSWITCH_TWILIO_API=rest_api.origin)


@pytest.fixture
def folder(tmp_path):
    """Where they go; it is not there yet."""
    (tmp_path / "private").mkdir()
    return tmp_path / "private" / "recordings"


def add(database, account, sid=None, started=LONG_AGO, status="completed", call=None, duration=15):
    """A recording that webhooks told of."""
    sid = sid or new_sid("RE")
    database.rows("INSERT INTO hookswitch.recordings (sid, account_sid, call_sid, status, started_at,"
                  " duration) VALUES (%s, %s, %s, %s, %s, %s) RETURNING sid",
                  sid, account.sid, call, status, started, duration)
    return sid


def offer(api, name, *answers):
    """What is answered for a file, one after the other; the last one for good."""
    left = list(answers)
    api.resources.setdefault("files", {})[name] = (
        lambda request: left.pop(0) if len(left) > 1 else left[0])


def sound(data=SOUND, content_type="audio/x-wav"):
    return Fault(200, data, {"Content-Type": content_type,
                             "ETag": f'"{hashlib.md5(data).hexdigest()}"'})


def elsewhere(storage, name, data=SOUND):
    """Twilio says that it is at the storage's."""
    storage.files[f"/bucket/{name}"] = data
    return Fault(302, b"moved", {"Location": f"{storage.origin}/bucket/{name}"})


def fetch(environment, site, folder, *words):
    """The numbers that are not 0; nothing may fail."""
    result = run(environment, "recordings", "--config", site, "--json", *words, folder)
    assert (result.returncode, result.stderr) == (0, ""), result
    return {name: n for name, n in json.loads(result.stdout).items() if n}


def asked(api):
    return [(request.path.rpartition("/")[2], request.parameters) for request in api.requests]


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def row_of(database, sid):
    row = database.one("SELECT * FROM hookswitch.recording_files WHERE recording_sid = %s", sid)
    return {**row, "sha256": row["sha256"] and bytes(row["sha256"]).hex()}
