"""The live feed as it is streamed: where a server passes on what it gets, to as many as may have it,
for as long as they are there."""

import os
import signal
from contextlib import ExitStack

import pytest

import feed
from faults import connected
from feed import Stream, ask, each, send_message, subjects, write_events
from postgresql import Cluster
from processes import PATIENCE, wait_until
from webservers import ApacheCgid, ApacheProxyFcgi, Lighttpd, LogWatch, pids

STREAMS = 20


@pytest.fixture(params=(Lighttpd, ApacheCgid, ApacheProxyFcgi), ids=lambda server: server.name)
def streaming(request, reading):
    """Each that can stream; lighttpd's shipped configuration says so by itself."""
    return reading(request.param, HOOKSWITCH_FEED_STREAMS=STREAMS)


def test_stream(streaming, account):
    """Each as it comes, and from where one has left off."""
    with Stream(streaming) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].partition(";")[0] == feed.STREAM
        assert "content-length" not in stream.headers
        assert stream.headers["cache-control"] == "no-store"
        first = stream.next()
        assert first.data is None and first.id and first.retry == 500
        for _ in range(3):
            sid = send_message(streaming, account)
            event = stream.event()
            assert event["subject_sid"] == sid
            assert event["cursor"] == stream.last_event_id
    missed = [send_message(streaming, account) for _ in range(3)]
    with Stream(streaming, stream.last_event_id) as again:
        assert subjects(again.events(3)) == missed
        sid = send_message(streaming, account)
        assert again.event()["subject_sid"] == sid
    with Stream(streaming, event["cursor"], after="newest") as third:
        assert subjects(third.events(4)) == [*missed, sid], "the header counts"


def test_stream_in_htaccess(farm, database, account):
    """The line that is shipped for it."""
    server = farm.get(ApacheCgid)
    with server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN):
        try:
            server.set_in_htaccess("HOOKSWITCH_FEED_STREAMS", "100")
            with Stream(server) as stream:
                stream.next()
                sid = send_message(server, account)
                assert stream.event()["subject_sid"] == sid
        finally:
            server.deploy()


def test_many_streams(alone, database, account):
    """All of one process hear the same, over one connection to the database."""
    began = database.one("SELECT now()")["now"]
    server = alone(Lighttpd)
    with ExitStack() as stack:
        streams = [stack.enter_context(Stream(server)) for _ in range(50)]
        for stream in streams:
            stream.next()
        sent = [send_message(server, account) for _ in range(5)]
        for stream in streams:
            assert subjects(stream.events(5)) == sent
        assert connections(database, began) == 1
        assert ask(server).status == 200, "who polls is answered meanwhile"
        assert ask(server, {"list": "calls"}).status == 200
        assert connections(database, began) == 2, "and one for lists"


def connections(database, began):
    """Of the feed's processes since then."""
    return database.one("SELECT count(*) FROM pg_stat_activity WHERE backend_start > %s"
                        " AND application_name = 'hookswitch-events'", began)["count"]


@each(Lighttpd, ApacheProxyFcgi)
def test_stopping(alone, account, server_class):
    """SIGTERM ends streams; the client comes back to another process and misses nothing."""
    server = alone(server_class, HOOKSWITCH_FEED_STREAMS=STREAMS)
    with ExitStack() as stack:
        streams = [stack.enter_context(Stream(server)) for _ in range(5)]
        for stream in streams:
            stream.next()
        process, = pids(server, "events")
        os.kill(process, signal.SIGTERM)
        for stream in streams:
            assert stream.rest() == []
        if server_class is ApacheProxyFcgi:
            assert server.endpoints["events"].child.wait(PATIENCE) == 0
            server.spawn("events")
        wait_until(lambda: not os.path.exists(f"/proc/{process}"), "it has ended")
    sid = send_message(server, account)
    wait_until(lambda: ask(server).status == 200, "there is another")
    with Stream(server, stream.last_event_id) as again:
        assert again.event()["subject_sid"] == sid


def test_database_that_starts_again(reading, environment):
    """Streams wait for it, and go on; who comes meanwhile is told."""
    cluster = Cluster()
    try:
        cluster.create(environment.source / "sql" / "install.sql")
        server = reading(Lighttpd, HOOKSWITCH_FEED_DATABASE=cluster.conninfo)
        log = LogWatch(server)
        with ExitStack() as stack:
            streams = [stack.enter_context(Stream(server)) for _ in range(3)]
            for stream in streams:
                stream.next()
            with cluster.stopped():
                wait_until(lambda: ask(server).status == 503, "the feed has noticed")
                with Stream(server) as late:
                    assert late.status == 503
            with connected(cluster) as database:
                ids = write_events(database, "after", 3)
            for stream in streams:
                assert [event["id"] for event in stream.events(3)] == ids
            assert "the stream was ended" not in log.text()
    finally:
        cluster.close()


def test_cgi_process_ends_with_its_client(alone, account):
    server = alone(ApacheCgid, HOOKSWITCH_FEED_STREAMS=STREAMS)
    with Stream(server) as stream:
        stream.next()
        assert len(pids(server, "events")) == 1
    send_message(server, account)  # Apache notices when there is something to write
    wait_until(lambda: not pids(server, "events"), "it has ended")
