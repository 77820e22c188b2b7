"""hookswitch migrate: the schema is made, or upgraded, through psql."""

import dataclasses
import os
import re
import shutil
from pathlib import Path

import pytest

from command import check_failed, copy_folder, installed, run, run_json
from processes import find_program

SQL = Path(os.environ["HOOKSWITCH_SOURCE"]) / "sql"
STEPS = sorted(path.stem for path in (SQL / "migrations").glob("*.sql"))
NEWEST = len(STEPS)
VERSION = f'schema "hookswitch" has version {NEWEST}'
SECRET = "hunter2 '\\\" $(x)"


@pytest.fixture(scope="module")
def command(environment, tmp_path_factory):
    return installed(environment, tmp_path_factory.mktemp("prefix"))


@pytest.fixture
def fresh(cluster, request):
    """A database without a schema, and who may do everything there."""
    name = "migrate"
    cluster.run_psql("postgres", "postgres", "-c", f"CREATE DATABASE {name}")
    yield Fresh(cluster, name)
    cluster.run_psql("postgres", "postgres", "-c", f"DROP DATABASE {name} WITH (FORCE)")


class Fresh:
    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self.settings = {"HOOKSWITCH_DATABASE": f"host={cluster.directory} port={cluster.port}"
                                                f" dbname={name} user=postgres"}

    def psql(self, *arguments):
        return self.cluster.run_psql("postgres", self.name, *arguments)

    def ask(self, sql):
        return self.psql("-At", "-c", sql).splitlines()

    def versions(self):
        return self.ask("SELECT version FROM hookswitch.migrations ORDER BY version")

    def make_version_1(self, environment):
        self.psql("-f", environment.source / "tests/pgtap/upgrade/version-1.psql")


def migrate(command, fresh, *words, **more):
    return run(command, "migrate", *words, **{**fresh.settings, **more})


def migrated(command, fresh, *words, **more):
    result = migrate(command, fresh, *words, **more)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout.splitlines()


def test_from_nothing(command, fresh):
    assert migrated(command, fresh, "--dry-run") == [
        *[f"to apply {step}" for step in STEPS], 'there is no schema "hookswitch"']
    result = migrate(command, fresh, "--check")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        *[f"missing {step}" for step in STEPS], 'there is no schema "hookswitch"']
    assert result.stderr == (f'hookswitch migrate: {NEWEST} of {NEWEST} migrations are missing, the'
                             f' last of them "{STEPS[-1]}": run "hookswitch migrate"\n')
    assert fresh.ask("SELECT to_regnamespace('hookswitch')") == [""], "neither changes anything"

    assert migrated(command, fresh) == [
        *[f"applied {step}" for step in STEPS], VERSION]
    assert fresh.versions() == [str(n + 1) for n in range(NEWEST)]
    assert migrated(command, fresh, "--check") == [VERSION]
    assert migrated(command, fresh, "--check", "--quiet") == []
    assert migrated(command, fresh) == [VERSION]


def test_from_version_1(command, environment, fresh):
    fresh.make_version_1(environment)
    before, status = run_json(command, "migrate", "--dry-run", **fresh.settings)
    assert (before, status) == ({"version": 1, "applied": [], "missing": STEPS[1:],
                                 "partitioned": False}, 0)
    after, status = run_json(command, "migrate", **fresh.settings)
    assert (after, status) == ({"version": NEWEST, "applied": STEPS[1:], "missing": [],
                                "partitioned": False}, 0)
    assert fresh.versions() == [str(n + 1) for n in range(NEWEST)]


def test_functions_are_made_anew(command, fresh):
    """What has no number of its own, too: an upgrade may bring nothing else."""
    migrated(command, fresh, "--quiet")
    fresh.psql("-c", "DROP VIEW hookswitch.stuck_calls")
    migrated(command, fresh, "--quiet")
    assert fresh.ask("SELECT count(*) FROM hookswitch.stuck_calls") == ["0"]


def test_a_newer_schema_is_left_alone(command, fresh):
    migrated(command, fresh, "--quiet")
    fresh.psql("-c", f"INSERT INTO hookswitch.migrations VALUES ({NEWEST + 1}, 'later')",
               "-c", "DROP VIEW hookswitch.stuck_calls")
    for words in ((), ("--check",), ("--dry-run",), ("--partition",)):
        check_failed(migrate(command, fresh, *words), 1,
                     f"has version {NEWEST + 1}, which is newer than {NEWEST} of these files:"
                     " upgrade Hookswitch")
    assert fresh.ask("SELECT to_regclass('hookswitch.stuck_calls')") == [""]


def test_partitions(command, fresh):
    migrated(command, fresh, "--quiet")
    result = migrate(command, fresh, "--check", "--partition")
    assert (result.returncode, result.stdout.splitlines()[0]) == (1, "missing partition.sql")
    assert "the ledger is not in partitions" in result.stderr
    assert migrated(command, fresh, "--partition") == [
        "applied partition.sql", VERSION]
    assert fresh.ask("SELECT relkind FROM pg_class"
                     " WHERE oid = 'hookswitch.webhook_events'::regclass") == ["p"]
    for words in ((), ("--check",)):
        assert migrated(command, fresh, "--partition", *words) == [
            VERSION]
    assert run_json(command, "migrate", **fresh.settings)[0]["partitioned"] is True


def test_what_psql_says_is_one_line(command, cluster):
    """The database's own words, and nothing of where in which file."""
    name = "migrate_latin1"
    cluster.run_psql("postgres", "postgres", "-c", f"CREATE DATABASE {name} ENCODING 'LATIN1'"
                     " LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    result = migrate(command, Fresh(cluster, name))
    check_failed(result, 1, '/sql/install.sql" failed: database encoding must be UTF8, not LATIN1:'
                            " create the database with ENCODING 'UTF8' TEMPLATE template0\n")


def test_who_may_not(command, cluster):
    """The site's user does not own what the superuser has made."""
    cluster.run_psql("postgres", "site", "-c", "ALTER VIEW hookswitch.call_log OWNER TO postgres")
    try:
        result = run(command, "migrate", HOOKSWITCH_DATABASE=cluster.conninfo)
        check_failed(result, 1, "failed: must be owner of view call_log\n")
    finally:
        cluster.run_psql("postgres", "site", "-c", "ALTER VIEW hookswitch.call_log OWNER TO site")


def only_in_path(tmp_path, script=None):
    """A directory for PATH with nothing, or with a psql of ours."""
    folder = tmp_path / "path"
    folder.mkdir()
    if script:
        (folder / "psql").write_text("#!/bin/sh\n" + script)
        (folder / "psql").chmod(0o755)
    return str(folder)


def test_without_psql(command, fresh, tmp_path):
    result = migrate(command, fresh, PATH=only_in_path(tmp_path))
    check_failed(result, 1, "psql is missing: install it (Debian: postgresql-client), or run where"
                            " there is one: psql -d DATABASE -f \"")
    path = re.search(r'-f "(.*)"\n', result.stderr)[1]
    assert os.path.samefile(path, command.fcgi_dir / "../share/hookswitch/sql/install.sql")
    # To look needs none.
    assert migrate(command, fresh, "--dry-run", PATH=str(tmp_path / "path")).returncode == 0


def test_psql_that_cannot_be_run(command, fresh, tmp_path):
    path = only_in_path(tmp_path, "exit 0")
    os.chmod(tmp_path / "path/psql", 0o644)
    check_failed(migrate(command, fresh, PATH=path), 1, "could not run psql: Permission denied")


@pytest.mark.parametrize("script, said", [
    ("exit 3", 'install.sql" and does not say why'),
    ("kill -9 $$", "psql was ended by signal 9"),
    ("echo 'psql: error: one\ntwo' >&2; exit 2", 'failed: one\n'),
    ("echo 'psql:x:1: WARNING:  no\npsql:x:2: ERROR:  one\nHINT:  Do it.' >&2; exit 3",
     "failed: one; do it\n"),
    ("echo 'psql:x:2: ERROR:  \033[2Jone' >&2; exit 3", r"failed: \x1B[2Jone" + "\n"),
    ("echo first >&2; yes x | head -c 1000000 >&2; exit 3", "failed: first\n"),
], ids=["silent", "killed", "not-connected", "hint", "control", "long"])
def test_psql_that_fails(command, fresh, tmp_path, script, said):
    path = only_in_path(tmp_path, script)
    check_failed(migrate(command, fresh, PATH=f"{path}:{os.environ['PATH']}"), 1, said)


def test_the_connection_is_in_no_argument(command, fresh, tmp_path):
    """It goes by the environment, as it was used; and by that psql really connects there."""
    psql = find_program("psql")
    path = only_in_path(tmp_path, f"""env -0 >{tmp_path}/environment
for word; do printf '%s\\0' "$word"; done >{tmp_path}/words
exec {psql} "$@"
""")
    host = fresh.cluster.directory
    quoted = SECRET.replace("\\", "\\\\").replace("'", "\\'")
    service = tmp_path / "service"
    service.write_text(f"[ours]\nhost={host}\nport={fresh.cluster.port}\ndbname={fresh.name}\n"
                       "user=postgres\napplication_name=theirs\n")
    result = run(command, "migrate", PATH=f"{path}:{os.environ['PATH']}",
                 PGHOST="/nonexistent", PGSERVICEFILE=str(service), PGPASSFILE="/nonexistent",
                 HOOKSWITCH_DATABASE=f"service=ours password='{quoted}' keepalives=0")
    assert (result.returncode, result.stderr) == (0, "")
    words = (tmp_path / "words").read_bytes().split(b"\0")
    assert not [word for word in words if b"hunter2" in word or str(host).encode() in word]
    entries = (tmp_path / "environment").read_bytes().decode().split("\0")
    variables = dict(entry.split("=", 1) for entry in entries if entry)
    assert variables["PGPASSWORD"] == SECRET
    assert (variables["PGHOST"], variables["PGDATABASE"]) == (str(host), fresh.name)
    assert "PGSERVICE" not in variables
    assert variables["PGAPPNAME"] == "hookswitch-migrate"
    assert fresh.versions() == [str(n + 1) for n in range(NEWEST)]


def test_a_secret_that_has_no_variable(command, fresh):
    result = migrate(command, fresh, HOOKSWITCH_DATABASE=fresh.settings["HOOKSWITCH_DATABASE"]
                     + " sslpassword=hunter2")
    check_failed(result, 1, '"sslpassword", which cannot be handed on')
    assert "hunter2" not in result.stderr


def test_other_files(command, fresh, environment, tmp_path):
    """--sql: of a release that is not installed yet."""
    copy_folder(environment.source / "sql", tmp_path)
    folder = tmp_path / "sql"
    step = f"{NEWEST + 1:03}-later"
    (folder / "migrations" / f"{step}.sql").write_text("CREATE TABLE hookswitch.later ();\n")
    with (folder / "install.sql").open("a") as file:
        file.write(f"\\ir migrations/{step}.sql\n"
                   f"INSERT INTO hookswitch.migrations VALUES ({NEWEST + 1}, 'later');\n")
    lines = migrated(command, fresh, "--sql", folder)
    assert lines[-2:] == [f"applied {step}", f'schema "hookswitch" has version {NEWEST + 1}']


@pytest.mark.parametrize("words, status, said", [
    (["--check", "--dry-run"], 2, "--check and --dry-run exclude each other"),
    (["more"], 2, 'unexpected argument "more"'),
    (["--sql", "/nonexistent"], 1, 'could not find directory "/nonexistent"'),
    (["--sql", "/etc"], 1, 'could not find "/etc/migrations"'),
])
def test_called_in_a_wrong_way(command, fresh, words, status, said):
    check_failed(migrate(command, fresh, *words), status, said)


def test_a_command_that_lies_alone(environment, fresh, tmp_path):
    """It was copied somewhere without what belongs to it."""
    shutil.copy2(environment.fcgi_dir / "hookswitch", tmp_path)
    alone = dataclasses.replace(environment, fcgi_dir=tmp_path)
    if os.path.exists("/usr/local/share/hookswitch/sql"):
        pytest.skip("Hookswitch is installed where it belongs")
    check_failed(migrate(alone, fresh), 1, "name their directory by --sql")
    assert migrate(alone, fresh, "--sql", environment.source / "sql").returncode == 0


def test_no_database(command):
    check_failed(run(command, "migrate"), 1, '"HOOKSWITCH_DATABASE" is missing')
    check_failed(run(command, "migrate", HOOKSWITCH_DATABASE="host=/nonexistent"), 1,
                 "could not connect to the database")
