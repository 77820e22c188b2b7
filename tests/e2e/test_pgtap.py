"""The schema's own tests, in SQL, against an empty installation of their own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

DIRECTORY = Path(os.environ.get("HOOKSWITCH_SOURCE", ".")) / "tests" / "pgtap"


@pytest.fixture(scope="module")
def empty_database(cluster, environment):
    """A database that only the tests in SQL use; they roll back what they do."""
    if not shutil.which("pg_prove"):
        pytest.skip("pg_prove is not installed")
    name = "pgtap"
    cluster.run_psql("postgres", "postgres", "-c", f"CREATE DATABASE {name}")
    cluster.run_psql("postgres", name, "-f", environment.source / "sql" / "install.sql")
    return name


@pytest.mark.parametrize("test", sorted(DIRECTORY.glob("*.sql")), ids=lambda path: path.stem)
def test_in_sql(cluster, empty_database, test):
    _prove(cluster, empty_database, test)


def test_upgrade_with_data(cluster, empty_database, environment):
    """What version 1 stored is there, and has what version 2 wants to know of it."""
    name = "upgrade"
    upgrade = DIRECTORY / "upgrade"
    cluster.run_psql("postgres", "postgres", "-c", f"CREATE DATABASE {name}")
    cluster.run_psql("postgres", name, "-f", upgrade / "version-1.psql")
    cluster.run_psql("postgres", name, "-f", environment.source / "sql" / "install.sql")
    _prove(cluster, name, upgrade / "upgraded.sql")


def _prove(cluster, database, test):
    result = subprocess.run(
        ["pg_prove", "--verbose", "-h", str(cluster.directory), "-p", str(cluster.port),
         "-U", "postgres", "-d", database, str(test)],
        capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_installing_twice_changes_nothing(cluster, environment):
    before = _dump(cluster)
    cluster.install(environment.source / "sql" / "install.sql")
    assert _dump(cluster) == before


def _dump(cluster):
    """The site's whole database as SQL, without pg_dump's random markers."""
    result = subprocess.run(
        ["pg_dump", "-h", str(cluster.directory), "-p", str(cluster.port), "-U", "site",
         "--schema=hookswitch", "site"], capture_output=True, text=True, check=True)
    return [line for line in result.stdout.splitlines() if "restrict" not in line]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_other_encoding_is_refused(cluster, environment, encoding):
    """It would refuse signed requests for their content. One line says so, and what to do."""
    name = f"encoding_{encoding.lower()}"
    cluster.run_psql("postgres", "postgres", "-c", f"CREATE DATABASE {name} ENCODING '{encoding}'"
                     " LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    with pytest.raises(RuntimeError) as refused:
        cluster.run_psql("postgres", name, "-f", environment.source / "sql" / "install.sql")
    assert str(refused.value).partition("\n")[2].partition("ERROR:  ")[2] == (
        f"database encoding must be UTF8, not {encoding}:"
        " create the database with ENCODING 'UTF8' TEMPLATE template0\n")
