"""hookswitch backfill: what webhooks missed, asked of Twilio."""

import json
import random
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest

import payloads
import rest_history as rest
from backfill import (KINDS, SPAN, TABLES, asked, backfill, numbers, one_account, place,
                      write_settings)
from command import check_failed, run
from faults import administer
from stories import (DAY, STORIES, add, add_messages, at, delivered_message, in_room, mms,
                     placed_call, send, sms, tell, undelivered_message, video_room)
from terminal import CLEAR, run_on_terminal
from twilio import new_sid


@pytest.fixture
def site(tmp_path, settings, rest_api, database):
    """The settings file of a site whose REST API is the stand-in, and whose tables are empty."""
    return write_settings(tmp_path / "hookswitch.conf", settings,
                          HOOKSWITCH_TWILIO_API=rest_api.origin)


def footprint(database):
    """Every version of a row, in every table: whatever is written makes another."""
    return {table: database.rows(
        f"SELECT ctid::text, xmin::text FROM hookswitch.{table} ORDER BY 1")
        for table in (*TABLES.values(), "webhook_events", "message_media", "room_events",
                      "sessions", "channels", "opt_outs", "appointments")}


# Rows that came by one way and the other.

# When each step was: where a later one is known, nobody can tell whether Twilio was to call for it.
STEPS = ("initiated_at", "ringing_at", "answered_at", "sent_at", "delivered_at")


def rows_of(database, story):
    """All rows of a story, in comparable order."""
    found = [database.row(TABLES[story.kind], story.sid)]
    if story.kind == "messages":
        found += database.rows("SELECT * FROM hookswitch.message_media WHERE message_sid = %s"
                               " ORDER BY position", story.sid)
    if story.kind == "rooms":
        found += database.rows("SELECT * FROM hookswitch.room_participants WHERE room_sid = %s",
                               story.sid)
    return found


def same(story, name, whole, lossy, skipped=()):
    """Whether a value is the same, or one that the REST API does not tell."""
    if name.endswith("sid") or name in ("url", "session_id", "channel_id"):
        return (whole is None) == (lossy is None)
    if None in (whole, lossy) and name in story.unknown or lossy is None and name in skipped:
        return True
    if not isinstance(whole, datetime) or not isinstance(lossy, datetime):
        return whole == lossy
    # Where a webhook has no time of its own, its arrival counts.
    arrived = datetime.now(timezone.utc) - timedelta(hours=1)
    if whole > arrived or lossy > arrived or name in ("created_at", "updated_at"):
        return True
    return abs(whole - lossy) < timedelta(seconds=1)


def check_same(database, whole, lossy, skipped=()):
    pairs = list(zip(rows_of(database, whole), rows_of(database, lossy)))
    assert len(rows_of(database, whole)) == len(rows_of(database, lossy))
    for left, right in pairs:
        for name in left:
            assert same(whole, name, left[name], right[name], skipped), (
                whole.kind, name, left[name], right[name])


@pytest.mark.parametrize("build", STORIES, ids=lambda build: build.__name__)
def test_brings_all_of_what_is_missing(environment, site, rest_api, twilio, database, account,
                                       build):
    """Not one webhook came: the rows are as if they all had. What the others know stays."""
    whole, lossy = build(account), build(account)
    send(twilio, whole, whole.webhooks)
    before = rows_of(database, whole)
    tell(rest_api, whole, lossy)
    span = ("--since", "2025-10-08", "--until", "2025-10-27")
    found = backfill(environment, site, *span)
    wanted = {whole.kind: (2, 1, 0, 1)}
    if whole.kind == "rooms":
        wanted["participants"] = (2, 1, 0, 1)
    assert numbers(found, "read", "missing", "behind", "stored") == wanted
    check_same(database, whole, lossy)
    assert rows_of(database, whole) == before
    ledger = database.events(lossy.sid)
    assert {(row["source"], row["endpoint"]) for row in ledger} == {("backfill", "backfill")}

    done = footprint(database)
    found = backfill(environment, site, *span)
    assert numbers(found, "missing", "behind", "stored") == {kind: (0, 0, 0) for kind in wanted}
    assert footprint(database) == done


@pytest.mark.parametrize("seed", range(4))
def test_brings_what_is_lacking(environment, site, rest_api, twilio, database, account, seed):
    """Whichever of the webhooks are lost, and whatever order the rest comes in."""
    chance = random.Random(seed)
    pairs = [(build(account), build(account)) for build in STORIES for _ in range(2)]
    for whole, lossy in pairs:
        send(twilio, whole, whole.webhooks)
        kept = [webhook for webhook in lossy.webhooks if chance.random() < 0.5]
        send(twilio, lossy, chance.sample(kept, len(kept)))
        tell(rest_api, whole, lossy)
    found = backfill(environment, site, "--since", "2025-10-08", "--until", "2025-10-27")
    for whole, lossy in pairs:
        check_same(database, whole, lossy, STEPS)
    assert all(found[kind]["stored"] == found[kind]["missing"] + found[kind]["behind"]
               for kind in KINDS)
    assert sum(found[kind]["stored"] for kind in KINDS) > len(STORIES) / 2

    done = footprint(database)
    found = backfill(environment, site, "--since", "2025-10-08", "--until", "2025-10-27")
    assert sum(found[kind][name] for kind in KINDS for name in ("missing", "behind")) == 0
    assert footprint(database) == done


# What is known, and what is not to be changed.

def test_what_has_ended_stays_as_it_is(environment, site, rest_api, twilio, database, account):
    """What the REST API says outranks nothing: not a final status, not a time, not a number."""
    call, message, recording = new_sid("CA"), new_sid("SM"), new_sid("RE")
    room, read = new_sid("RM"), new_sid("SM")
    for endpoint, params in [
        ("status", payloads.call_progress(account, call, 0, "completed", 39)),
        ("status", payloads.message_status(account, message, "delivered")),
        ("status", payloads.message_status(account, read, "read")),
        ("recording", payloads.recording_status(account, None, recording)),
        ("video-room", payloads.room_event(account, room, "room-created", 1)),
        ("video-room", payloads.room_event(account, room, "room-ended", 41)),
    ]:
        assert twilio.send(endpoint, params).status in (200, 204)
    before = footprint(database)
    add(rest_api, "calls", rest.call(account, call, "busy", at(0), 5, answered_by="machine"))
    add(rest_api, "messages",
        rest.message(account, message, "undelivered", error_code=30003),
        rest.message(account, read, "delivered"))
    add(rest_api, "recordings", rest.recording(account, recording, None, "absent",
                                               error_code=16101))
    add(rest_api, "rooms", rest.room(account, room, "completed", in_room(0), in_room(50),
                                     unique_name="another"))
    found = backfill(environment, site, "--since", "2025-10-08", "--until", "2025-10-27")
    assert numbers(found, "read", "missing", "behind") == {
        "calls": (1, 0, 0), "messages": (2, 0, 0), "recordings": (1, 0, 0), "rooms": (1, 0, 0)}
    assert footprint(database) == before


def test_why_it_failed(environment, site, rest_api, twilio, database, account):
    """A callback without the error; the status is the same."""
    sid = new_sid("SM")
    twilio.send("status", payloads.message_status(account, sid, "failed", ErrorCode=None))
    add(rest_api, "messages", rest.message(account, sid, "failed", error_code=30007,
                                           error_message="Filtered"))
    found = backfill(environment, site, *SPAN)
    assert numbers(found, "missing", "behind", "stored") == {"messages": (0, 1, 1)}
    assert database.row("messages", sid)["error_code"] == 30007
    assert numbers(backfill(environment, site, *SPAN), "behind") == {"messages": (0,)}


def test_live_things_are_left_to_their_webhooks(environment, site, rest_api, database, account):
    add(rest_api, "calls", rest.call(account, new_sid("CA"), "queued", start_time=None),
        rest.call(account, new_sid("CA"), "in-progress"),
        rest.call(account, new_sid("CA"), "completed", direction="trunking-terminating"))
    add(rest_api, "messages", rest.message(account, new_sid("SM"), "sending"),
        rest.message(account, new_sid("SM"), "receiving"))
    add(rest_api, "recordings", rest.recording(account, new_sid("RE"), None, "processing"))
    found = backfill(environment, site, *SPAN)
    assert numbers(found, "read", "missing", "stored") == {
        "calls": (2, 1, 1), "messages": (2, 0, 0), "recordings": (1, 0, 0)}
    [row] = database.rows("SELECT * FROM hookswitch.calls")
    assert (row["status"], row["answered_at"], row["ended_at"]) == ("initiated", None, None)


def test_room_that_goes_on(environment, site, rest_api, database, account):
    """Who is in it, and who was, are two lists; the room itself is in another than ended ones."""
    room, there, gone = new_sid("RM"), new_sid("PA"), new_sid("PA")
    add(rest_api, "rooms", rest.room(account, room, "in-progress", in_room(0), unique_name="x"))
    add(rest_api, "participants", rest.participant(account, room, there, "Ann", in_room(5)),
        rest.participant(account, room, gone, "Bob", in_room(5), in_room(9)))
    words = ("--only", "rooms", "--since", "2025-10-27", "--until", "2025-10-27")
    found = backfill(environment, site, *words)
    assert numbers(found, "read", "stored") == {"rooms": (1, 1), "participants": (2, 2)}
    row = database.row("rooms", room)
    assert (row["status"], row["started_at"], row["ended_at"]) == ("in-progress", in_room(0), None)
    assert database.row("room_participants", there)["disconnected_at"] is None
    assert database.row("room_participants", gone)["disconnected_at"] == in_room(9)

    rest_api.resources["rooms"] = [rest.room(account, room, "completed", in_room(0), in_room(60),
                                             unique_name="x")]
    rest_api.resources["participants"] = [
        rest.participant(account, room, sid, name, in_room(5), in_room(50))
        for sid, name in ((there, "Ann"), (gone, "Bob"))]
    found = backfill(environment, site, *words)
    assert numbers(found, "missing", "behind", "stored") == {"rooms": (0, 1, 1),
                                                             "participants": (0, 1, 1)}
    assert database.row("rooms", room)["ended_at"] == in_room(60)
    assert database.row("room_participants", gone)["disconnected_at"] == in_room(9)


def test_appointment_is_completed_when_its_room_ended(environment, site, rest_api, database,
                                                      account):
    database.rows("INSERT INTO hookswitch.appointments (id, status) VALUES (48, 'scheduled')"
                  " RETURNING id")
    tell(rest_api, video_room(account, "apt-48-visit"))
    backfill(environment, site, "--since", "2025-10-27", "--until", "2025-10-27")
    row = database.one("SELECT * FROM hookswitch.appointments")
    assert (row["status"], row["completed_at"]) == ("completed", in_room(41))


def test_what_a_contact_said_counts_from_when_it_was_said(environment, site, rest_api, twilio,
                                                          database, account):
    """STOP was lost and START came: what was said last counts. No reply is made."""
    contact = "+14155550101"
    start = sms(account, "START", contact)
    send(twilio, start, start.webhooks)
    tell(rest_api, sms(account, "STOP", contact), sms(account, "STOP", "+14155550102"))
    backfill(environment, site, *SPAN)
    rows = database.rows("SELECT * FROM hookswitch.opt_outs ORDER BY contact_address")
    assert [(row["contact_address"], row["is_opted_out"], row["stopped_at"]) for row in rows] == [
        (contact, False, at(5)), ("+14155550102", True, at(5))]
    assert database.one("SELECT count(*) AS n FROM hookswitch.messages"
                        " WHERE direction = 'outbound'")["n"] == 0


def test_session_as_if_it_had_come_in_time(environment, site, rest_api, twilio, database, account):
    """The middle one of three was lost: one session, which began with the first."""
    stories = [sms(account) for _ in range(3)]
    for n, story in enumerate(stories):
        story.resource["date_sent"] = rest.rfc2822(DAY + timedelta(hours=20 * n))
    tell(rest_api, stories[0], stories[2])
    span = ("--since", "2025-10-08", "--until", "2025-10-10")
    backfill(environment, site, *span)
    assert len(database.rows("SELECT * FROM hookswitch.sessions")) == 2
    tell(rest_api, stories[1])
    assert numbers(backfill(environment, site, *span), "stored") == {"messages": (1,)}
    [session] = database.rows("SELECT * FROM hookswitch.sessions")
    assert session["started_at"] == DAY
    assert {row["session_id"] for row in database.rows("SELECT * FROM hookswitch.messages")} == {
        session["id"]}


def test_deleted_rows_stay_deleted(environment, site, rest_api, database, account):
    """The ledger still has what was stored: that somebody deleted the row since is no mistake."""
    [kept, gone] = add_messages(rest_api, account, 2)
    backfill(environment, site, *SPAN)
    database.rows("DELETE FROM hookswitch.messages WHERE sid = %s RETURNING sid", gone)
    before = footprint(database)
    result = run(environment, "backfill", "--config", site, *SPAN, "--verbose")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"missing  message      {gone}  delivered; its row was deleted, left so" in result.stdout
    assert kept not in result.stdout
    after = footprint(database)
    assert after == before
    assert backfill(environment, site, *SPAN)["messages"] == {
        "read": 2, "missing": 1, "behind": 0, "stored": 0, "deleted": 1, "left": 0, "refused": 0}


def test_health_does_not_count_what_was_asked_for(environment, site, rest_api, database, account):
    add_messages(rest_api, account, 1)
    backfill(environment, site, *SPAN)
    assert database.rows("SELECT * FROM hookswitch.webhook_health") == []


# What is asked, and from when on.

def test_asks_by_the_day_with_operators_in_names(environment, site, rest_api):
    backfill(environment, site, "--since", "2025-10-07", "--until", "2025-10-08T12:00:00Z")
    days = [("2025-10-07", "2025-10-08"), ("2025-10-08", "2025-10-09")]
    for name, after, before in (
            ("Calls.json", "StartTime>", "StartTime<"),
            ("Messages.json", "DateSent>", "DateSent<"),
            ("Recordings.json", "DateCreated>", "DateCreated<")):
        assert [request.parameters for request in asked(rest_api, name)] == [
            [(after, first), (before, last), ("PageSize", "1000")] for first, last in days]
    assert [request.parameters for request in asked(rest_api, "Rooms")] == [
        [("DateCreatedAfter", first), ("DateCreatedBefore", last), ("Status", status),
         ("PageSize", "1000")] for first, last in days for status in ("in-progress", "completed")]


def test_goes_on_from_its_place(environment, site, rest_api, database):
    first = run(environment, "backfill", "--config", site, "--only", "calls")
    check_failed(first, 1, "calls: they were never read; say from when on, such as --since 30d")

    backfill(environment, site, "--since", "2025-10-01", "--until", "2025-10-05", "--only", "calls")
    assert place(database, "calls") == datetime(2025, 10, 6, tzinfo=timezone.utc)
    assert place(database, "messages") is None

    # A gap: what lies between was not read.
    backfill(environment, site, "--since", "2025-10-10", "--until", "2025-10-11", "--only", "calls")
    assert place(database, "calls") == datetime(2025, 10, 6, tzinfo=timezone.utc)
    # Back, or dry, or what was read before: it stays.
    backfill(environment, site, "--since", "2025-09-01", "--until", "2025-09-02", "--only", "calls")
    backfill(environment, site, "--dry-run", "--until", "2025-10-20", "--only", "calls")
    assert place(database, "calls") == datetime(2025, 10, 6, tzinfo=timezone.utc)

    rest_api.requests.clear()
    backfill(environment, site, "--until", "2025-10-07", "--only", "calls")
    assert [request.get("StartTime>") for request in asked(rest_api, "Calls.json")] == [
        f"2025-10-0{day}" for day in (3, 4, 5, 6, 7)]
    assert place(database, "calls") == datetime(2025, 10, 8, tzinfo=timezone.utc)


def test_place_is_not_later_than_now(environment, site, database):
    start = datetime.now(timezone.utc).replace(microsecond=0)
    backfill(environment, site, "--since", "1h", "--only", "messages")
    assert start <= place(database, "messages") <= datetime.now(timezone.utc)


def test_days_to_come_are_not_asked_for(environment, site, rest_api):
    beyond = datetime.now(timezone.utc) + timedelta(days=2)
    backfill(environment, site, "--since", "1h", "--until", "2099-01-01", "--only", "messages")
    assert all(request.get("DateSent>") < f"{beyond:%Y-%m-%d}"
               for request in asked(rest_api, "Messages.json"))


def test_dry_run_writes_nothing(environment, site, rest_api, database, account):
    tell(rest_api, placed_call(account), mms(account))
    before = footprint(database)
    result = run(environment, "backfill", "--config", site, *SPAN, "--dry-run")
    assert (result.returncode, result.stderr) == (0, "")
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["read", "missing", "behind", "stored", "refused"],
        ["calls", "1", "1", "0", "0", "0"], ["messages", "1", "1", "0", "0", "0"],
        ["nothing", "was", "written", "(--dry-run)"]]
    assert footprint(database) == before
    assert database.rows("SELECT * FROM hookswitch.backfill_places") == []
    assert asked(rest_api, "Media.json") == []


# What is printed.

def test_says_what_was_missed(environment, site, rest_api, twilio, database, account):
    missing, behind, known = delivered_message(account), placed_call(account), sms(account)
    send(twilio, behind, behind.webhooks[:3])
    send(twilio, known, known.webhooks)
    tell(rest_api, missing, behind, known)
    result = run(environment, "backfill", "--config", site, *SPAN, "--verbose", "--quiet")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:2] == [f"behind   call         {behind.sid}  in-progress -> completed",
                         f"missing  message      {missing.sid}  delivered"]
    assert [line.split() for line in lines[2:]] == [
        ["read", "missing", "behind", "stored", "refused"],
        ["calls", "1", "0", "1", "1", "0"], ["messages", "2", "1", "0", "1", "0"]]

    # Nobody is told twice.
    again = run(environment, "backfill", "--config", site, *SPAN, "--verbose", "--quiet")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_says_it_in_json(environment, site, rest_api, twilio, account):
    missing, behind = undelivered_message(account), placed_call(account)
    send(twilio, behind, behind.webhooks[:2])
    tell(rest_api, missing, behind)
    result = run(environment, "backfill", "--config", site, *SPAN, "--verbose", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    *findings, last = map(json.loads, result.stdout.splitlines())
    assert findings == [
        {"kind": "call", "sid": behind.sid, "missing": False, "known": "in-progress",
         "told": "completed", "outcome": "stored"},
        {"kind": "message", "sid": missing.sid, "missing": True, "known": None,
         "told": "undelivered", "outcome": "stored"}]
    assert last["dry_run"] is False
    assert one_account(last)["account_sid"] == account.sid


def test_progress_on_a_terminal(environment, site, rest_api, account):
    add_messages(rest_api, account, 3)
    words = ("backfill", "--config", site, *SPAN)
    status, seen, output = run_on_terminal(environment, *words)
    assert status == 0
    assert "calls of 2025-10-08" in seen
    assert "messages of 2025-10-08: 3 read, 3 missing, 0 behind" in seen
    assert seen.endswith(CLEAR)
    assert "\033" not in output
    assert run_on_terminal(environment, *words, NO_COLOR="1")[1] == ""


def test_nothing_of_what_came_commands_a_terminal(environment, site, rest_api, account):
    sid = "SM\x1b[2Jx"
    add(rest_api, "messages", rest.message(account, sid, "del\x07ivered"))
    result = run(environment, "backfill", "--config", site, *SPAN, "--verbose")
    assert "SM\\x1B[2Jx  del\\x07ivered" in result.stdout
    assert "\x1b" not in result.stdout


def test_writer_may_do_it(environment, settings, rest_api, database, cluster, tmp_path, account):
    """With the rights of the endpoints, and no others."""
    administer(cluster, "CREATE ROLE hookswitch_writer", "CREATE ROLE hookswitch_reader",
               "GRANT hookswitch_writer TO site", "GRANT USAGE ON SCHEMA hookswitch"
               " TO hookswitch_writer, hookswitch_reader")
    try:
        cluster.run_psql("site", "site", "-f", environment.source / "sql" / "grants.sql")
        site = write_settings(tmp_path / "hookswitch.conf", settings, **{
            "HOOKSWITCH_TWILIO_API": rest_api.origin,
            "HOOKSWITCH_DATABASE": cluster.conninfo + " options='-c role=hookswitch_writer'"})
        tell(rest_api, *[build(account) for build in STORIES])
        found = backfill(environment, site, "--since", "2025-10-08", "--until", "2025-10-27")
        assert sum(found[kind]["stored"] for kind in KINDS) == len(STORIES) + 1
        found = backfill(environment, site)
        assert sum(found[kind]["missing"] for kind in KINDS) == 0
    finally:
        administer(cluster, "DROP OWNED BY hookswitch_writer, hookswitch_reader",
                   "DROP ROLE hookswitch_writer, hookswitch_reader")


# How it is called.

@pytest.mark.parametrize("words, said", [
    (["--since", "yesterday"], "--since must look like 2026-01-31, 2026-01-31T12:00:00Z or 7d"),
    (["--until", "31.1."], "--until must look like"),
    (["--since", "2026-02-02", "--until", "2026-02-01"], "--since is after --until"),
    (["--since", "2999-01-01"], "--since is after --until, or after now"),
    (["--only", "calls,faxes"], "--only takes a list of"),
    (["--only", ""], "--only takes a list of"),
    (["--only", "calls,"], "--only takes a list of"),
    (["more"], 'unexpected argument "more"'),
])
def test_misuse(environment, words, said):
    check_failed(run(environment, "backfill", *words), 2, said)


def test_settings_that_are_missing(environment, tmp_path, settings):
    check_failed(run(environment, "backfill"), 1, '"TWILIO_ACCOUNT_SID" is missing')
    site = write_settings(tmp_path / "hookswitch.conf", {"TWILIO_ACCOUNT_SID": "AC1",
                                                         "TWILIO_AUTH_TOKEN": "1"})
    check_failed(run(environment, "backfill", "--config", site), 1,
                 '"HOOKSWITCH_DATABASE" is missing')


def test_schema_of_an_older_release(environment, site, database):
    with schema_without(database, "backfill_places"):
        result = run(environment, "backfill", "--config", site, *SPAN)
    assert result.returncode == 1
    assert 'relation "hookswitch.backfill_places" does not exist; run "hookswitch migrate"' in (
        result.stderr)


@contextmanager
def schema_without(database, table):
    with database.connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE hookswitch.{table} RENAME TO away")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE hookswitch.away RENAME TO {table}")
