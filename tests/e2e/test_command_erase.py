"""hookswitch erase: one person goes, from the tables and from beside them; the neighbours stay."""

import os
import shutil

import pytest

import payloads
from command import check_failed, config, run, run_json
from deployment import ACCOUNT
from faults import administer, connected, constraint
from terminal import Terminal
from twilio import new_sid

PERSON, NEIGHBOUR = "+15557770001", "+15557770002"
TABLES = ["calls", "debugger_events", "message_media", "messages", "messages.body", "opt_outs",
          "recordings", "room_events", "room_participants", "rooms.name", "sessions",
          "webhook_events"]


@pytest.fixture
def site(environment, fast, database, twilio):
    """One that has a spool, and has heard of two people."""
    site = Site(environment, fast, database, twilio)
    with fast.settings(HOOKSWITCH_SPOOL=site.spool):
        yield site
    shutil.rmtree(site.spool)


class Site:
    def __init__(self, environment, server, database, twilio):
        self.environment = environment
        self.server = server
        self.database = database
        self.twilio = twilio
        self.spool = server.site.directory("spool-erase", 0o700)

    def hear(self, person, body="Hello", **more):
        sid = new_sid("SM")
        self.twilio.send("sms", payloads.inbound_sms(ACCOUNT, sid, From=person, Body=body, **more))
        return sid

    def erase(self, *words):
        return run(self.environment, "erase", "--config", config(self.server), *words)

    def erase_json(self, *words):
        return run_json(self.environment, "erase", "--config", config(self.server), *words)

    def files(self, folder):
        path = self.spool / folder
        return sorted(os.listdir(path)) if path.exists() else []

    def knows(self, person):
        return self.database.rows("SELECT sid FROM hookswitch.messages WHERE from_address = %s",
                                  person)


def test_a_person(site):
    site.hear(PERSON)
    site.hear(PERSON, "STOP")
    site.hear(NEIGHBOUR, f"I know {PERSON}")
    before = site.database.counts()
    told, status = site.erase_json("--dry-run", PERSON)
    assert status == 0 and site.database.counts() == before, "a dry run erases nothing"
    done, status = site.erase_json("+1 (555) 777-0001")
    assert status == 0
    assert done["tables"] == told["tables"] == {
        **dict.fromkeys(TABLES, 0), "messages": 2, "messages.body": 1, "opt_outs": 1, "sessions": 1,
        "webhook_events": 3, "spool": 0, "replies": 1}
    assert (done["contact"], done["dry_run"], told["dry_run"], done["rows"]) == (
        "+1 (555) 777-0001", False, True, 9)
    assert not site.knows(PERSON) and len(site.knows(NEIGHBOUR)) == 1
    assert site.database.one("SELECT body FROM hookswitch.messages")["body"] == "I know +[erased]"


def test_words(site):
    site.hear(PERSON)
    result = site.erase("--dry-run", PERSON)
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["messages", "1"], ["sessions", "1"], ["webhook_events", "1"],
        ["would", "be", "erased", "3"]]
    result = site.erase(PERSON)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1].split() == ["erased", "3"]
    assert site.erase(PERSON).stdout == f"nothing is known of {PERSON}\n"


def test_the_note_of_a_stop(site):
    """It is a file, whose name is a digest of the number: it goes, the neighbour's stays."""
    site.hear(NEIGHBOUR, "STOP")
    neighbours = site.files("replies")
    assert len(neighbours) == 1
    for person in (PERSON, f"whatsapp:{PERSON}"):
        endpoint = "whatsapp" if ":" in person else "sms"
        to = "whatsapp:+15551230001" if ":" in person else "+15551230001"
        site.twilio.send(endpoint, payloads.inbound_sms(
            ACCOUNT, new_sid("SM"), From=person, To=to, Body="STOP"))
    assert len(site.files("replies")) == 3
    assert site.erase_json("--dry-run", PERSON)[0]["tables"]["replies"] == 2
    assert len(site.files("replies")) == 3
    assert site.erase_json(PERSON)[0]["tables"]["replies"] == 2
    assert site.files("replies") == neighbours
    assert site.erase_json(PERSON)[0]["tables"]["replies"] == 0


def test_the_note_of_another_host(site):
    """There the tables may know nothing of the person any more."""
    site.hear(PERSON, "STOP")
    (name,) = site.files("replies")
    text = (site.spool / "replies" / name).read_text()
    site.erase(PERSON)
    assert site.files("replies") == [] and not site.knows(PERSON)
    (site.spool / "replies" / name).write_text(text)
    assert site.erase_json(PERSON)[0]["tables"]["replies"] == 1
    assert site.files("replies") == []


def test_notes_that_cannot_be_read(site):
    """Then nothing is done: to run it again, when they can be, does it all."""
    site.hear(PERSON, "STOP")
    shutil.rmtree(site.spool / "replies")
    (site.spool / "replies").write_text("a file")
    check_failed(site.erase(PERSON), 1, "could not delete \"")
    assert site.knows(PERSON)


def test_what_waits(site, cluster):
    """It would be stored later: it has to be replayed before."""
    site.hear(PERSON)
    with cluster.stopped():
        site.hear(PERSON)
    assert len(site.files("new")) == 1
    for words in ((), ("--dry-run",)):
        check_failed(site.erase(*words, PERSON), 1, "1 waiting in the spool may be of this person:"
                                                    ' run "hookswitch replay" first')
    with connected(cluster) as database:
        assert database.counts()["messages"] == 1
        assert run(site.environment, "replay", "--config", config(site.server)).returncode == 0
        done, status = site.erase_json(PERSON)
        assert (status, done["tables"]["messages"]) == (0, 2)
        assert not any(n for name, n in database.counts().items() if name != "channels")


def test_what_is_set_aside(site, cluster):
    """Nothing looks at it any more but this."""
    with constraint(cluster, "body NOT LIKE '%no such message%'"):
        site.hear(PERSON, "no such message")
        site.hear(NEIGHBOUR, "no such message")
    assert len(site.files("rejected")) == 4, "each with its reason"
    (site.spool / "unreadable").mkdir()
    (site.spool / "unreadable" / "damaged").write_bytes(b"\xff\0From=%2B15557770001&To=")
    (site.spool / "unreadable" / "damaged.reason").write_text("damaged")
    assert site.erase_json("--dry-run", PERSON)[0]["tables"]["spool"] == 2
    assert len(site.files("rejected")) == 4
    assert site.erase_json(PERSON)[0]["tables"]["spool"] == 2
    assert site.files("unreadable") == []
    left, reason = site.files("rejected")
    assert reason == left + ".reason"
    assert "5557770002" in (site.spool / "rejected" / left).read_text()


def test_no_spool(site):
    site.hear(PERSON)
    with site.server.settings(HOOKSWITCH_SPOOL=None):
        done, status = site.erase_json(PERSON)
    assert status == 0 and "spool" not in done["tables"]


def test_a_spool_that_cannot_be_read(site):
    site.hear(PERSON)
    with site.server.settings(HOOKSWITCH_SPOOL=site.spool / "none"):
        check_failed(site.erase(PERSON), 1, 'could not open "')
    assert site.knows(PERSON)


def test_recordings(site):
    """They are at Twilio, and after this nobody knows which."""
    site.database.connection.cursor().execute(
        "INSERT INTO hookswitch.calls (sid, account_sid, from_number, created_at, updated_at)"
        " VALUES ('CA1', 'AC1', %s, now(), now());"
        "INSERT INTO hookswitch.recordings (sid, account_sid, call_sid, url)"
        " VALUES ('RE1', 'AC1', 'CA1', 'https://example.com/RE1\033[2J')", (PERSON,))
    expected = ["Twilio still has 1 recording, until deleted there:",
                r"RE1 https://example.com/RE1\x1B[2J"]
    assert site.erase("--dry-run", PERSON).stdout.splitlines()[-2:] == expected
    done, _ = site.erase_json("--dry-run", PERSON)
    assert done["recordings_at_twilio"] == [{"sid": "RE1", "call_sid": "CA1", "room_sid": None,
                                             "url": "https://example.com/RE1\033[2J", "files": []}]
    assert site.erase(PERSON).stdout.splitlines()[-2:] == expected
    assert site.database.counts()["recordings"] == 0
    assert "Twilio" not in site.erase(PERSON).stdout


def test_files_of_recordings(site):
    """Those that were fetched are named, too."""
    site.database.connection.cursor().execute(
        "INSERT INTO hookswitch.calls (sid, account_sid, from_number, created_at, updated_at)"
        " VALUES ('CA1', 'AC1', %s, now(), now());"
        "INSERT INTO hookswitch.recordings (sid, account_sid, call_sid, url)"
        " VALUES ('RE1', 'AC1', 'CA1', 'https://example.com/RE1');"
        "INSERT INTO hookswitch.recording_files (recording_sid, account_sid, format, directory,"
        " file_name, size, sha256, fetched_at) VALUES"
        " ('RE1', 'AC1', 'wav', '/kept', 'RE1.wav', 1, '', now()),"
        " ('RE1', 'AC1', 'mp3', '/kept', 'RE1.mp3', 1, '', now()),"
        " ('RE2', 'AC1', 'wav', '/kept', 'RE2.wav', 1, '', now())", (PERSON,))
    try:
        done, _ = site.erase_json("--dry-run", PERSON)
        assert done["recordings_at_twilio"][0]["files"] == ["/kept/RE1.mp3", "/kept/RE1.wav"]
        assert site.erase(PERSON).stdout.splitlines()[-3:] == [
            '"hookswitch recordings --prune" deletes what was fetched of them:',
            "/kept/RE1.mp3", "/kept/RE1.wav"]
    finally:
        site.database.connection.cursor().execute("DELETE FROM hookswitch.recording_files")


def keep_recording(site, sid, folder, person=PERSON):
    """A recording of a call with somebody, fetched as WAV and MP3."""
    folder.mkdir(mode=0o700, exist_ok=True)
    execute = site.database.connection.cursor().execute
    execute("INSERT INTO hookswitch.calls (sid, account_sid, from_number, to_number, created_at,"
            " updated_at) VALUES (%s, 'AC1', %s, '+15551230001', now(), now())", ("CA" + sid, person))
    execute("INSERT INTO hookswitch.recordings (sid, account_sid, call_sid, url)"
            " VALUES (%s, 'AC1', %s, 'https://example.com/RE1')", (sid, "CA" + sid))
    for kind in ("wav", "mp3"):
        (folder / f"{sid}.{kind}").write_bytes(b"sound")
        execute("INSERT INTO hookswitch.recording_files (recording_sid, account_sid, format,"
                " directory, file_name, size, sha256, fetched_at)"
                " VALUES (%s, 'AC1', %s, %s, %s, 5, '', now())",
                (sid, kind, str(folder), f"{sid}.{kind}"))


def test_sound_of_recordings(site, tmp_path):
    """What is in the site's own directory is deleted, and nothing of anybody else."""
    folder, elsewhere = tmp_path / "recordings", tmp_path / "elsewhere"
    site.hear(PERSON, To="+15551230001")
    keep_recording(site, "RE1", folder)
    keep_recording(site, "RE2", folder, "+15551239999")
    keep_recording(site, "RE3", elsewhere)
    names = lambda: sorted(path.name for path in [*folder.iterdir(), *elsewhere.iterdir()])
    everything = names()
    try:
        with site.server.settings(HOOKSWITCH_SPOOL=None, HOOKSWITCH_RECORDINGS=folder):
            done, _ = site.erase_json("--dry-run", PERSON)
            assert done["tables"]["recordings' files"] == 2 and names() == everything
            check_failed(site.erase("+15551230001"), 2, "one of ours")
            assert names() == everything, "not even where Twilio's side is in every recording"
            done, status = site.erase_json(PERSON)
        assert status == 0 and done["tables"]["recordings' files"] == 2
        assert names() == ["RE2.mp3", "RE2.wav", "RE3.mp3", "RE3.wav"]
        assert {each["sid"]: each["files"] for each in done["recordings_at_twilio"]} == {
            "RE1": [], "RE3": [f"{elsewhere}/RE3.mp3", f"{elsewhere}/RE3.wav"]}
        left = site.database.rows("SELECT recording_sid FROM hookswitch.recording_files")
        assert sorted(row["recording_sid"] for row in left) == ["RE2", "RE2", "RE3", "RE3"]
    finally:
        site.database.connection.cursor().execute("DELETE FROM hookswitch.recording_files")


@pytest.mark.parametrize("words, said", [
    ([], "one number or address is wanted"),
    (["+1", "555"], "one number or address is wanted"),
    ([""], "the address '' is too short"),
    (["foo"], "must look like +15551230009, client:alice or sip:alice@example.com, not like \"foo\""),
    (["alice@example.com"], "must look like"),
    (["+1555x"], "must look like"),
    (["client:"], "must look like"),
    (["+1555"], "the address '+1555' is too short; give an international number"),
    (["+15551230001"], "the address '+15551230001' is one of ours"),
    (["--interactive", PERSON], "--interactive needs a terminal"),
    (["--interactive", "--dry-run", PERSON], "--interactive and --dry-run exclude each other"),
])
def test_called_in_a_wrong_way(site, words, said):
    site.hear(PERSON, To="+15551230001")
    check_failed(site.erase(*words), 2, said)
    assert site.knows(PERSON)


def test_who_may_not(site, cluster):
    administer(cluster, "REVOKE EXECUTE ON FUNCTION hookswitch.erase_contact FROM site")
    try:
        check_failed(site.erase(PERSON), 1, "permission denied for function erase_contact")
    finally:
        administer(cluster, "GRANT EXECUTE ON FUNCTION hookswitch.erase_contact TO site")


@pytest.mark.parametrize("answer, goes", [
    ("y\n", True), ("n\n", False), ("\n", False), ("yak\nno\n", False), ("\x04", False)],
    ids=["y", "n", "nothing", "yak", "end"])
def test_asking(site, answer, goes):
    site.hear(PERSON)
    with Terminal(site.environment, "erase", "--interactive", "--config",
                  str(config(site.server)), PERSON) as terminal:
        terminal.expect("Erase all that is known of this person, for good [no]: ")
        assert site.knows(PERSON)
        terminal.type(answer)
        status, seen, output = terminal.end()
    assert status == (answer == "\x04") and bool(site.knows(PERSON)) != goes
    assert ("erased" in output) == goes
    assert ("looking through the ledger" in seen) == goes
