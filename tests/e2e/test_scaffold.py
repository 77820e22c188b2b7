"""The tests' own servers: nobody else gets a hold on them, and they end with the tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from postgresql import ADMIN, SITE
from processes import wait_until
from webservers import Lighttpd

HERE = Path(__file__).parent

# A Program that outlives its parent unless something ends it; its process id on stdout.
PARENT = """
import signal, sys, time
sys.path.insert(0, sys.argv[1])
from processes import Program, handle_ending
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # whatever the tests were started under
handle_ending()
child = Program(["sleep", "600"], "/dev/null")
try:
    print(child.pid, flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    child.stop()
    print("stopped", flush=True)
"""


def attempt(host, port, role, database, **options):
    """What psql says on connecting."""
    return subprocess.run(
        ["psql", "-X", "-w", "-h", str(host), "-p", str(port), "-U", role, "-d", database,
         "-Atc", "SELECT current_user"], cwd="/", capture_output=True, text=True, **options)


@pytest.mark.parametrize("database", ["postgres", SITE])
def test_no_superuser_over_tcp(cluster, database):
    outcome = attempt("127.0.0.1", cluster.port, ADMIN, database)
    assert outcome.returncode != 0
    assert "no pg_hba.conf entry" in outcome.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try it as somebody else")
@pytest.mark.parametrize("name", ["nobody", "www-data"])
def test_no_superuser_for_others(cluster, name):
    outcome = attempt(cluster.directory, cluster.port, ADMIN, "postgres",
                      user=name, extra_groups=[])
    assert outcome.returncode != 0
    assert "Peer authentication failed" in outcome.stderr
    assert attempt(cluster.directory, cluster.port, SITE, SITE,
                   user=name, extra_groups=[]).stdout == SITE + "\n"


def test_site_is_nothing_more(cluster, database):
    assert attempt(cluster.directory, cluster.port, SITE, "postgres").returncode != 0
    assert database.one("SELECT rolsuper OR rolcreaterole OR rolcreatedb AS more"
                        " FROM pg_roles WHERE rolname = current_user") == {"more": False}
    assert database.one("SELECT count(*) AS n FROM pg_auth_members"
                        " WHERE member = current_user::regrole") == {"n": 0}



@pytest.fixture
def parent():
    process = subprocess.Popen([sys.executable, "-B", "-c", PARENT, str(HERE)],
                               stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def gone(pid):
    """No such process, or one that nobody has fetched."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_children_are_stopped_on_a_signal(parent, number):
    child = int(parent.stdout.readline())
    parent.send_signal(number)
    parent.send_signal(number)
    assert parent.stdout.readline() == "stopped\n"
    assert gone(child)


def test_children_end_with_a_killed_parent(parent):
    child = int(parent.stdout.readline())
    name = Path(f"/proc/{child}/comm")
    wait_until(lambda: name.read_text() == "sleep\n", "the program itself runs")
    parent.kill()
    wait_until(lambda: gone(child), "the child ends")


def test_server_that_does_not_stop_is_removed(environment, settings):
    if reason := Lighttpd.unavailable():
        pytest.skip(reason)
    server = Lighttpd(environment, settings)

    def refuse():
        raise AssertionError("it did not stop")

    server.stop = refuse
    with pytest.raises(AssertionError, match="it did not stop"):
        server.close()
    assert not server.root.exists() and not server.site.home.exists()
