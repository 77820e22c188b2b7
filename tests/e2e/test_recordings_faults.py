"""hookswitch recordings where Twilio does not have something, or something is away."""

from datetime import datetime, timezone

import pytest

from backfill import write_settings
from command import check_failed, run
from recordings import SOUND, add, asked, fetch, folder, names, offer, row_of, site, sound
from rest_api import Fault


# What Twilio does not have.

@pytest.mark.parametrize("status", [404, 410])
def test_gone(environment, site, folder, rest_api, database, account, status):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", Fault(status))
    assert fetch(environment, site, folder) == {"gone": 1}
    assert fetch(environment, site, folder) == {}
    assert len(rest_api.requests) == 1


@pytest.mark.parametrize("status", [400, 405, 406, 409, 416, 418, 429, 301])
def test_answers_that_do_not_say_that_it_is_gone(environment, site, folder, rest_api, database,
                                                 account, status):
    """It fails, and the next run asks again."""
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", Fault(status))
    result = run(environment, "recordings", "--config", site, folder)
    assert (result.returncode, result.stdout) == (1, "fetched 0 (0 bytes), 1 failed\n")
    assert f"{sid}: Twilio answered {status}" in result.stderr
    assert database.rows("SELECT * FROM hookswitch.recording_files") == []
    offer(rest_api, f"{sid}.wav", sound())
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}


def test_not_there_yet(environment, site, folder, rest_api, database, account):
    """Just completed: the media may come a moment later."""
    soon, later = sorted(add(database, account, started=datetime.now(timezone.utc))
                         for _ in range(2))
    offer(rest_api, f"{soon}.wav", Fault(404), sound())
    offer(rest_api, f"{later}.wav", Fault(404, b"<xml/>"))
    assert fetch(environment, site, folder) == {"fetched": 1, "later": 1, "bytes": len(SOUND)}
    assert [name for name, _ in asked(rest_api)] == [f"{soon}.wav"] * 2 + [f"{later}.wav"] * 3
    assert names(folder) == [f"{soon}.wav"]
    # The next run asks again.
    offer(rest_api, f"{later}.wav", sound())
    assert fetch(environment, site, folder) == {"fetched": 1, "bytes": len(SOUND)}


def test_no_more_there(environment, site, folder, rest_api, database, account):
    """Deleted at Twilio, or kept in somebody's own bucket: it is noted, and asked for once."""
    sid = add(database, account)
    result = run(environment, "recordings", "--config", site, "--verbose", folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        f"{sid}  no more at Twilio: Twilio answered 404: The requested resource /2010-04-01/Accounts"
        f"/{account.sid}/Recordings/{sid}.wav was not found (code 20404)\n"
        "fetched 0 (0 bytes), 1 no more at Twilio\n")
    row = row_of(database, sid)
    assert row["failure"].startswith("Twilio answered 404")
    assert row["failed_at"] and row["fetched_at"] is None
    assert len(rest_api.requests) == 1

    assert fetch(environment, site, folder) == {}
    assert len(rest_api.requests) == 1
    offer(rest_api, f"{sid}.wav", sound())
    assert fetch(environment, site, folder, "--again") == {"fetched": 1, "bytes": len(SOUND)}
    row = row_of(database, sid)
    assert (row["size"], row["failed_at"], row["failure"]) == (len(SOUND), None, None)


def test_two_channels_of_one(environment, site, folder, rest_api, database, account):
    sid = add(database, account)
    offer(rest_api, f"{sid}.wav", Fault(
        400, b'{"code": 20001, "message": "Requested channels not available", "status": 400}'),
        sound())
    assert fetch(environment, site, folder, "--channels", "2") == {
        "fetched": 1, "bytes": len(SOUND)}
    assert asked(rest_api) == [(f"{sid}.wav", [("RequestedChannels", "2")]),
                               (f"{sid}.wav", [("RequestedChannels", "1")])]
    assert row_of(database, sid)["channels"] == 1


def test_sid_that_is_a_path(environment, site, folder, rest_api, database, account, tmp_path):
    for sid in ("../../outside", "/etc/passwd", "RE1/../../x", ".lock", "-rf", "RE" + "0" * 100,
                "RE\x1b[2J"):
        add(database, account, sid)
    assert fetch(environment, site, folder) == {"gone": 7}
    assert rest_api.requests == []
    assert names(folder) == []
    result = run(environment, "recordings", "--config", site, "--verbose", "--again", folder)
    assert "\x1b" not in result.stdout


# What goes wrong elsewhere.

def test_failures_do_not_hold_up_the_others(environment, site, folder, rest_api, database,
                                            account):
    sids = sorted(add(database, account) for _ in range(4))
    for sid in sids:
        offer(rest_api, f"{sid}.wav", sound())
    offer(rest_api, f"{sids[1]}.wav", Fault(500))
    result = run(environment, "recordings", "--config", site, folder)
    assert result.returncode == 1
    assert result.stderr == f"hookswitch recordings: {sids[1]}: Twilio answered 500\n"
    assert result.stdout == f"fetched 3 ({3 * len(SOUND)} bytes), 1 failed\n"
    assert names(folder) == [f"{sid}.wav" for sid in sids if sid != sids[1]]


def test_gives_up_where_nothing_comes(environment, folder, database, account, settings, tmp_path):
    for _ in range(9):
        add(database, account)
    away = write_settings(tmp_path / "away.conf", settings,
                          HOOKSWITCH_TWILIO_API="http://127.0.0.1:9")
    result = run(environment, "recordings", "--config", away, folder)
    assert result.returncode == 1
    assert 'could not reach "127.0.0.1"' in result.stderr
    assert result.stdout == "fetched 0 (0 bytes), 3 failed\n"


def test_token_that_is_not_right(environment, folder, rest_api, database, account, settings,
                                 tmp_path):
    add(database, account)
    wrong = write_settings(tmp_path / "wrong.conf", settings, TWILIO_AUTH_TOKEN="0" * 32,
                           HOOKSWITCH_TWILIO_API=rest_api.origin)
    result = run(environment, "recordings", "--config", wrong, folder)
    assert result.returncode == 1
    assert "Twilio answered 401" in result.stderr
    assert len(rest_api.requests) == 1


def test_several_accounts(environment, folder, rest_api, database, account, settings, tmp_path):
    other = type(account)("AC" + "9" * 32, "1" * 32)
    accounts = tmp_path / "accounts"
    accounts.write_text(f"{other.sid} {other.token}\n{account.sid} {account.token}\n")
    accounts.chmod(0o600)
    site = write_settings(tmp_path / "hookswitch.conf", settings,
                          HOOKSWITCH_TWILIO_API=rest_api.origin, HOOKSWITCH_ACCOUNTS=accounts)
    sid = add(database, account)
    add(database, other)
    offer(rest_api, f"{sid}.wav", sound())
    result = run(environment, "recordings", "--config", site, folder)
    assert result.returncode == 1
    assert result.stderr.startswith(f"hookswitch recordings: {other.sid}: Twilio answered 401")
    assert names(folder) == [f"{sid}.wav"]


def test_database_away(environment, site, folder, rest_api, cluster):
    with cluster.stopped():
        check_failed(run(environment, "recordings", "--config", site, folder), 1,
                     "could not connect to the database")
    assert rest_api.requests == []
