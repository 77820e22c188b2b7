"""What an endpoint costs: memory, database connections, round trips, libraries."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import payloads
import wire
from deployment import ENDPOINTS
from pgwatch import PostgresWatch
from processes import find_program
from twilio import Twilio, new_sid
from webservers import ApacheCgid, ApacheProxyFcgi

MEMORY_LIMIT_KIB = 4096
SENDERS = 30
DESCRIPTORS = 12
REQUESTS = 200

WEBHOOKS = {
    "voice": lambda account: payloads.inbound_call(account, new_sid("CA")),
    "sms": lambda account: payloads.inbound_sms(account, new_sid("SM")),
    "whatsapp": lambda account: payloads.inbound_whatsapp(account, new_sid("SM")),
    "status": lambda account: payloads.message_status(account, new_sid("SM"), "sent"),
    "recording": lambda account: payloads.recording_status(account, new_sid("CA"), new_sid("RE")),
    "video-room": lambda account: payloads.room_event(account, new_sid("RM"), "room-created"),
    "webhook": lambda account: payloads.inbound_whatsapp(account, new_sid("SM")),
}


@pytest.fixture
def watch(cluster):
    watch = PostgresWatch(cluster.port)
    yield watch
    watch.close()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_private_memory_of_an_idle_process(farm, environment, database, account, endpoint):
    if environment.wrapper:
        pytest.skip("HOOKSWITCH_WRAPPER's own memory would be measured")
    server = farm.get(ApacheProxyFcgi)
    twilio = Twilio(server, account)
    for _ in range(REQUESTS):
        assert twilio.send(endpoint, WEBHOOKS[endpoint](account)).status in (200, 204)
    assert private_memory(server.endpoints[endpoint].pid) <= MEMORY_LIMIT_KIB


def private_memory(pid):
    """KiB that exist for this process alone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except PermissionError:
        pytest.skip("the process hides its memory (not dumpable); root can see it")
    return sum(int(size) for size in re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB", text, re.M))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_one_round_trip_per_request(farm, cluster, database, account, watch, endpoint):
    """On an open connection: one Sync, at the end, and no simple query."""
    server = farm.get(ApacheProxyFcgi)
    twilio = Twilio(server, account)
    with server.settings(HOOKSWITCH_DATABASE=cluster.tcp_conninfo(watch.port)):
        warm_up = [twilio.send(endpoint, WEBHOOKS[endpoint](account)) for _ in range(2)]
        watch.clear()
        answer = twilio.send(endpoint, WEBHOOKS[endpoint](account))
    assert {each.status for each in warm_up} | {answer.status} <= {200, 204}
    assert watch.connections == 0
    assert watch.messages.count("S") == 1 and watch.messages[-1] == "S", watch.messages
    assert "Q" not in watch.messages and "H" not in watch.messages, watch.messages


def test_settings_decide_the_connection(farm, cluster, database, account, watch):
    """Back to the first database: the process goes back too, to the connection it had or anew."""
    server = farm.get(ApacheProxyFcgi)
    twilio = Twilio(server, account)
    with server.settings(HOOKSWITCH_DATABASE=cluster.tcp_conninfo(watch.port)):
        assert twilio.send("sms", WEBHOOKS["sms"](account)).status == 200
    assert watch.messages
    watch.clear()
    assert twilio.send("sms", WEBHOOKS["sms"](account)).status == 200
    assert set(watch.messages) <= {"X"}, "more than a good-bye to the other database"
    assert database.counts()["webhook_events"] == 2


def test_prepared_statements_of_one_site_alone(farm, database, account):
    """Two sites in one process, one of them behind a pooler: they cannot share a connection."""
    server = farm.get(ApacheProxyFcgi)
    twilio = Twilio(server, account)

    def connections():
        return {row["pid"] for row in database.rows(
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = 'hookswitch-sms' AND usename = current_user")}

    assert twilio.send("sms", WEBHOOKS["sms"](account)).status == 200
    before = connections()  # and some that the server has yet to notice the end of
    for prepare in ("off", "on", "off"):
        with server.settings(HOOKSWITCH_PREPARE=prepare):
            assert twilio.send("sms", WEBHOOKS["sms"](account)).status == 200
    assert len(connections() - before) == 1
    assert database.counts()["messages"] == 4


def test_few_file_descriptors(environment, settings, database, account):
    """More requests at once than there are descriptors for: they wait, and none is lost."""
    if environment.wrapper:
        pytest.skip("HOOKSWITCH_WRAPPER needs descriptors of its own")
    limited = f"{find_program('prlimit')} --nofile={DESCRIPTORS}"
    server = ApacheProxyFcgi(replace(environment, wrapper=limited), settings)
    try:
        server.start()
        twilio = Twilio(server, account)
        with ThreadPoolExecutor(SENDERS) as executor:
            answers = list(executor.map(
                lambda _: twilio.send("sms", WEBHOOKS["sms"](account)).status, range(SENDERS)))
    finally:
        server.close()
    assert answers == [200] * SENDERS
    assert database.counts()["messages"] == SENDERS


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_unsigned_request_opens_no_connection(farm, cluster, account, watch, endpoint):
    """As a plain CGI program, where every connection is a new one."""
    server = farm.get(ApacheCgid)
    good = Twilio(server, account).request(endpoint, WEBHOOKS[endpoint](account))
    headers = {n: v for n, v in good.headers.items() if n != "X-Twilio-Signature"}
    with server.settings(HOOKSWITCH_DATABASE=cluster.tcp_conninfo(watch.port)):
        assert wire.send(server.port, replace(good, headers=headers)).status == 403
        assert watch.connections == 0
        assert wire.send(server.port, good).status in (200, 204)
        assert watch.connections == 1


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_heavy_libraries_are_loaded_at_need(environment, endpoint):
    """libpq brings two dozen libraries; a CGI program that refuses a request needs none."""
    program = environment.fcgi_dir / f"{endpoint}.fcgi"
    if re.search(rb"__asan_|__ubsan_", program.read_bytes()):
        pytest.skip("built with sanitizers, which bring libraries of their own")
    assert needed_libraries(program) == ["libc"]


def needed_libraries(program):
    try:
        readelf = find_program("readelf")
    except FileNotFoundError:
        pytest.skip("readelf is not installed")
    text = subprocess.run([readelf, "-dW", program], check=True, capture_output=True,
                          text=True).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.+?)\.so", text)
    # In older C libraries dlopen() is elsewhere; some list the dynamic linker itself.
    return sorted(name for name in needed if name != "libdl" and not name.startswith("ld-linux"))
