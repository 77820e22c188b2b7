"""Recordings that have been fetched, and the requests of who listens to them."""

import hashlib
import math
import random
import struct

import feed
import recordings

# Larger than what any of the servers holds in one piece.
SOUND = random.Random(2).randbytes(700_001)


def folder(site, name="recordings"):
    """A directory as `hookswitch recordings` makes it, of whom the endpoints run as."""
    path = site.home / "private" / name
    if not path.exists():
        path.mkdir(0o700)
        site.own(path)
    return path


def keep(server, database, account, data=SOUND, format="wav", **changes):
    """A recording that has been fetched; its SID."""
    sid = recordings.add(database, account, **changes)
    keep_file(server, database, account, sid, data, format)
    return sid


def keep_file(server, database, account, sid, data=SOUND, format="wav"):
    path = folder(server.site) / f"{sid}.{format}"
    path.write_bytes(data)
    path.chmod(0o600)
    server.site.own(path)
    database.rows(
        "INSERT INTO hookswitch.recording_files (recording_sid, account_sid, format, directory,"
        " file_name, size, sha256, fetched_at) VALUES (%s, %s, %s, %s, %s, %s, %s, now())"
        " RETURNING 1", sid, account.sid, format, str(path.parent), path.name, len(data),
        hashlib.sha256(data).digest())
    return path


def listen(server, sid, method="GET", headers=None, path=feed.PATH, **more):
    """The answer for a recording, to one who has the token unless `headers` say otherwise."""
    headers = feed.token() if headers is None else headers
    more = {name.replace("_", "-"): value for name, value in more.items()}
    return feed.ask(server, {"recording": sid}, {**headers, **more}, path, method)


def tone(seconds=2, rate=8000):
    """A WAV file that a browser can play: a quiet tone, one channel of 16 bits."""
    samples = b"".join(struct.pack("<h", int(3000 * math.sin(n * 0.25)))
                       for n in range(seconds * rate))
    return (b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
            + b"data" + struct.pack("<I", len(samples)) + samples)
