"""The schema's own tests, in SQL, against empty installations of their own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

DIRECTORY = Path(os.environ.get("HOOKSWITCH_SOURCE", ".")) / "tests" / "pgtap"


@pytest.fixture(scope="module", params=["whole", "partitioned"])
def empty_database(request, cluster, environment):
    """A database that only the tests in SQL use, in each layout; they roll back what they do."""
    if not shutil.which("pg_prove"):
        pytest.skip("pg_prove is not installed")
    name = f"pgtap_{request.param}"
    _create(cluster, name)
    cluster.run_psql("postgres", name, "-f", environment.source / "sql" / "install.sql")
    if request.param == "partitioned":
        cluster.run_psql("postgres", name, "-f", environment.source / "sql" / "partition.sql")
    return name


@pytest.mark.parametrize("test", sorted(DIRECTORY.glob("*.sql")), ids=lambda path: path.stem)
def test_in_sql(cluster, empty_database, test):
    _prove(cluster, empty_database, test)


def test_upgrade_with_data(cluster, environment):
    """What version 1 stored is there, and has what version 2 wants to know of it."""
    if not shutil.which("pg_prove"):
        pytest.skip("pg_prove is not installed")
    name = "upgrade"
    upgrade = DIRECTORY / "upgrade"
    _create(cluster, name)
    cluster.run_psql("postgres", name, "-f", upgrade / "version-1.psql")
    cluster.run_psql("postgres", name, "-f", environment.source / "sql" / "install.sql")
    _prove(cluster, name, upgrade / "upgraded.sql")


def test_partitions_with_data(cluster, environment):
    """What is stored moves into the partitions; what was prepared by version 1 as well."""
    if not shutil.which("pg_prove"):
        pytest.skip("pg_prove is not installed")
    name = "partitions"
    sql = environment.source / "sql"
    _create(cluster, name)
    cluster.run_psql("postgres", name, "-f", DIRECTORY / "upgrade" / "version-1.psql")
    cluster.run_psql("postgres", name, "-f", sql / "install.sql")
    cluster.run_psql("postgres", name, "-f", DIRECTORY / "partition" / "rows.psql")
    cluster.run_psql("postgres", name, "-f", sql / "partition.sql")
    before = _dump(cluster, name)
    cluster.run_psql("postgres", name, "-f", sql / "partition.sql")
    cluster.run_psql("postgres", name, "-f", sql / "install.sql")
    assert _dump(cluster, name) == before, "run again, neither changes anything"
    _prove(cluster, name, DIRECTORY / "partition" / "partitioned.sql")


def test_partitions_of_an_older_version(cluster, environment):
    """Version 1 has not what partitions need; one line says what to do."""
    name = "too_old"
    _create(cluster, name)
    cluster.run_psql("postgres", name, "-f", DIRECTORY / "upgrade" / "version-1.psql")
    with pytest.raises(RuntimeError) as refused:
        cluster.run_psql("postgres", name, "-f", environment.source / "sql" / "partition.sql")
    assert "ERROR:  run install.sql first" in str(refused.value)


def _create(cluster, name):
    cluster.run_psql("postgres", "postgres", "-c", f"CREATE DATABASE {name}")


def _prove(cluster, database, test):
    result = subprocess.run(
        ["pg_prove", "--verbose", "-h", str(cluster.directory), "-p", str(cluster.port),
         "-U", "postgres", "-d", database, str(test)],
        capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_installing_twice_changes_nothing(cluster, environment):
    before = _dump(cluster, "site", user="site")
    cluster.install(environment.source / "sql" / "install.sql")
    assert _dump(cluster, "site", user="site") == before


def _dump(cluster, name, user="postgres"):
    """A whole database as SQL, without pg_dump's random markers."""
    result = subprocess.run(
        ["pg_dump", "-h", str(cluster.directory), "-p", str(cluster.port), "-U", user,
         "--schema=hookswitch", name], capture_output=True, text=True, check=True)
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
