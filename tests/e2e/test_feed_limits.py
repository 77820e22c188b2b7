"""Streams of the live feed, more of them than there may be, and clients that do not read: each has
what it may have, and takes nothing from the others."""

from contextlib import ExitStack

import pytest

from feed import Stream, ask, each, send_message, write_events
from processes import PATIENCE, wait_until
from webservers import ApacheProxyFcgi, Lighttpd, pids


class LighttpdStreams(Lighttpd):
    """With another number of streams than the one that is shipped."""

    def command(self):
        words = super().command()
        path = self.root / "hookswitch.conf"
        text = path.read_text()
        assert text.count('"100"') == 1
        self.site.write(path, text.replace('"100"', f'"{self.streams}"'))
        return words


class LighttpdTwoStreams(LighttpdStreams):
    name, streams = "lighttpd-two-streams", 2


class LighttpdAllStreams(LighttpdStreams):
    name, streams = "lighttpd-all-streams", 999


class FewDescriptors(ApacheProxyFcgi):
    """On a host that gives a process few of them: enough for six threads."""

    name = "apache-proxy-fcgi-few-descriptors"
    limits = ("prlimit", "--nofile=64:64")


def is_streamed(server):
    with Stream(server) as stream:
        return "content-length" not in stream.headers and stream


@each(LighttpdTwoStreams, ApacheProxyFcgi)
def test_more_than_there_may_be(reading, account, server_class):
    """One too many is answered at once; one that leaves makes room."""
    server = reading(server_class, HOOKSWITCH_FEED_STREAMS=2)
    with ExitStack() as stack:
        first, second = [stack.enter_context(Stream(server)) for _ in range(2)]
        first.next(), second.next()
        for _ in range(3):
            with Stream(server) as third:
                assert "content-length" in third.headers
                assert third.rest()[-1].retry == 1500
        first.close()
        wait_until(lambda: is_streamed(server), "there is room", patience=PATIENCE)
        sid = send_message(server, account)
        assert second.event()["subject_sid"] == sid


def open_all(server, stack):
    """Streams until one more is answered at once."""
    streams = []
    while "content-length" not in (stream := stack.enter_context(Stream(server))).headers:
        stream.next()
        streams.append(stream)
    assert stream.rest()[-1].retry == 1500
    return streams


@pytest.mark.parametrize("server_class, most", [(LighttpdAllStreams, 150), (FewDescriptors, 5)],
                         ids=["threads", "descriptors"])
def test_more_than_a_process_can_have(alone, account, server_class, most):
    """Whatever the setting asks for: some threads are left for all others."""
    server = alone(server_class, HOOKSWITCH_FEED_STREAMS=999)
    with ExitStack() as stack:
        streams = open_all(server, stack)
        assert len(streams) == most
        assert ask(server).status == 200
        assert ask(server, {"list": "calls"}).status == 200
        sid = send_message(server, account)
        for stream in streams:
            assert stream.event()["subject_sid"] == sid


def test_memory_of_slow_readers(alone, environment, database):
    """Who reads for itself holds a page until all of it is taken, so that it must not be large."""
    if environment.wrapper:
        pytest.skip("HOOKSWITCH_WRAPPER needs memory of its own")
    server = alone(Lighttpd)
    write_events(database, "large", 600, 30000)
    with ExitStack() as stack:
        for _ in range(20):
            stream = stack.enter_context(Stream(server, after="oldest", receive_buffer=4096))
            stream.event()
        process, = pids(server, "events")
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            resident = dict(line.split(":", 1) for line in status)["VmHWM"]
    assert int(resident.split()[0]) < 100 * 1024, resident


def test_slow_reader(reading, database):
    """One that does not read holds up nobody; it may lose the stream, but no event."""
    server = reading(Lighttpd)
    with Stream(server, receive_buffer=4096) as slow, Stream(server) as fast:
        slow.next(), fast.next()
        for n in range(15):
            write_events(database, f"round {n}", 20, 30000)
        assert len(fast.events(300)) == 300
        write_events(database, "last", 1)
        assert fast.event()["subject_sid"] == "last"
        found = [event["id"] for event in slow.events_there()]
    with Stream(server, slow.last_event_id) as again:
        again.next()
        found += [event["id"] for event in again.events(301 - len(found))]
    assert len(set(found)) == 301
