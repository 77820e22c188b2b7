"""hookswitch doctor: on a site that is well it says so, and each breakage it calls by its name."""

import json
import os
import re
import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager

import pytest

import faults
from command import check_failed, run
from database import Database
from deployment import ACCOUNT
from made_site import made
from processes import free_port
from proxy import Proxy, Reply, make_certificate
from rest_api import Fault
from rest_incoming import add_application, add_number, add_service
from terminal import CLEAR, run_on_terminal
from twilio import new_sid
from webservers import ApacheCgid, ApacheFcgid, Lighttpd

GROUPS = ["settings", "files", "database", "spool", "replies", "web", "signature", "twilio",
          "webhooks"]
OVERRIDES = "#rc=3&rp=all"
OURS = "+15551230001"
MARKS = {"ok", "note", "wrong", "not checked"}
PRIVATE = "only your own network knows"   # of a site on the loopback
FSYNC = "its fsync is off"                # of the tests' own cluster


class Patient:
    """A site that init has made, and what doctor says of it."""

    def __init__(self, server, api):
        self.server = server
        self.site = server.site
        self.api = api
        self.number = add_number(api, OURS, **self.urls(server.url))

    @staticmethod
    def urls(site):
        """Of a number, all of which lead to a site."""
        places = {"voice_url": "voice", "status_callback": "status", "sms_url": "sms"}
        return {member: f"{site}/api/webhooks/{name}{OVERRIDES}" for member, name in places.items()}

    def run(self, *words, config=None, directory=None, **variables):
        words = [*words, "--config", config or self.site.config, directory or self.site.public]
        return run(self.server.installed, "doctor", *words,
                   HOOKSWITCH_TWILIO_API=self.api.origin, **variables)

    def examine(self, *words, **more):
        """Everything that was found; the exit status fits it."""
        result = self.run("--json", *words, **more)
        report = json.loads(result.stdout)
        findings = [Finding(**finding) for finding in report["findings"]]
        assert {finding.mark for finding in findings} <= MARKS
        for name, mark in (("ok", "ok"), ("noted", "note"), ("wrong", "wrong"),
                           ("not_checked", "not checked")):
            assert report[name] == sum(finding.mark == mark for finding in findings)
        assert result.returncode == (1 if report["wrong"] else 0), result
        assert (result.stderr == "") == (report["wrong"] == 0)
        assert ACCOUNT.token not in result.stdout + result.stderr
        return findings

    def check_says(self, check, mark, said, mend="", *words, **more):
        """Of one check alone: that there is such a finding, and what to do about it."""
        findings = self.examine("--only", check, *words, **more)
        assert {finding.check for finding in findings} <= {check}
        found = [f for f in findings if f.mark == mark and said in f.found and mend in (f.mend or "")]
        assert found, findings
        assert all(finding.mend for finding in findings if finding.mark in ("note", "wrong"))
        return found[0]

    @contextmanager
    def before(self, change=None, answer=None, **how):
        """Something stands before the site, whose URL is then its."""
        with Proxy(self.server.port, change, answer, **how) as proxy, self.settings(
                HOOKSWITCH_PUBLIC_URL=proxy.url):
            self.number.update(self.urls(proxy.url))
            yield proxy

    @contextmanager
    def settings(self, **changes):
        self.site.configure(**changes)
        try:
            yield
        finally:
            self.site.configure()

    def copy(self, folder, **changes):
        """A settings file of the command's own, which the endpoints do not see."""
        path = folder / "other.conf"
        lines = self.site.config.read_text().splitlines()
        lines = [line for line in lines if line.partition(" = ")[0] not in changes]
        lines += [f"{name} = {value}" for name, value in changes.items() if value is not None]
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)
        return path


class Finding:
    def __init__(self, group, check, mark, found, mend):
        self.group, self.check, self.mark, self.found, self.mend = group, check, mark, found, mend

    def __repr__(self):
        return f"\n{self.group}/{self.check} {self.mark}: {self.found} -> {self.mend}"


SERVERS = {server_class.name: made(server_class)
           for server_class in (Lighttpd, ApacheCgid, ApacheFcgid)}


@pytest.fixture
def patient(farm, rest_api):
    return Patient(farm.get(SERVERS["lighttpd"]), rest_api)


@pytest.fixture
def apache(farm, rest_api):
    return Patient(farm.get(SERVERS["apache-cgid"]), rest_api)


def not_well(findings):
    return [f for f in findings if f.mark != "ok" and PRIVATE not in f.found and FSYNC not in f.found]


# All is well


def tree_of(site):
    """But for the server's sockets: lighttpd makes one for a process when that is first wanted."""
    run = site.run.relative_to(site.home)
    return {path: look for path, look in site.tree().items() if run not in (path, *path.parents)}


@pytest.mark.parametrize("name", SERVERS)
def test_all_is_well(farm, rest_api, cluster, name):
    """On a site as init has left it, and it changes nothing there."""
    patient = Patient(farm.get(SERVERS[name]), rest_api)
    database = Database(cluster)
    database.empty()
    before = tree_of(patient.site)
    findings = patient.examine()
    assert [str(f) for f in not_well(findings) if f.check != "certificate"] == []
    assert list(dict.fromkeys(f.group for f in findings)) == GROUPS
    assert not any(database.counts().values()), "nothing was stored"
    database.close()
    after = tree_of(patient.site)
    times = {path for path in before if before[path] != after.get(path)}
    assert before.keys() ^ after.keys() == set()
    assert {str(path) for path in times} <= {"private/spool"}, "a file was synced, and is gone"


def test_words_of_a_person(patient):
    result = patient.run()
    assert (result.returncode, result.stderr) == (0, "")
    headings = [line for line in result.stdout.splitlines() if re.fullmatch(r"[a-z]+", line)]
    assert headings == GROUPS
    assert re.search(r"^\d+ ok, 2 noted, 0 wrong, 1 not checked$", result.stdout, re.M)
    assert "\n           -> have whoever runs the server turn fsync on\n" in result.stdout
    assert all(len(line) <= 78 for line in result.stdout.splitlines() if patient.site.home.name not in line)
    result = patient.run("--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_colours_on_a_terminal(patient):
    status, seen, output = run_on_terminal(
        patient.server.installed, "doctor", "--offline", "--only", "settings", "--config",
        patient.site.config, whole=True)
    assert status == 0 and "\x1b[32mok" in seen
    assert "\rsettings: settings-file" in seen, "what it is at"
    assert "settings: " not in seen.rpartition(CLEAR)[2]


def test_quiet_prints_what_is_wrong(patient):
    with patient.settings(HOOKSWITCH_DATABASE=faults.NOWHERE):
        result = patient.run("--quiet", "--only", "database")
    assert result.returncode == 1
    assert "could not connect" in result.stdout and "not checked" not in result.stdout
    assert result.stderr == "hookswitch doctor: something is wrong: see what is marked so\n"


@pytest.mark.parametrize("words, said", [
    (["a", "b"], 'unexpected argument "b"'),
    (["--only", "zzzz"], 'there is no check "zzzz"; see "hookswitch doctor --help"'),
    (["--only", "databse"], 'there is no check "databse"; did you mean "database"?\n'),
    (["--site", "example.com"], "--site must look like"),
    (["--only"], "requires an argument"),
])
def test_words(environment, words, said):
    check_failed(run(environment, "doctor", *words), 2, said)


def test_only(patient):
    findings = patient.examine("--only", "tls", "--only", "replies")
    assert [f.check for f in findings] == ["tls", "reply-files", "reply-tables"]
    listed = run(patient.server.installed, "doctor", "--help").stdout
    names = listed.partition("checks, by group:\n")[2].partition("\n\n")[0].split()
    assert {f.check for f in patient.examine()} | set(GROUPS) <= set(names)


def test_offline(patient):
    patient.api.reset()
    findings = patient.examine("--offline")
    asked = [f for f in findings
             if f.group in ("database", "web", "signature", "twilio", "webhooks")]
    assert {f.mark for f in asked} == {"not checked"} and {f.found for f in asked} == {"--offline"}
    assert patient.api.requests == []
    assert {f.mark for f in findings if f.group in ("settings", "files", "spool")} == {"ok", "note"}


def test_without_a_directory(patient):
    result = run(patient.server.installed, "doctor", "--json", "--only", "files", "--config",
                 patient.site.config)
    marks = {f["check"]: f["mark"] for f in json.loads(result.stdout)["findings"]}
    assert marks == {"outside": "not checked", "private": "ok", "directory": "not checked",
                     "programs": "not checked", "page": "not checked", "recordings": "ok",
                     "htaccess": "not checked"}


# Settings


def set_mode(mode):
    return lambda patient: patient.site.config.chmod(mode)


def add_line(line):
    def change(patient):
        patient.site.private_file("hookswitch.conf", patient.site.config.read_text() + line + "\n")
    return change


SETTINGS = {
    "open": (set_mode(0o644), "settings-file", "wrong", "can be read or changed by others", "mend it"),
    "unknown": (add_line("HOOKSWITCH_SPOL = /x"), "settings-file", "wrong",
                'unrecognized setting "HOOKSWITCH_SPOL" in line', "did you mean HOOKSWITCH_SPOOL?"),
    "no-setting": (add_line("hello"), "settings-file", "wrong", "is not \"NAME = value\"", ""),
    "twice": (add_line("  TWILIO_AUTH_TOKEN = other"), "settings-file", "note",
              "TWILIO_AUTH_TOKEN stands in the settings file more than once", "leave one"),
    "no-sid": ({"TWILIO_ACCOUNT_SID": None}, "account-sid", "wrong", "is not set", "Account SID"),
    "sid": ({"TWILIO_ACCOUNT_SID": "AC" + "x" * 32}, "account-sid", "wrong", "placeholder", "copy"),
    "no-token": ({"TWILIO_AUTH_TOKEN": None}, "auth-token", "wrong", "is not set", "auth token"),
    "token": ({"TWILIO_AUTH_TOKEN": '"' + ACCOUNT.token + '"'}, "auth-token", "wrong", "quotes", "quotes"),
    "odd-token": ({"TWILIO_AUTH_TOKEN": "secret"}, "auth-token", "note", "does not look like", "API key"),
    "no-url": ({"HOOKSWITCH_PUBLIC_URL": None}, "public-url", "note", "is not set", "set it"),
    "url": ({"HOOKSWITCH_PUBLIC_URL": "https://example.com"}, "public-url", "wrong", "placeholder", ""),
    "no-database": ({"HOOKSWITCH_DATABASE": None}, "connection-string", "wrong", "is not set", "write"),
    "number": ({"TWILIO_PHONE_NUMBER": "030 123"}, "phone-number", "note", "no number", "country code"),
    "debug": ({"HOOKSWITCH_LOG": "debug"}, "log-level", "note", "is debug", "info"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(patient, name):
    change, check, mark, said, mend = SETTINGS[name]
    with patient.settings(**(change if isinstance(change, dict) else {})):
        if not isinstance(change, dict):
            change(patient)
        patient.check_says(check, mark, said, mend)


def test_settings_that_cannot_be_read(apache, tmp_path):
    """One finding, and everything else says why it was not checked."""
    findings = apache.examine(config=tmp_path / "nowhere.conf")
    assert [(f.check, f.mark) for f in findings if f.mark != "not checked"] == [
        ("settings-file", "wrong"), ("directory", "ok"), ("programs", "ok"), ("page", "ok")]
    assert {f.found for f in findings if f.mark == "not checked"} == {"the settings cannot be read"}


def test_several_accounts(patient, tmp_path):
    accounts = tmp_path / "accounts"
    accounts.write_text(f"AC{'ab' * 16} {'0' * 32}\nAC1 token\n")
    accounts.chmod(0o600)
    config = patient.copy(tmp_path, HOOKSWITCH_ACCOUNTS=accounts)
    patient.check_says("account-sid", "note", 'account "AC1"', "32 hexadecimal", config=config)
    accounts.write_text(f"AC{'ab' * 16} {'0' * 32}\n")
    patient.check_says("account-sid", "ok", "2 accounts", config=config)
    accounts.chmod(0o644)
    patient.check_says("account-sid", "wrong", "can be read or changed by others", config=config)


# Files


@contextmanager
def moved(path):
    away = path.with_name(path.name + ".away")
    os.rename(path, away)
    try:
        yield
    finally:
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(away, path)


@contextmanager
def mode(path, bits):
    before = path.stat().st_mode & 0o7777
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(before)


@contextmanager
def text(path, change):
    """The text of a file, changed for a while."""
    before = path.read_bytes()
    status = path.stat()
    path.write_bytes(change(before))
    try:
        yield
    finally:
        path.write_bytes(before)
        os.chown(path, status.st_uid, status.st_gid)


def program(patient):
    return patient.site.programs / "sms.fcgi"


@contextmanager
def older(path):
    with moved(path):
        path.write_bytes(b"\177ELF of another release")
        path.chmod(0o755)
        yield
        path.unlink()


FILES = {
    "program-missing": (lambda p: moved(program(p)), "programs", "wrong", "sms.fcgi is missing", "init"),
    "program-mode": (lambda p: mode(program(p), 0o644), "programs", "wrong",
                     "sms.fcgi is not executable", "hookswitch init"),
    "program-open": (lambda p: mode(program(p), 0o775), "programs", "wrong",
                     "suexec refuses", "hookswitch init"),
    "program-older": (lambda p: older(program(p)), "programs", "wrong", "is of another release", "init"),
    "directory-open": (lambda p: mode(p.site.programs, 0o775), "directory", "note",
                       "can be changed by others", "chmod go-w"),
    "directory-missing": (lambda p: moved(p.site.programs), "directory", "wrong", "there is no", "init"),
    "htaccess-missing": (lambda p: moved(p.site.public / ".htaccess"), "htaccess", "wrong",
                         "No such file", "hookswitch init"),
    "htaccess-mode": (lambda p: mode(p.site.public / ".htaccess", 0o600), "htaccess", "note",
                      "by its owner alone", "chmod 644"),
    "htaccess-other": (lambda p: text(p.site.public / ".htaccess",
                                      lambda t: t.replace(b"hookswitch.conf", b"other.conf")),
                       "htaccess", "wrong", "other.conf, which is not the file", "same file"),
    "htaccess-none": (lambda p: text(p.site.public / ".htaccess",
                                     lambda t: t.replace(b"SetEnv SSL_", b"#SetEnv SSL_")),
                      "htaccess", "note", "does not say SetEnv SSL_HOOKSWITCH_CONFIG", "init"),
    "htaccess-secret": (lambda p: text(p.site.public / ".htaccess",
                                       lambda t: t + b'SetEnv TWILIO_AUTH_TOKEN "x"\n'),
                        "htaccess", "note", "has TWILIO_AUTH_TOKEN in it", "settings file"),
    "private-open": (lambda p: mode(p.site.private, 0o777), "private", "wrong",
                     "can be changed by everybody", "chmod o-w"),
    "spool-open": (lambda p: mode(p.site.private / "spool", 0o755), "private", "wrong",
                   "can be read by everybody", "chmod 700"),
    "spool-public": (lambda p: p.settings(HOOKSWITCH_SPOOL=p.site.public / "spool"), "outside", "wrong",
                     "HOOKSWITCH_SPOOL", "move it out"),
    "replies-public": (lambda p: p.settings(HOOKSWITCH_REPLIES=p.site.public / "replies"), "outside",
                       "note", "HOOKSWITCH_REPLIES", "move it out"),
    "recordings-open": (lambda p: mode(p.site.private / "recordings", 0o755), "private", "wrong",
                        "HOOKSWITCH_RECORDINGS", "chmod 700"),
    "recordings-public": (lambda p: p.settings(HOOKSWITCH_RECORDINGS=p.site.public / "recordings"),
                          "outside", "wrong", "HOOKSWITCH_RECORDINGS", "move it out"),
    "recordings-missing": (lambda p: p.settings(HOOKSWITCH_RECORDINGS="/nonexistent"), "recordings",
                           "wrong", "could not open the directory", "hookswitch recordings"),
    "page-of-another-release": (lambda p: text(p.site.programs / "console/rows.js",
                                               lambda t: t + b"// older"),
                                "page", "wrong", "is of another release", "init"),
    "page-missing": (lambda p: moved(p.site.programs / "console"), "page", "note",
                     "the live page is not there", "init"),
}


@pytest.mark.parametrize("name", FILES)
def test_files(apache, name):
    breakage, check, mark, said, mend = FILES[name]
    with breakage(apache):
        apache.check_says(check, mark, said, mend)


# Database


@contextmanager
def schema_away(cluster):
    faults.administer(cluster, "ALTER SCHEMA hookswitch RENAME TO hookswitch_away")
    try:
        yield
    finally:
        faults.administer(cluster, "ALTER SCHEMA hookswitch_away RENAME TO hookswitch")


@contextmanager
def schema_version(cluster, other):
    with faults.connected(cluster) as database:
        known = database.one("SELECT max(version) FROM hookswitch.migrations")["max"]
    change = "UPDATE hookswitch.migrations SET version = {} WHERE version = {}"
    faults.administer(cluster, change.format(other, known))
    try:
        yield
    finally:
        faults.administer(cluster, change.format(known, other))


@contextmanager
def revoked(cluster, right):
    faults.administer(cluster, f"REVOKE {right} FROM site")
    try:
        yield
    finally:
        faults.administer(cluster, f"GRANT {right.replace(' ON ', ' ON ')} TO site")


DATABASE = {
    "away": (lambda p, c: p.settings(HOOKSWITCH_DATABASE=faults.NOWHERE), "connection", "wrong",
             "could not connect", "HOOKSWITCH_DATABASE"),
    "none": (lambda p, c: p.settings(HOOKSWITCH_DATABASE="dbname"), "connection", "wrong",
             "not a connection string", "HOOKSWITCH_DATABASE"),
    "read-only": (lambda p, c: faults.read_only(c), "writes", "wrong", "takes no writes", "primary"),
    "remote": (lambda p, c: p.settings(HOOKSWITCH_DATABASE=c.tcp_conninfo().replace(
        "host=", "host=db.example.de hostaddr=")), "tls", "wrong", "db.example.de readable", "sslmode"),
    "no-schema": (lambda p, c: schema_away(c), "schema", "wrong", "there is no schema", "migrate"),
    "old-schema": (lambda p, c: schema_version(c, 0), "schema", "wrong", "and this release goes with",
                   "hookswitch migrate"),
    "new-schema": (lambda p, c: schema_version(c, 999), "schema", "wrong", "has version 999", "upgrade"),
    "no-right": (lambda p, c: revoked(c, "INSERT ON hookswitch.messages"), "rights", "wrong",
                 "permission denied for table messages", "hookswitch_writer"),
    "no-usage": (lambda p, c: revoked(c, "USAGE ON SCHEMA hookswitch"), "schema", "wrong",
                 "permission denied", "grant"),
    "no-table": (lambda p, c: faults.table_missing(c), "rights", "wrong",
                 'relation "hookswitch.messages" does not exist', "migrate"),
}


@pytest.mark.parametrize("name", DATABASE)
def test_database(patient, cluster, name):
    breakage, check, mark, said, mend = DATABASE[name]
    with breakage(patient, cluster):
        patient.check_says(check, mark, said, mend)
        assert {f.mark for f in patient.examine("--only", check)} == {mark}


def test_database_away_keeps_nothing_else_from_being_checked(patient, cluster):
    with patient.settings(HOOKSWITCH_DATABASE=faults.NOWHERE):
        findings = patient.examine()
    later = [f for f in findings if f.group == "database" and f.check != "connection"]
    assert {f.mark for f in later} == {"not checked"}
    assert {f.found for f in later} == {[f for f in findings if f.check == "connection"][0].found}
    marks = {f.check: f.mark for f in findings}
    assert (marks["endpoints"], marks["arrival"], marks["usable"]) == ("ok", "ok", "ok")
    assert [f.found for f in findings if f.check == "health"] == [
        "the endpoints cannot reach the database"]


def test_database_that_never_answers(patient):
    """It takes the connection, and says no word."""
    with faults.black_hole() as port, patient.settings(
            HOOKSWITCH_DATABASE=f"host=127.0.0.1 port={port} dbname=x user=x sslmode=disable"):
        started = time.monotonic()
        patient.check_says("connection", "wrong", "timeout expired")
        assert time.monotonic() - started < 10


def test_right_of_the_optional_role(patient, cluster, environment):
    """What hookswitch_writer has is enough."""
    faults.administer(cluster, "CREATE ROLE narrow LOGIN")
    cluster.run_psql("postgres", "site", "-f", environment.source / "sql/roles.sql")
    with ExitStack() as stack:
        stack.callback(lambda: faults.administer(
            cluster, "DROP OWNED BY narrow, hookswitch_writer, hookswitch_reader",
            "DROP ROLE narrow", "DROP ROLE hookswitch_writer", "DROP ROLE hookswitch_reader"))
        faults.administer(cluster, "GRANT hookswitch_writer TO narrow")
        hba = cluster.data / "pg_hba.conf"
        stack.enter_context(text(hba, lambda t: b"local site narrow trust\n" + t))
        faults.administer(cluster, "SELECT pg_reload_conf()")
        stack.callback(lambda: faults.administer(cluster, "SELECT pg_reload_conf()"))
        with patient.settings(HOOKSWITCH_DATABASE=cluster.conninfo.replace("user=site", "user=narrow")):
            assert not_well(patient.examine("--only", "database")) == []


# Spool and replies


@contextmanager
def mounted(patient, *options):
    path = patient.site.directory("private/disk", 0o700)
    made_ = subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(("mode=0700", *options)), "tmpfs",
                            path], capture_output=True)
    if made_.returncode:
        path.rmdir()
        pytest.skip("only root may mount something")
    try:
        patient.site.own(path)
        with patient.settings(HOOKSWITCH_SPOOL=path):
            yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)
        path.rmdir()


@contextmanager
def full(patient):
    with mounted(patient, "size=64k") as path:
        (path / "filler").write_bytes(b"x" * 60000)
        yield path


@contextmanager
def read_only(patient):
    with mounted(patient) as path:
        subprocess.run(["mount", "-o", "remount,ro", path], check=True)
        yield


@contextmanager
def record(patient, folder, seconds=0):
    path = patient.site.private / "spool" / folder
    path.mkdir(0o700, exist_ok=True)
    (path / ("0" * 64)).write_text("a record")
    os.utime(path / ("0" * 64), (time.time() - seconds,) * 2)
    try:
        yield
    finally:
        shutil.rmtree(path)


SPOOL = {
    "not-set": (lambda p: p.settings(HOOKSWITCH_SPOOL=None), "usable", "note", "is not set", "directory"),
    "missing": (lambda p: p.settings(HOOKSWITCH_SPOOL="/nonexistent"), "usable", "wrong",
                "/nonexistent", "make it"),
    "missing-sync": (lambda p: p.settings(HOOKSWITCH_SPOOL="/nonexistent"), "sync", "wrong",
                     "No such file", "whose it is"),
    "no-directory": (lambda p: p.settings(HOOKSWITCH_SPOOL=p.site.config), "usable", "wrong",
                     "hookswitch.conf", "make it"),
    "unwritable": (read_only, "usable", "wrong", "Read-only file system", "mend"),
    "memory": (mounted, "file-system", "wrong", "memory (tmpfs)", "put it on a disk"),
    "full": (full, "room", "wrong", "room for 0 MiB", "make room"),
    "waits": (lambda p: record(p, "new"), "waiting", "note", "1 waits in it", "replay"),
    "waits-long": (lambda p: record(p, "new", 7200), "waiting", "wrong", "since 2 h", "replay"),
    "rejected": (lambda p: record(p, "rejected"), "set-aside", "wrong", "1 rejected", ".reason"),
    "unreadable": (lambda p: record(p, "unreadable"), "set-aside", "wrong", "1 unreadable", ".reason"),
}


@pytest.mark.parametrize("name", SPOOL)
def test_spool(patient, name):
    breakage, check, mark, said, mend = SPOOL[name]
    with breakage(patient):
        patient.check_says(check, mark, said, mend)


@contextmanager
def reply(patient, name, text_):
    path = patient.site.private / "replies" / name
    path.write_text(text_)
    try:
        yield
    finally:
        path.unlink()


GOOD = "<Response><Message>Hello {From}</Message></Response>"
REPLIES = {
    "good": (lambda p: reply(p, "sms.xml", GOOD), "ok", "1 well-formed in /", ""),
    "broken": (lambda p: reply(p, "sms.xml", "<Response><Message>Hello</Response>"), "wrong",
               "sms.xml: the document is not well-formed XML: line 1", "mend the file"),
    "root": (lambda p: reply(p, "voice.xml", "<Say>Hello</Say>"), "wrong",
             "voice.xml: the document's root is not <Response>", "mend the file"),
    "large": (lambda p: reply(p, "sms.xml", GOOD + " " * 70000), "wrong", "exceeds", "mend the file"),
    "name": (lambda p: reply(p, "smss.xml", GOOD), "note", "no endpoint looks for smss.xml",
             "did you mean sms.xml?"),
    "missing": (lambda p: p.settings(HOOKSWITCH_REPLIES="/nonexistent"), "wrong", "/nonexistent",
                "make it"),
    "not-set": (lambda p: p.settings(HOOKSWITCH_REPLIES=None), "ok", "is not set", ""),
}


@pytest.mark.parametrize("name", REPLIES)
def test_replies(patient, name):
    breakage, mark, said, mend = REPLIES[name]
    with breakage(patient):
        patient.check_says("reply-files", mark, said, mend)


@contextmanager
def reply_row(cluster, twiml):
    with faults.connected(cluster) as database, database.connection.cursor() as cursor:
        cursor.execute("INSERT INTO hookswitch.auto_replies (account_sid, twiml) VALUES (%s, %s)",
                       (ACCOUNT.sid, twiml))
        yield
        cursor.execute("DELETE FROM hookswitch.auto_replies")


def test_replies_in_the_database(patient, cluster):
    patient.check_says("reply-tables", "ok", "0 well-formed in the database")
    with reply_row(cluster, GOOD):
        patient.check_says("reply-tables", "ok", "1 well-formed in the database")
    with reply_row(cluster, "<Response>"):
        patient.check_says("reply-tables", "wrong", "auto_replies, id ", "mend it there")


# The web server, really broken


def test_handler_missing(apache):
    """Then Apache hands out the executables."""
    with moved(apache.site.programs / ".htaccess"):
        apache.check_says("own-names", "wrong", "is handed out as a file", "Options=ExecCGI")
        apache.check_says("endpoints", "wrong", "is handed out as a file", "no handler")
        apache.check_says("arrival", "not checked", "health.fcgi does not answer")


def test_rules_missing(apache):
    with moved(apache.site.public / ".htaccess"):
        found = apache.check_says("endpoints", "wrong", "is not there (404)", "mod_rewrite")
        assert "/api/webhooks/voice, and 6 more," in found.found


def test_rule_missing_for_one(apache):
    with text(apache.site.public / ".htaccess", lambda t: t.replace(b"voice|sms|", b"voice|", 1)):
        found = apache.check_says("endpoints", "wrong", "/api/webhooks/sms is not there (404)")
        assert "more" not in found.found


def test_program_not_executable(apache):
    with mode(program(apache), 0o644):
        apache.check_says("endpoints", "wrong", "/api/webhooks/sms ", "the executable's mode or owner")


def test_directive_that_is_not_allowed(apache):
    with text(apache.site.public / ".htaccess", lambda t: t + b"LogLevel debug\n"):
        apache.check_says("endpoints", "wrong", "cannot be run by the web server (500)",
                          "a directive that .htaccess must not have")


def test_another_application_before_ours(apache):
    (apache.site.public / "index.html").write_text("hello")
    with text(apache.site.public / ".htaccess",
              lambda t: b"RewriteEngine On\nRewriteRule ^api/ index.html [END]\n" + t):
        apache.check_says("answer", "ok", "answers")
        apache.check_says("health", "wrong", "answered by something else", "above its own")


def test_listing(apache):
    listing = b"<html><head><title>Index of /hookswitch</title>"
    with apache.before(lambda r: Reply(200, listing, {"Content-Type": "text/html"})
                       if r.method == "GET" else None):
        apache.check_says("own-names", "wrong", "a listing of a directory", "init")


def test_settings_of_the_endpoints(patient, tmp_path):
    """They cannot read what the command can."""
    config = patient.copy(tmp_path)
    with patient.settings():
        patient.site.config.write_text("HOOKSWITCH_NONE = 1\n")
        patient.check_says("endpoints", "wrong", "settings that it cannot use (500)", "error log",
                           config=config)
        patient.check_says("health", "wrong", "settings that it cannot use (500)", config=config)
        patient.check_says("arrival", "wrong", "settings that they cannot use", config=config)


def test_spool_that_only_the_command_can_write(patient, tmp_path):
    config = patient.copy(tmp_path)
    with patient.settings(HOOKSWITCH_SPOOL="/nonexistent"):
        patient.check_says("health", "wrong", "cannot write to the spool", "setfacl", config=config)


def test_tables_that_only_the_command_finds(patient, tmp_path, cluster):
    config = patient.copy(tmp_path, HOOKSWITCH_DATABASE=faults.NOWHERE)
    with schema_version(cluster, 999):
        patient.check_says("health", "wrong", "tables are of another release", "migrate", config=config)


# What stands before it


def answer_all(status, body=b"", **headers):
    return lambda request: Reply(status, body, {n.replace("_", "-"): v for n, v in headers.items()})


def chunk(reply):
    reply.chunked = True


def no_strangers(status):
    """As strangers.htaccess and rate-limit.conf do."""
    def change(request):
        if request.method == "POST" and "x-twilio-signature" not in {n.lower() for n, _ in request.headers}:
            return Reply(status, b"<html>no</html>")
    return change


def only_health_closed(request):
    if request.path.endswith("health"):
        return Reply(403, b"<html>no</html>")


HTML = b"<html>no</html>"
BEFORE = {
    "redirect": (answer_all(301, Location="https://www.example.com/"), None, "endpoints", "wrong",
                 "redirects, and a POST that is redirected loses its parameters "
                 "(to https://www.example.com/)", "give Twilio the address"),
    "not-found": (answer_all(404, HTML), None, "endpoints", "wrong", "is not there (404)", ".htaccess"),
    "login": (answer_all(401, HTML), None, "endpoints", "wrong", "a user and a password", "take"),
    "forbidden": (answer_all(403, HTML), None, "endpoints", "wrong", "refused by the web server", "log"),
    "limited": (answer_all(429, HTML), None, "endpoints", "note", "too many requests (429)", "wait"),
    "broken": (answer_all(500, HTML), None, "endpoints", "wrong", "cannot be run", "error log"),
    "gateway": (answer_all(502, HTML), None, "endpoints", "wrong", "gets no answer", "sockets"),
    "source": (answer_all(200, b"\x7fELF" + b"x" * 3000000), None, "endpoints", "wrong",
               "is handed out as a file", "handler"),
    "other": (answer_all(200, b"<html>Welcome</html>"), None, "endpoints", "wrong",
              "answered by something else", "another application"),
    "health-closed": (only_health_closed, None, "health", "note", "refused by the web server itself",
                      "strangers.htaccess"),
    "strangers": (no_strangers(403), None, "strangers", "ok", "before a program is started", ""),
    "many-strangers": (no_strangers(429), None, "strangers", "ok", "before a program is started", ""),
    "stored": (lambda r: Reply(204), None, "strangers", "wrong", "answered with 204", "application"),
    "chunked": (None, chunk, "content-length", "wrong", "no Content-Length", "ap_trust_cgilike_cl"),
}


@pytest.mark.parametrize("name", BEFORE)
def test_before(patient, name):
    change, answer, check, mark, said, mend = BEFORE[name]
    with patient.before(change, answer):
        patient.check_says(check, mark, said, mend)


def test_strangers_are_kept_out(patient):
    """And all the rest is as well as ever."""
    with patient.before(no_strangers(403)):
        assert [f for f in not_well(patient.examine()) if f.check != "certificate"] == []


def test_slow(patient):
    def change(request):
        time.sleep(3.1)
    with patient.before(change):
        found = patient.check_says("speed", "note", "the slowest answer took ", "15 seconds").found
        assert float(found.split()[4]) >= 3.1


def test_nobody_there(patient):
    with patient.settings(HOOKSWITCH_PUBLIC_URL=f"http://127.0.0.1:{free_port()}"):
        findings = patient.examine("--only", "web", "--only", "signature")
        assert [(f.check, f.mark) for f in findings if f.mark != "not checked"] == [("answer", "wrong")]
        assert "does the web server run" in findings[0].mend
        assert {f.found for f in findings} == {findings[0].found}, "each says why"


def test_no_such_host(patient):
    with patient.settings(HOOKSWITCH_PUBLIC_URL="http://hookswitch.invalid"):
        patient.check_says("answer", "wrong", "hookswitch.invalid", "in the DNS?")


def test_https_where_there_is_none(patient):
    with patient.settings(HOOKSWITCH_PUBLIC_URL=patient.server.url.replace("http", "https")):
        patient.check_says("answer", "wrong", "could not reach", "certificate")


@pytest.mark.parametrize("days, mark, said", [
    (90, "ok", "90 days left"), (9, "note", "ends in 9 days"), (1, "wrong", "ends in 1 day")])
def test_certificate(patient, tmp_path, days, mark, said):
    certificate = make_certificate(tmp_path, days)
    with patient.before(certificate=certificate):
        patient.check_says("certificate", mark, said, "" if mark == "ok" else "11236",
                           CURL_CA_BUNDLE=str(certificate))
        patient.check_says("answer", "ok", "answers", SSL_CERT_FILE=str(certificate))
        patient.check_says("answer", "wrong", "certificate", "a public authority")


def test_all_is_well_over_tls(patient, tmp_path):
    certificate = make_certificate(tmp_path, 90)
    with patient.before(certificate=certificate):
        assert not_well(patient.examine(CURL_CA_BUNDLE=str(certificate))) == []


# Signatures on their way


def no_signature(request):
    request.without("X-Twilio-Signature")


def no_body(request):
    if request.method == "POST":
        request.body = b""


def filtered(request):
    if b"%3C" in request.body:
        return Reply(403, b"<html>blocked</html>")


ARRIVAL = {
    "header": (no_signature, "is taken out on its way", "pass the header on"),
    "plus": (lambda r: r.replace(b"%2B", b"+"), 'A "+" has become a blank', "passed on as it comes"),
    "empty": (lambda r: r.replace(b"&FromCity=", b""), "without a value (FromCity)", "passed on"),
    "trimmed": (lambda r: r.replace(b"+a++b+", b"a++b"), "have been cut off", "passed on"),
    "newlines": (lambda r: r.replace(b"%0D%0A", b"%0A"), "Newlines", "passed on"),
    "charset": (lambda r: r.replace(b"%C3%BC", b"%FC"), "Latin-1", "passed on"),
    "entities": (lambda r: r.replace(b"%3C", b"%26lt%3B"), "HTML entities", "passed on"),
    "backslashes": (lambda r: r.replace(b"%27", b"%5C%27"), "Backslashes", "passed on"),
    "encoded": (lambda r: r.replace(b"%25", b"%2525"), "encoded a second time", "passed on"),
    "filtered": (filtered, "refuses a body with 1 < 2 & 3 > 2 in it (403)", "taken out of its rules"),
    "added": (lambda r: r.method == "POST" and r.replace(b"AccountSid", b"More=1&AccountSid"),
              "for whichever URL", "TWILIO_AUTH_TOKEN"),
    "no-body": (no_body, "POST without a body", "Look for a redirect"),
}


@pytest.mark.parametrize("name", ARRIVAL)
def test_arrival(patient, name):
    change, said, mend = ARRIVAL[name]
    with patient.before(lambda request: change(request) or None):
        found = patient.check_says("arrival", "wrong", said, mend)
        assert len([f for f in patient.examine("--only", "arrival") if f.mark == "wrong"]) == 1, found


def test_token_of_another(patient, tmp_path):
    config = patient.copy(tmp_path, TWILIO_AUTH_TOKEN="0" * 32)
    patient.check_says("arrival", "wrong", "another token or account", "TWILIO_AUTH_TOKEN", config=config)


URLS = {
    "scheme": ("http://127.0.0.1:{port}", "https://127.0.0.1:{port}",
               "Twilio signed http, the endpoint saw https", "http"),
    "port": ("http://127.0.0.1:{port}", "http://127.0.0.1", "Twilio signed the port", "HOOKSWITCH_PUBLIC_URL ="),
}


@pytest.mark.parametrize("name", URLS)
def test_url_that_the_endpoints_do_not_know(patient, tmp_path, name):
    """HOOKSWITCH_PUBLIC_URL says one thing here, and another there."""
    known, seen, said, mend = (text_.format(port=patient.server.port) for text_ in URLS[name])
    config = patient.copy(tmp_path, HOOKSWITCH_PUBLIC_URL=known)
    with patient.settings(HOOKSWITCH_PUBLIC_URL=seen):
        patient.check_says("arrival", "wrong", said, mend, config=config)


def limit(size, status):
    def change(request):
        if len(request.body) > size:
            return Reply(status, b"<html>too large</html>")
    return change


@pytest.mark.parametrize("size, status, mark, said", [
    (128 * 1024, 500, "note", "bodies of 200 KiB do not arrive (500), of 64 KiB they do"),
    (32 * 1024, 413, "wrong", "bodies of 64 KiB do not arrive (413)"),
])
def test_body_limit(patient, size, status, mark, said):
    with patient.before(limit(size, status)):
        patient.check_says("body-size", mark, said, "FcgidMaxRequestLen")


def test_body_that_is_cut(patient):
    """As mod_fcgid does over LimitRequestBody: the program runs, with nothing to read."""
    def change(request):
        if len(request.body) > 32 * 1024:
            request.body = b""
    with patient.before(change):
        patient.check_says("body-size", "wrong", "bodies of 64 KiB do not arrive (405)", "LimitRequestBody")


# Twilio


def test_token_that_twilio_does_not_know(patient):
    with patient.settings(TWILIO_AUTH_TOKEN="0" * 32):
        patient.check_says("account", "wrong", "Authenticate", "copy SID and auth token")


def test_twilio_away(patient):
    patient.api.fail(Fault(503))
    patient.check_says("account", "note", "Twilio answered 503", "the endpoints do not need it")


def test_further_accounts(patient, tmp_path):
    """Each is asked for with its own token."""
    other = "AC" + "ab" * 16
    accounts = tmp_path / "accounts"
    accounts.write_text(f"{ACCOUNT.sid} {ACCOUNT.token}\n{other} {'0' * 32}\n")
    accounts.chmod(0o600)
    config = patient.copy(tmp_path, HOOKSWITCH_ACCOUNTS=accounts)
    patient.check_says("accounts", "wrong", f"account {other}: Twilio answered 401", "copy", config=config)
    patient.check_says("account", "ok", f"Twilio knows account {ACCOUNT.sid}", config=config)
    accounts.write_text("")
    assert patient.examine("--only", "accounts", config=config) == []


@pytest.mark.parametrize("change, mark, said", [
    ({"status": "suspended"}, "wrong", f"account {ACCOUNT.sid} is suspended"),
    ({"type": "Trial"}, "note", "it is one for a trial"),
])
def test_account(patient, change, mark, said):
    patient.api.made("account").append(change)
    patient.check_says("account", mark, said)


@pytest.mark.parametrize("seconds, mark", [(-4000, "wrong"), (90, "note"), (5, "ok")])
def test_clock(patient, seconds, mark):
    patient.api.clock_ahead = seconds
    patient.check_says("clock", mark, "Twilio's clock and this one", "" if mark == "ok" else "NTP")


# Where its webhooks lead, and whether they arrive


def test_urls_that_lead_here(patient):
    patient.check_says("urls", "ok", "1 numbers, services and applications lead here")
    assert len(patient.examine("--only", "urls")) == 1


@pytest.mark.parametrize("change, mark, said, mend", [
    ({"voice_url": "https://demo.twilio.com/"}, "wrong", f"phone number {OURS} (PN", "provision"),
    ({"voice_url": "https://demo.twilio.com/"}, "wrong", "VoiceUrl: ", "provision"),
    ({"status_callback": ""}, "wrong", "StatusCallback: not set", "provision"),
    ({"sms_method": "GET"}, "wrong", "SmsUrl: ", "provision"),
    ({"trunk_sid": "TK" + "0" * 32}, "wrong", "TK" + "0" * 32, "provision"),
], ids=["url", "place", "not-set", "method", "trunk"])
def test_url_that_leads_elsewhere(patient, change, mark, said, mend):
    patient.number.update(change)
    patient.check_says("urls", mark, said, mend)


def test_numbers_of_somebody_else(patient):
    """An account may have others; but then something must lead here."""
    add_number(patient.api, "+15551230002", voice_url="https://other.example.de/")
    patient.check_says("urls", "note", "phone number +15551230002", "if it should")
    patient.check_says("urls", "ok", "1 numbers, services and applications lead here")
    patient.number.update(dict.fromkeys(patient.urls(""), ""))
    patient.check_says("urls", "wrong", "nothing of the account leads here", "provision --all")


def test_many_numbers(patient):
    for i in range(30):
        add_number(patient.api, f"+15551239{i:03}")
    findings = patient.examine("--only", "urls")
    assert sum("does not lead here" in f.found for f in findings) == 10
    assert any(f.found.startswith("20 more do not lead here") for f in findings)


def test_urls_that_are_not_repeated(patient):
    patient.number["voice_url"] = patient.number["voice_url"].replace(OVERRIDES, "")
    patient.check_says("urls", "note", "1 of their URLs have Twilio repeat nothing", "#rc=3&rp=all")


def test_account_with_nothing(patient):
    patient.api.made("numbers").clear()
    patient.check_says("urls", "note", "no phone number, messaging service or application", "buy")


def test_services_and_applications(patient):
    add_service(patient.api, inbound_request_url=patient.number["sms_url"],
                status_callback=patient.number["status_callback"])
    add_application(patient.api, voice_url=patient.number["voice_url"])
    findings = patient.examine("--only", "urls")
    assert [f.mark for f in findings] == ["wrong"]
    assert findings[0].found.startswith("TwiML application Softphone (AP")


def came_in(patient, kind, seconds=3600, **members):
    sid = new_sid("CA" if kind == "calls" else "SM")
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(time.time() - seconds))
    patient.api.made(kind).append({
        "sid": sid, "direction": "inbound", "to": OURS, "from": "+4930123456", "status": "completed",
        "date_created": date, **members})
    return sid


def test_calls_that_have_not_arrived(patient, cluster):
    """Unless they are too young, or not for us, or came before the URL was set."""
    came_in(patient, "calls", seconds=10)
    came_in(patient, "calls", to="+15551230009")
    came_in(patient, "messages", direction="outbound-api")
    came_in(patient, "messages", seconds=40 * 86400)
    patient.check_says("arrived", "ok", "knows of no call or message that should have come")
    call, message = came_in(patient, "calls"), came_in(patient, "messages")
    patient.check_says("arrived", "wrong", f"of 2 of the last 2 calls and messages that came in no"
                                           f" webhook has arrived, such as {call}", "backfill")
    run(patient.server.installed, "send", "--config", patient.site.config, "inbound-message",
        f"message={message}")
    patient.check_says("arrived", "wrong", "of 1 of the last 2")
    run(patient.server.installed, "send", "--config", patient.site.config, "inbound-call",
        f"call={call}")
    patient.check_says("arrived", "ok", "of the last 2 calls and messages")
    came_in(patient, "calls")
    patient.number["date_updated"] = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    patient.check_says("arrived", "ok", "knows of no call")
