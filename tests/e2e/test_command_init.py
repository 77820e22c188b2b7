"""hookswitch init: a site is made, and made again, and nothing of the owner's is lost."""

import hashlib
import json
import os
import re
import shutil
import struct
import subprocess

import pytest

import webservers
import wire
from command import check_failed, command_line, installed, run, run_json
from deployment import ACCOUNT, PROGRAMS
from made_site import MadeSite, made
from processes import wait_until
from rest_api import Fault
from terminal import Terminal
from twilio import new_sid
from webservers import ApacheCgid, server_user

URL = "https://hooks.example.de"
NOWHERE = "host=/nonexistent dbname=none"
KINDS = ("voice", "sms", "whatsapp", "status", "recording", "video-room", "webhook")
BEGIN, END = "# BEGIN hookswitch ", "# END hookswitch\n"


@pytest.fixture(scope="module")
def command(environment, tmp_path_factory):
    return installed(environment, tmp_path_factory.mktemp("prefix"))


@pytest.fixture
def site(environment, settings):
    """A document root with nothing in it; what the environment says is all that is needed."""
    site = MadeSite(environment, {**settings, "HOOKSWITCH_PUBLIC_URL": URL}, server_user())
    yield site
    site.remove()


def init(command, site, *words, **more):
    """What was done, {path below the home: (state, note)}."""
    result = site.init(command, "--offline", "--json", *words, **more)
    assert (result.returncode, result.stderr) == (0, ""), result
    return done(site, result)


def done(site, result):
    return {os.path.relpath(thing["path"], site.home): (thing["state"], thing["note"])
            for thing in json.loads(result.stdout)["things"]}


def states(things):
    return {path: state for path, (state, _) in things.items() if state != "kept"}


PAGE = "public_html/hookswitch/console"
ALL = ["private", "private/hookswitch.conf", "private/spool", "private/replies",
       "private/recordings", "public_html", "public_html/hookswitch",
       *[f"public_html/hookswitch/{name}.fcgi" for name in PROGRAMS],
       "public_html/hookswitch/.htaccess", PAGE, f"{PAGE}/.htaccess", "public_html/.htaccess"]


def files_of_page(command):
    return {f"{PAGE}/{path.name}" for path in page_of(command).iterdir()}


def page_of(command):
    return command.fcgi_dir.parent / "share/hookswitch/console"


# The site works


class BelowRoot(made(ApacheCgid)):
    name = "made-below-root"
    directory = "/hooks"


@pytest.mark.parametrize("server_class", [
    *[made(server_class) for server_class in webservers.SERVERS], BelowRoot], ids=lambda s: s.name)
def test_site_takes_webhooks(farm, environment, database, server_class):
    """Just as init has left it."""
    server = farm.get(server_class)
    sid = new_sid("SM")
    printed, status = run_json(server.installed, "send", "--config", server.site.config,
                               "inbound-message", server.address + "/api/webhooks/{endpoint}",
                               f"message={sid}", "Body=first light")
    assert (status, printed["good"]) == (0, 1), (printed, server.error_log()[-2000:])
    assert database.row("messages", sid)["body"] == "first light"
    answer = wire.send(server.port, wire.Request("GET", server.directory + "/api/webhooks/health"))
    report = json.loads(answer.body)
    assert (report["status"], report["spool"]) == ("ok", "ok")


# What is made


def test_everything(command, site):
    things = init(command, site)
    assert states(things) == {path: "made" for path in ALL if path != "public_html"}
    tree = site.tree()
    files = files_of_page(command)
    assert len(files) > 15
    assert {str(path) for path in tree} == {*ALL, *files}, "and nothing else is left"
    owner = server_user() or (os.geteuid(),)
    assert {uid for _, uid, _, _ in tree.values()} == {owner[0]}
    modes = {path: oct((site.home / path).stat().st_mode)[-3:] for path in ALL}
    assert {path for path in ALL if modes[path] == "700"} == {
        "private", "private/spool", "private/replies", "private/recordings"}
    assert {path for path in ALL if modes[path] == "600"} == {"private/hookswitch.conf"}
    assert {path for path in ALL if modes[path] == "644"} == {
        "public_html/.htaccess", "public_html/hookswitch/.htaccess", f"{PAGE}/.htaccess"}
    assert {modes[path] for path in ALL if path.endswith(("hookswitch", ".fcgi", "console"))} \
        == {"755"}
    assert {oct((site.home / path).stat().st_mode)[-3:] for path in files} == {"644"}


def test_settings_file(command, site, cluster):
    init(command, site, TWILIO_PHONE_NUMBER="+15550001111")
    lines = [line for line in site.config.read_text().splitlines() if line and line[0] != "#"]
    assert lines == [
        f"TWILIO_ACCOUNT_SID = {ACCOUNT.sid}", f"TWILIO_AUTH_TOKEN = {ACCOUNT.token}",
        f"HOOKSWITCH_PUBLIC_URL = {URL}", f"HOOKSWITCH_DATABASE = {cluster.conninfo}",
        f"HOOKSWITCH_SPOOL = {site.private}/spool", f"HOOKSWITCH_REPLIES = {site.private}/replies",
        f"HOOKSWITCH_RECORDINGS = {site.private}/recordings",
        f"HOOKSWITCH_FEED_TOKEN = {feed_token(site)}", "TWILIO_PHONE_NUMBER = +15550001111"]


def feed_token(site):
    """The one that init has made up."""
    return re.search(r"^HOOKSWITCH_FEED_TOKEN = ([0-9a-f]{48})$", site.config.read_text(), re.M)[1]


def test_feed_token(command, site):
    """Another one for each site; kept, and shown to nobody."""
    result = site.init(command, "--offline")
    first = feed_token(site)
    assert first not in result.stdout
    assert f"{URL}/hookswitch/console/\n" in result.stdout
    assert "token that stands in the settings file as HOOKSWITCH_FEED_TOKEN" in result.stdout
    assert states(init(command, site)) == {} and feed_token(site) == first
    site.config.unlink()
    init(command, site)
    assert feed_token(site) != first


def test_no_feed_token_for_a_site_of_before(command, site):
    """Its owner may want the feed closed."""
    site.directory("private", 0o700)
    site.private_file("hookswitch.conf", "# mine\n")
    result = site.init(command, "--offline")
    assert "FEED_TOKEN" not in site.config.read_text()
    assert "openssl rand -hex 24" in result.stdout


# The live page


def test_page_is_kept_and_renewed(command, site):
    """Of another release it is renewed; what the owner has put beside it stays."""
    init(command, site)
    page = site.home / PAGE
    (page / "console.js").write_text("// older")
    (page / "mine.html").write_text("mine")
    assert states(init(command, site)) == {PAGE: "renewed"}
    assert (page / "console.js").read_bytes() == (page_of(command) / "console.js").read_bytes()
    assert (page / "mine.html").read_text() == "mine"
    assert states(init(command, site)) == {}
    (page / "rows.js").unlink()
    (page / ".htaccess").unlink()
    assert states(init(command, site)) == {PAGE: "renewed", f"{PAGE}/.htaccess": "made"}


def test_page_that_is_a_link(command, site):
    init(command, site)
    shutil.rmtree(site.home / PAGE)
    (site.home / PAGE).symlink_to(page_of(command))
    things = init(command, site)
    assert things[PAGE] == ("kept", "a link of yours")
    assert not (page_of(command) / ".htaccess").exists()


@pytest.mark.parametrize("server", ["apache", "proxy-fcgi", "lighttpd"])
def test_configuration(command, site, server):
    """The shipped files with the site's paths; no example is left, and no secret gets in."""
    things = init(command, site, "--server", server)
    written = [site.home / path for path in things if path.endswith(("htaccess", "lighttpd.conf"))]
    assert len(written) == (1 if server == "lighttpd" else 3)
    for path in written:
        text = path.read_text()
        assert "/home/example" not in text and "Replace" not in text
        assert ACCOUNT.token not in text
        assert text.startswith(BEGIN) and text.endswith(END)
    assert server == "lighttpd" or "Content-Security-Policy" in (
        site.home / PAGE / ".htaccess").read_text()
    assert any(f"{site.private}/hookswitch.conf" in path.read_text() for path in written)
    assert (site.run.is_dir(), site.programs.exists()) == (server != "apache", server != "lighttpd")
    assert states(init(command, site)) == {}, "it is known which server it was"


def test_options_win_over_the_environment(command, site, tmp_path):
    token = tmp_path / "token"
    token.write_text("0123456789abcdef" * 2 + "\n")
    token.chmod(0o600)
    sid = "AC" + "ab" * 16
    init(command, site, "--account", sid, "--token-file", token, "--public-url", "https://a.de/",
         "--database", "dbname=other", "--phone-number", "+4930123456", "--private",
         site.home / "secret")
    text = (site.home / "secret/hookswitch.conf").read_text()
    for line in (f"TWILIO_ACCOUNT_SID = {sid}", "TWILIO_AUTH_TOKEN = " + "0123456789abcdef" * 2,
                 "HOOKSWITCH_PUBLIC_URL = https://a.de", "HOOKSWITCH_DATABASE = dbname=other",
                 "TWILIO_PHONE_NUMBER = +4930123456"):
        assert line + "\n" in text
    assert not site.private.exists()


def test_token_from_standard_input(command, site):
    result = run(command, "init", "--offline", "--token-file", "-", site.public,
                 text=ACCOUNT.token + "\n", HOME=str(site.home), **{
                     **site.base_settings, "TWILIO_AUTH_TOKEN": ""})
    assert (result.returncode, result.stderr) == (0, ""), result
    assert f"TWILIO_AUTH_TOKEN = {ACCOUNT.token}\n" in site.config.read_text()


def test_what_comes_next(command, site):
    """The URLs for Twilio, the next commands, and no token."""
    result = site.init(command, "--offline")
    for kind in KINDS:
        assert re.search(rf"{URL}/api/webhooks/{kind}$", result.stdout, re.M)
    for words in (f"hookswitch doctor {site.public}\n", "hookswitch send inbound-message ",
                  f"replay --quiet --config {site.config}\n", f"HOOKSWITCH_CONFIG={site.config}\n"):
        assert words in result.stdout
    assert ACCOUNT.token not in result.stdout


def test_below_the_document_root(command, site):
    """The URL says so: the setting is the root's, and what is private is outside of that."""
    site.directory("public_html/hooks")
    result = site.init(command, "--offline", directory=site.public / "hooks",
                       HOOKSWITCH_PUBLIC_URL=URL + "/hooks/")
    assert result.returncode == 0, result
    assert f"HOOKSWITCH_PUBLIC_URL = {URL}\n" in site.config.read_text()
    assert f"{URL}/hooks/api/webhooks/sms\n" in result.stdout
    assert f"doctor {site.public}/hooks --site {URL}/hooks\n" in result.stdout
    refused = site.init(command, "--offline", "--private", site.public / "private",
                        directory=site.public / "hooks", HOOKSWITCH_PUBLIC_URL=URL + "/hooks")
    check_failed(refused, 1, f'"{site.public}"')


def test_home_of_another_root(command, site):
    """An add-on domain's root lies in the main one's: what is private must not."""
    site.directory("public_html/shop")
    result = site.init(command, "--offline", "--json", directory=site.public / "shop", HOME="/nowhere")
    assert "private/hookswitch.conf" in done(site, result)


def test_directory_that_is_not_there_yet(command, site):
    result = site.init(command, "--offline", "--json", directory=site.public / "new")
    assert done(site, result)["public_html/new"] == ("made", None)
    assert (site.public / "new/hookswitch/sms.fcgi").exists()


# Once more


def test_again(command, site):
    init(command, site)
    before = site.tree()
    assert states(init(command, site)) == {}
    assert site.tree() == before, "not even a time has changed"


def test_file_wins_over_the_environment(command, site):
    init(command, site)
    before = site.config.read_text()
    assert states(init(command, site, TWILIO_AUTH_TOKEN="0" * 32)) == {}
    assert site.config.read_text() == before


def test_lines_of_the_owner(command, site):
    """Before and behind ours, in whatever way lines end."""
    theirs = "RewriteEngine On\r\nRewriteRule ^ index.php [L]\n# no newline"
    path = site.write(site.public / ".htaccess", theirs, 0o640)
    things = init(command, site)
    assert things["public_html/.htaccess"] == ("renewed", "our lines are put before yours")
    text = path.read_bytes().decode()
    assert text.startswith(BEGIN) and text.endswith(END + "\n" + theirs)
    assert path.stat().st_mode & 0o777 == 0o640
    path.write_bytes(("Options -Indexes\n" + text).encode())
    assert states(init(command, site)) == {}
    assert path.read_bytes().decode() == "Options -Indexes\n" + text


def test_block_that_the_owner_has_changed(command, site):
    init(command, site)
    path = site.public / ".htaccess"
    path.write_text(path.read_text().replace("RewriteEngine On", "RewriteEngine Off"))
    before = path.read_text()
    state, note = init(command, site)["public_html/.htaccess"]
    assert (state, "you have changed" in note) == ("kept", True)
    assert path.read_text() == before


def test_block_of_an_older_release(command, site):
    """With its own digest, it is renewed where it stands."""
    init(command, site)
    path = site.public / ".htaccess"
    ours = path.read_text()
    digest = hashlib.sha256(b"SetEnv OLD 1\n").hexdigest()
    old = f"{BEGIN}{digest[:16]}: whatever\nSetEnv OLD 1\n{END}"
    path.write_text("# mine\n" + old + "# mine, too\n")
    assert states(init(command, site)) == {"public_html/.htaccess": "renewed"}
    assert path.read_text() == "# mine\n" + ours + "# mine, too\n"


def test_lines_put_there_by_hand(command, site):
    """As the README told."""
    path = site.write(site.public / ".htaccess",
                      "SetEnv HOOKSWITCH_CONFIG /home/me/private/hookswitch.conf\n")
    before = path.read_text()
    state, note = init(command, site)["public_html/.htaccess"]
    assert (state, note) == ("kept", "it has such lines already, without the marks")
    assert path.read_text() == before


def test_settings_of_the_owner(command, site, cluster):
    """A file from before has all that is in it kept, and gets what is missing."""
    site.directory("private", 0o700)
    spool = site.directory("spool-of-mine", 0o700)
    text = f"# mine\nTWILIO_ACCOUNT_SID={ACCOUNT.sid}\nHOOKSWITCH_SPOOL = {spool}\n" \
           f"TWILIO_AUTH_TOKEN = {ACCOUNT.token}"
    site.private_file("hookswitch.conf", text, 0o640)
    things = init(command, site)
    assert things["private/hookswitch.conf"] == ("renewed", "what was missing is added")
    assert things["spool-of-mine"] == ("kept", None)
    assert "private/spool" not in things
    assert site.config.read_text() == text + "\n" \
        f"HOOKSWITCH_PUBLIC_URL = {URL}\nHOOKSWITCH_DATABASE = {cluster.conninfo}\n" \
        f"HOOKSWITCH_REPLIES = {site.private}/replies\n" \
        f"HOOKSWITCH_RECORDINGS = {site.private}/recordings\n"
    assert site.config.stat().st_mode & 0o777 == 0o640, "the web server may run as its group"


def group_of_another():
    """One that a file can be given to; None if there is none."""
    groups = [1] if os.geteuid() == 0 else os.getgroups()
    return next((group for group in groups if group != os.getegid()), None)


def test_settings_that_the_web_server_was_let_into(command, site):
    """Whoever could read the file before can read what takes its place: the site would stand still."""
    group = group_of_another()
    if group is None:
        pytest.skip("there is no other group to give the file to")
    init(command, site)
    site.config.chmod(0o640)
    os.chown(site.config, -1, group)
    assert states(init(command, site, "--phone-number", "+15551230001")) == {
        "private/hookswitch.conf": "renewed"}
    status = site.config.stat()
    assert (status.st_gid, status.st_mode & 0o777) == (group, 0o640)


def test_settings_that_are_elsewhere(command, site):
    """A link of the owner's stays one."""
    init(command, site)
    file = site.directory("elsewhere", 0o700) / "settings"
    os.rename(site.config, file)
    site.config.symlink_to(file)
    assert states(init(command, site, "--phone-number", "+15551230001")) == {
        "elsewhere/settings": "renewed"}
    assert os.readlink(site.config) == str(file)
    assert "TWILIO_PHONE_NUMBER = +15551230001" in file.read_text()


def test_settings_that_setfacl_has_let_somebody_into(command, site):
    init(command, site)
    name = "system.posix_acl_access"
    rows = ((1, 6, -1), (2, 4, 65534), (4, 0, -1), (16, 4, -1), (32, 0, -1))
    listed = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, may, who & 0xFFFFFFFF) for tag, may, who in rows)
    try:
        os.setxattr(site.config, name, listed)
    except OSError as failure:
        pytest.skip(f"lists of who may read a file: {failure}")
    assert states(init(command, site, "--phone-number", "+15551230001")) == {
        "private/hookswitch.conf": "renewed"}
    assert os.getxattr(site.config, name) == listed


def test_settings_of_the_owner_that_others_can_read(command, site):
    site.directory("private", 0o700)
    site.private_file("hookswitch.conf", "# mine\n", 0o644)
    init(command, site)
    assert site.config.stat().st_mode & 0o777 == 0o600


def test_several_accounts(command, site):
    """Then no account and no token are missing."""
    site.directory("private", 0o700)
    site.private_file("hookswitch.conf", f"HOOKSWITCH_ACCOUNTS = {site.private}/accounts\n")
    init(command, site, TWILIO_ACCOUNT_SID=None, TWILIO_AUTH_TOKEN=None)
    assert "TWILIO" not in site.config.read_text()


def test_heals(command, site):
    init(command, site)
    (site.programs / "sms.fcgi").unlink()
    (site.programs / "voice.fcgi").chmod(0o644)
    (site.programs / "status.fcgi").chmod(0o775)
    site.config.chmod(0o644)
    shutil.rmtree(site.private / "spool")
    (site.public / ".htaccess").unlink()
    things = init(command, site)
    assert states(things) == {
        "public_html/hookswitch/sms.fcgi": "made", "public_html/hookswitch/voice.fcgi": "renewed",
        "public_html/hookswitch/status.fcgi": "renewed", "private/hookswitch.conf": "renewed",
        "private/spool": "made", "public_html/.htaccess": "made"}
    assert things["private/hookswitch.conf"][1] == "others could read or change it"
    assert site.config.stat().st_mode & 0o777 == 0o600
    assert (site.programs / "voice.fcgi").stat().st_mode & 0o777 == 0o755


def test_programs_of_another_release(command, site):
    """They are renewed; what is none of ours is not."""
    init(command, site)
    with open(site.programs / "sms.fcgi", "ab") as program:
        program.write(b"older")
    site.write(site.programs / "voice.fcgi", "#!/bin/sh\nexec valgrind\n", 0o755)
    things = init(command, site)
    assert states(things) == {"public_html/hookswitch/sms.fcgi": "renewed"}
    assert things["public_html/hookswitch/voice.fcgi"][1] == "it is none of our programs"
    installed_program = command.fcgi_dir.parent / "libexec/hookswitch/sms.fcgi"
    assert (site.programs / "sms.fcgi").read_bytes() == installed_program.read_bytes()


def test_links_and_copies(command, site):
    program = site.programs / "sms.fcgi"
    target = command.fcgi_dir.parent / "libexec/hookswitch/sms.fcgi"
    init(command, site, "--link")
    assert os.readlink(program) == str(target)
    assert states(init(command, site)) == {}, "they stay as they were made"
    things = init(command, site, "--copy")
    assert set(states(things).values()) == {"renewed"} and len(states(things)) == len(PROGRAMS)
    assert not program.is_symlink() and program.read_bytes() == target.read_bytes()
    assert states(init(command, site)) == {}
    init(command, site, "--link")
    program.unlink()
    program.symlink_to("/nonexistent/sms.fcgi")
    assert states(init(command, site)) == {"public_html/hookswitch/sms.fcgi": "renewed"}
    assert os.readlink(program) == str(target)


def test_dry_run(command, site):
    assert set(states(init(command, site, "--dry-run")).values()) == {"made"}
    assert [str(path) for path in site.tree()] == ["public_html"]
    result = site.init(command, "--offline", "--dry-run")
    assert result.stdout.splitlines()[0] == f"would be made    {site.private}"
    init(command, site)
    (site.programs / "voice.fcgi").chmod(0o644)
    before = site.tree()
    assert states(init(command, site, "--dry-run")) == {
        "public_html/hookswitch/voice.fcgi": "renewed"}
    assert site.tree() == before


# Nothing half done


def broken_marks(site):
    site.write(site.public / ".htaccess", "# BEGIN hookswitch 123\nSetEnv A b\n")


def open_token(site):
    site.write(site.home / "token", ACCOUNT.token, 0o644)
    return ["--token-file", site.home / "token"]


def unknown_setting(site):
    site.directory("private", 0o700)
    site.private_file("hookswitch.conf", "HOOKSWITCH_DATABASES = x\n")


def file_in_the_way(site):
    site.write(site.home / "private", "")


def open_private(site):
    site.directory("private", 0o777)


FAILURES = {
    "no-account": (lambda site: {"TWILIO_ACCOUNT_SID": None},
                   '"TWILIO_ACCOUNT_SID" is missing: give --account'),
    "no-token": (lambda site: {"TWILIO_AUTH_TOKEN": None}, "give --token-file"),
    "no-url": (lambda site: {"HOOKSWITCH_PUBLIC_URL": None}, "give --public-url"),
    "no-database": (lambda site: {"HOOKSWITCH_DATABASE": ""}, "give --database"),
    "placeholder": (lambda site: {"TWILIO_AUTH_TOKEN": "x" * 32}, "still the placeholder"),
    "url": (lambda site: {"HOOKSWITCH_PUBLIC_URL": URL + "/api/webhooks/sms"}, "an endpoint"),
    "control": (lambda site: {"HOOKSWITCH_DATABASE": "a\nHOOKSWITCH_LOG = debug"},
                "a control character"),
    "token-file": (lambda site: ["--token-file", "/nonexistent"], "/nonexistent"),
    "open-token-file": (open_token, "can be read or changed by others"),
    "public": (lambda site: ["--private", site.public / "private"], "below the document root"),
    "blank": (lambda site: ["--private", site.home / "my files"], "without blanks"),
    "nowhere": (lambda site: ["--private", site.home / "a/b"], "could not find"),
    "broken-marks": (broken_marks, "are no pair"),
    "unknown-setting": (unknown_setting, 'unrecognized setting "HOOKSWITCH_DATABASES" in line 1'),
    "file-in-the-way": (file_in_the_way, "is not a directory"),
    "open-private": (open_private, "everybody can write into"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_nothing_is_made_if_something_is_wrong(command, site, name):
    change, said = FAILURES[name]
    change = change(site)
    words = change if isinstance(change, list) else []
    before = site.tree()
    result = site.init(command, "--offline", *words, **(change if isinstance(change, dict) else {}))
    check_failed(result, 1, said)
    assert ACCOUNT.token not in result.stderr
    assert site.tree() == before


@pytest.mark.parametrize("words, said", [
    ([], "the document root is missing"),
    (["a", "b"], "more than one directory"),
    (["--copy", "--link", "a"], "exclude each other"),
    (["--server", "nginx", "a"], "--server must be"),
    (["--account", "SK" + "0" * 32, "a"], "--account: TWILIO_ACCOUNT_SID is the SID of an API key;"),
    (["--account", "x", "a"], "--account: TWILIO_ACCOUNT_SID is no account's SID"),
    (["--public-url", "x", "a"], "--public-url: HOOKSWITCH_PUBLIC_URL "),
    (["--database", "dbname=x password=y", "a"], "does not belong on a command line"),
    (["--database", "postgresql://me:y@host/x", "a"], "does not belong on a command line"),
    (["--token-file", "0123456789abcdef" * 2, "a"], "a token does not belong on a command line"),
    (["--token", "0123456789abcdef" * 2, "a"], "a token does not belong on a command line"),
])
def test_words(command, words, said):
    result = run(command, "init", *words)
    check_failed(result, 2, said)
    assert "0123456789abcdef" not in result.stderr


def test_other_settings_than_the_file_has(command, site):
    """What cannot be done as it was asked for is not left out silently."""
    init(command, site)
    before = site.tree()
    check_failed(site.init(command, "--offline", "--public-url", "https://other.example.de"), 1,
                 '"HOOKSWITCH_PUBLIC_URL" is another one in the settings file already')
    assert states(init(command, site, "--public-url", URL + "/")) == {}
    assert site.tree() == before


def test_nobody_reads_what_it_prints(command, site):
    """Nothing is left half made."""
    words = command_line(command, "init", "--offline", site.public)
    reader, writer = os.pipe()
    os.close(reader)
    variables = {**site.base_settings, "HOME": str(site.home), "PATH": os.environ["PATH"]}
    try:
        result = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, text=True,
                                env={name: str(value) for name, value in variables.items()})
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (0, "")
    assert all((site.programs / f"{name}.fcgi").exists() for name in PROGRAMS)


def test_disk_full(command, site):
    """It says what was made; what is made is whole; and with more room the rest follows."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", site.public],
                             capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount something")
    try:
        site.own(site.public)
        result = site.init(command, "--offline", "--copy")
        assert result.returncode == 1
        assert "No space left" in result.stderr and len(result.stderr.splitlines()) == 1
        made_lines = result.stdout.splitlines()
        assert made_lines[0] == f"made    {site.private}"
        assert all(line.startswith(("made ", "kept ")) for line in made_lines)
        assert not (site.public / ".htaccess").exists(), "it comes last"
        assert f'"{site.programs}/' in result.stderr
        names = {path.name for path in site.programs.iterdir()}
        assert names <= {f"{name}.fcgi" for name in PROGRAMS}, "nothing half written"
        subprocess.run(["mount", "-o", "remount,size=64m", site.public], check=True)
        things = init(command, site, "--copy")
        assert things["private"] == ("kept", None)
        assert things["public_html/.htaccess"] == ("made", None)
    finally:
        subprocess.run(["umount", site.public], check=True)


# Twilio and the database are asked


def test_account_that_twilio_knows(command, site, rest_api, cluster):
    result = site.init(command, HOOKSWITCH_TWILIO_API=rest_api.origin)
    assert result.returncode == 0, result
    assert [request.path for request in rest_api.requests] \
        == [f"/2010-04-01/Accounts/{ACCOUNT.sid}.json"]
    assert "TWILIO_API" not in site.config.read_text()


def test_token_that_twilio_does_not_know(command, site, rest_api):
    result = site.init(command, HOOKSWITCH_TWILIO_API=rest_api.origin, TWILIO_AUTH_TOKEN="0" * 32)
    check_failed(result, 1, "Twilio does not know this account with this token")
    assert not site.private.exists()


def test_twilio_away(command, site, rest_api):
    """That is no reason not to make the site."""
    rest_api.fail(Fault(503))
    result = site.init(command, HOOKSWITCH_TWILIO_API=rest_api.origin)
    assert (result.returncode, result.stderr) == (0, "")


def test_database_that_is_not_there(command, site, rest_api):
    result = site.init(command, HOOKSWITCH_TWILIO_API=rest_api.origin, HOOKSWITCH_DATABASE=NOWHERE)
    check_failed(result, 1, "could not connect to the database")
    assert not site.private.exists()


@pytest.fixture
def database_of(cluster):
    """Makes databases, which go away again: the connection string for the superuser."""
    names = []

    def make(name, *options):
        cluster.run_psql("postgres", "postgres", "-c", f"CREATE DATABASE {name} {' '.join(options)}")
        names.append(name)
        return f"host={cluster.directory} port={cluster.port} dbname={name} user=postgres"
    yield make
    for name in names:
        cluster.run_psql("postgres", "postgres", "-c", f"DROP DATABASE {name} WITH (FORCE)")


def test_database_of_another_encoding(command, site, rest_api, database_of):
    connection = database_of("latin", "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    result = site.init(command, HOOKSWITCH_TWILIO_API=rest_api.origin,
                       HOOKSWITCH_DATABASE=connection)
    check_failed(result, 1, "LATIN1, not UTF8")


def test_tables(command, site, rest_api, database_of, cluster):
    connection = database_of("fresh")
    result = site.init(command, "--schema", HOOKSWITCH_TWILIO_API=rest_api.origin,
                       HOOKSWITCH_DATABASE=connection)
    assert (result.returncode, result.stderr) == (0, ""), result
    assert "applied 001-initial" in result.stdout
    assert cluster.run_psql("postgres", "fresh", "-At", "-c",
                            "SELECT count(*) > 0 FROM hookswitch.migrations") == "t\n"


def test_tables_that_cannot_be_made(command, site, rest_api):
    """The site is there all the same, and the exit status says that not all is."""
    result = site.init(command, "--offline", "--schema", HOOKSWITCH_DATABASE=NOWHERE)
    assert result.returncode == 1
    assert "could not connect" in result.stderr
    assert site.config.exists()


# On a terminal


def terminal(command, site, *words, **more):
    return Terminal(command, "init", *words, site.public, HOME=str(site.home), **more)


def answer(terminal, question, text):
    terminal.expect(question)
    terminal.type(text + "\n")


def test_questions(command, site, rest_api, cluster):
    """All of them, each answer looked at at once, the token and the password unseen."""
    with terminal(command, site, HOOKSWITCH_TWILIO_API=rest_api.origin) as asked:
        answer(asked, "Account SID of Twilio (AC...): ", "")
        answer(asked, "It is needed.", "SK" + "0" * 32)
        answer(asked, "is the SID of an API key", ACCOUNT.sid)
        answer(asked, "Auth token (it is not shown): ", "0" * 32)
        asked.expect("Twilio does not know this account with this token")
        answer(asked, "Keep it all the same [no]: ", "")
        answer(asked, f"Account SID of Twilio (AC...) [{ACCOUNT.sid}]: ", "")
        asked.seen = asked.seen[-40:]
        answer(asked, "Auth token (it is not shown): ", ACCOUNT.token)
        answer(asked, "as Twilio will call it: ", "http://hooks.example.de")
        asked.expect("has no TLS")
        answer(asked, "Take it all the same [no]: ", "no")
        answer(asked, "as Twilio will call it: ", URL + "/")
        answer(asked, "Database, such as", "host=/nonexistent dbname=none")
        answer(asked, "Password for it (it is not shown; empty for none): ", "hunter2")
        asked.expect("could not connect to the database")
        answer(asked, "Keep it all the same [no]: ", "n")
        answer(asked, "[as before]: ", cluster.conninfo + " password=''")
        answer(asked, "phone number at Twilio", "")
        answer(asked, "Make the tables in the database now, or upgrade them [yes]: ", "no")
        status, seen, output = asked.end()
    assert status == 0, seen
    assert ACCOUNT.token not in seen + output and "hunter2" not in seen + output
    text = site.config.read_text()
    for line in (f"TWILIO_ACCOUNT_SID = {ACCOUNT.sid}", f"TWILIO_AUTH_TOKEN = {ACCOUNT.token}",
                 f"HOOKSWITCH_PUBLIC_URL = {URL}",
                 f"HOOKSWITCH_DATABASE = {cluster.conninfo} password=''"):
        assert line + "\n" in text
    assert "PHONE" not in text


def test_password_is_put_into_the_connection_string(command, site):
    with terminal(command, site, "--offline", "--account", ACCOUNT.sid, "--public-url", URL) as asked:
        answer(asked, "Auth token", ACCOUNT.token)
        answer(asked, "Database", "host=localhost dbname=me")
        answer(asked, "Password", "it's a \\ secret")
        answer(asked, "phone number", "+15550001111")
        status, seen, output = asked.end()
    assert status == 0, seen
    assert "HOOKSWITCH_DATABASE = host=localhost dbname=me password='it\\'s a \\\\ secret'\n" \
        in site.config.read_text()
    assert "secret" not in seen + output


def test_what_the_environment_says_is_offered(command, site, settings):
    known = {**settings, "HOOKSWITCH_PUBLIC_URL": URL, "TWILIO_PHONE_NUMBER": "+15550001111"}
    with terminal(command, site, "--offline", **known) as asked:
        answer(asked, f"(AC...) [{ACCOUNT.sid}]: ", "")
        answer(asked, "Auth token (it is not shown) [from the environment]: ", "")
        answer(asked, f"[{URL}]: ", "")
        answer(asked, "[from the environment]: ", "")
        answer(asked, "Password", "")
        answer(asked, "[+15550001111]: ", "")
        status, seen, _ = asked.end()
    assert status == 0, seen
    text = site.config.read_text()
    for name, value in known.items():
        assert f"{name} = {value}\n" in text
        assert name not in ("TWILIO_AUTH_TOKEN", "HOOKSWITCH_DATABASE") or value not in seen


def test_nothing_is_asked_again(command, site, settings):
    init(command, site)
    with terminal(command, site, "--offline") as asked:
        answer(asked, "phone number", "")
        status, seen, output = asked.end()
    assert status == 0 and seen.count("\n") == 1, seen
    assert "kept" in output


def test_answers_end(command, site):
    with terminal(command, site, "--offline") as asked:
        answer(asked, "Account SID", ACCOUNT.sid)
        asked.expect("Auth token")
        asked.type("\x04")
        status, seen, output = asked.end()
    assert (status, output) == (1, "")
    assert "hookswitch init: the answers have ended" in seen
    assert not site.private.exists()


def echoes(asked):
    text = subprocess.run(["stty", "-a"], stdin=os.fdopen(os.dup(asked.master)), capture_output=True,
                          text=True).stdout
    return " -echo " not in text


def test_interrupted_while_the_token_is_typed(command, site):
    """The terminal shows again what is typed."""
    with terminal(command, site, "--offline") as asked:
        answer(asked, "Account SID", ACCOUNT.sid)
        asked.expect("Auth token")
        asked.type("half a tok")
        wait_until(lambda: not echoes(asked), "the terminal is silent")
        asked.process.send_signal(2)
        status = asked.process.wait(10)
        assert status == -2
        assert echoes(asked)
    assert "half" not in asked.seen
    assert not site.private.exists()
