"""The live feed: every shape of server answers those who may read, and nobody else."""

import base64
import json
import re
import subprocess
from dataclasses import replace

import pytest

import feed
import payloads
import wire
from faults import NOWHERE, connected
from feed import (Poller, Stream, ask, check_headers, each, get, send_message, subjects,
                  write_events)
from processes import wait_until
from twilio import Twilio, new_sid
from webservers import ApacheCgid, ApacheFcgid, ApacheSuexec, Lighttpd, LogWatch


@pytest.fixture
def readable(server, database):
    """Each of the five servers in turn."""
    with server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN):
        yield server


# Polls.

@pytest.mark.parametrize("path", [feed.PATH, feed.PATH + "/", "/hookswitch/events.fcgi"])
def test_poll(readable, database, account, path):
    """What was stored, with all that it carried; and then what comes next."""
    sent = [send_message(readable, account) for _ in range(2)]
    answer = ask(readable, path=path)
    assert answer.status == 200
    check_headers(answer)
    page = json.loads(answer.body)
    assert subjects(page["events"]) == sent and page["more"] is False
    assert page["cursor"] == page["events"][-1]["cursor"]
    check_event(page["events"][0], database.events(sent[0])[0])
    after = ask(readable, {"after": page["events"][0]["cursor"]}, path=path)
    assert subjects(json.loads(after.body)["events"]) == sent[1:]
    assert get(readable, after=page["cursor"])["events"] == []


def check_event(event, row):
    assert list(event) == ["cursor", "id", "endpoint", "kind", "subject_sid", "account_sid",
                           "received_at", "occurred_at", "source", "params"]
    for name in ("id", "endpoint", "kind", "subject_sid", "account_sid", "source", "params"):
        assert event[name] == row[name], name
    for name in ("received_at", "occurred_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", event[name])


def test_head(readable, account):
    send_message(readable, account)
    answer = ask(readable, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    stream = ask(readable, headers={**feed.token(), "Accept": feed.STREAM}, method="HEAD")
    assert (stream.status, stream.body) == (200, b""), "no stream, which would have no end"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods(readable, method):
    answer = ask(readable, method=method)
    assert answer.status == 405
    assert {each.strip() for each in answer.header("Allow").split(",")} == {"GET", "HEAD"}


@each(ApacheFcgid, ApacheSuexec)
def test_event_stream_without_streams(reading, account, server_class):
    """The same in one piece; a browser comes back by itself, with the last id that it had."""
    server = reading(server_class)
    headers = {**feed.token(), "Accept": feed.STREAM}
    answer = ask(server, headers=headers)
    check_headers(answer, feed.STREAM)
    with Stream(server) as stream:
        block, = stream.rest()
        assert block.data is None and block.retry == 1500
    for _ in range(3):
        sent = [send_message(server, account) for _ in range(3)]
        with Stream(server, stream.last_event_id) as stream:
            blocks = stream.rest()
        assert subjects(block.json for block in blocks if block.data) == sent
        assert all(block.json["cursor"] == block.id for block in blocks if block.data)
        assert stream.last_event_id == blocks[-1].id
    with Stream(server, stream.last_event_id, limit=1) as stream:
        stream.rest()
        assert stream.retry == 1500
    sent = [send_message(server, account) for _ in range(2)]
    with Stream(server, stream.last_event_id, limit=1) as stream:
        assert subjects(block.json for block in stream.rest() if block.data) == sent[:1]
        assert stream.retry == 0, "there is more"


def test_answers_that_would_be_too_long(reading, cluster, database):
    """They end early, in the middle of a transaction that was open; and nothing is lost."""
    server = reading(ApacheFcgid)
    poller = Poller(server, limit=500)
    with connected(cluster) as late:
        late.connection.autocommit = False
        late_ids = write_events(late, "late", 200, 30000)
        early_ids = write_events(database, "early")
        assert [event["id"] for event in poller.poll()] == early_ids
        cursor = poller.cursor
        late.connection.commit()
    assert 100 < len(poller.poll()) < 200 and poller.has_more
    poller.drain()
    assert [event["id"] for event in poller.seen] == early_ids + late_ids
    found, retry = [], 0
    while retry == 0:
        with Stream(server, cursor, limit=500) as stream:
            found += [block.json["id"] for block in stream.rest() if block.data]
        assert 100 < len(found)
        cursor, retry = stream.last_event_id, stream.retry
    assert found == late_ids


# Who may read.

def no_header(_):
    return {}


def with_header(**headers):
    return lambda _: {name.replace("_", "-"): value for name, value in headers.items()}


STRANGERS = {
    "nothing": no_header,
    "wrong": with_header(Authorization="Bearer " + feed.TOKEN[:-1] + "8"),
    "begin": with_header(Authorization="Bearer " + feed.TOKEN[:-1]),
    "longer": with_header(Authorization="Bearer " + feed.TOKEN + "="),
    "empty": with_header(Authorization="Bearer "),
    "no scheme": with_header(Authorization=feed.TOKEN),
    "other scheme": with_header(Authorization="Basic " + feed.TOKEN),
    "user": with_header(Remote_User="admin", X_Remote_User="admin", X_Forwarded_User="admin"),
    "user's variables": lambda _: {name: "admin" for name in (
        "REMOTE_USER", "Remote_User", "AUTH_TYPE", "REDIRECT-REMOTE-USER", "HTTP-REMOTE-USER",
        "Authenticated-User", "X-Authenticated-User", "SSL-CLIENT-S-DN-CN")},
    "proxy": with_header(Proxy_Authorization="Bearer " + feed.TOKEN),
    "two": lambda _: {"Authorization": f"Bearer x, Bearer {feed.TOKEN}"},
    "setting": with_header(HOOKSWITCH_FEED_TOKEN="x" * 20, Authorization="Bearer " + "x" * 20),
}


@pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
def test_strangers(readable, account, headers):
    sid = send_message(readable, account)
    log = LogWatch(readable)
    for accept in ({}, {"Accept": feed.STREAM}):
        for parameters in ({}, {"list": "calls"}, {"after": "oldest"}):
            answer = ask(readable, parameters, {**headers(account), **accept})
            assert answer.status == 401
            assert answer.header("WWW-Authenticate").startswith("Bearer ")
            check_headers(answer)
            assert json.loads(answer.body) == {"error": "a user or a bearer token is needed"}
            assert sid.encode() not in answer.body
    wait_until(lambda: len(log.lines("hookswitch-events")) == 6, "a line for each")
    assert feed.TOKEN not in log.text() and "list=" not in log.text()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_signature_does_not_help(readable, account, method):
    """Neither Twilio nor anybody who has the authentication token reads here."""
    request = Twilio(readable, account).request(
        None, payloads.inbound_sms(account, new_sid("SM")), path=feed.PATH, method=method)
    answer = wire.send(readable.port, request)
    assert answer.status == (401 if method == "GET" else 405)
    bearer = replace(request, headers={**request.headers,
                                       "Authorization": "Bearer " + account.token})
    assert wire.send(readable.port, bearer).status == answer.status


def test_token_in_the_query(readable):
    """It would be in the web server's log."""
    for name in ("token", "access_token", "HOOKSWITCH_FEED_TOKEN"):
        assert ask(readable, {name: feed.TOKEN}, {}).status == 401


def test_case_of_the_scheme(readable):
    assert ask(readable, headers={"Authorization": "bearer   " + feed.TOKEN}).status == 200


def test_no_token_is_set(server, database):
    for headers in ({}, feed.token(), feed.token("")):
        assert ask(server, headers=headers).status == 401


@pytest.mark.parametrize("token", ["short", "fifteen-letters", "sixteen lettersX", "passwörd" * 3])
def test_token_that_is_none(either_server, database, token):
    log = LogWatch(either_server)
    with either_server.settings(HOOKSWITCH_FEED_TOKEN=token):
        answer = ask(either_server, headers=feed.token(token))
    assert answer.status == 500
    assert "HOOKSWITCH_FEED_TOKEN" in log.only_line("hookswitch-events")
    assert token not in log.text()
    assert "HOOKSWITCH" not in answer.text


@pytest.mark.parametrize("changes, status", [
    ({"HOOKSWITCH_DATABASE": None}, 500), ({"HOOKSWITCH_DATABASE": NOWHERE}, 503),
    ({"HOOKSWITCH_FEED_DATABASE": NOWHERE}, 503), ({"HOOKSWITCH_THREADS": "many"}, 500),
], ids=["missing", "away", "feed's away", "no number"])
def test_what_is_wrong_with_the_site(either_server, database, changes, status):
    """The log says it; the answer does not."""
    log = LogWatch(either_server)
    with either_server.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN, **changes):
        for headers in ({}, {"Accept": feed.STREAM}):
            answer = ask(either_server, headers={**feed.token(), **headers})
            assert answer.status == status
            assert list(json.loads(answer.body)) == ["error"]
            assert "nonexistent" not in answer.text and "HOOKSWITCH" not in answer.text
    wait_until(lambda: len(log.lines("hookswitch-events")) == 2, "a line for each")
    assert ask(either_server).status == 401, "and it is well again"


# Users of the web server.

USER, PASSWORD = "anna", "correct horse"


class ApacheUsers(ApacheCgid):
    """As it is shipped; the server's owner allows .htaccess what it needs for that."""

    name = "apache-users"
    modules = ("cgid", "auth_basic", "authn_core", "authn_file", "authz_user")

    def deploy(self):
        super().deploy()
        both = [self.site.shipped(name)
                for name in (self.handler_htaccess, "apache/feed-users.htaccess")]
        self.site.write(self.site.programs / ".htaccess", "\n".join(both))
        write_users(self)

    def host_lines(self):
        yield f'<Directory "{self.site.programs}">'
        yield "AllowOverride FileInfo Options=ExecCGI AuthConfig"
        yield "</Directory>"
        yield from super().host_lines()


class LighttpdUsers(Lighttpd):
    name = "lighttpd-users"
    modules = ("mod_auth", "mod_authn_file", *Lighttpd.modules)

    def lines(self):
        yield from super().lines()
        path = self.site.write(self.root / "feed-users.conf",
                               self.site.shipped("lighttpd/feed-users.conf"))
        write_users(self)
        yield f'include "{path}"'


def write_users(server):
    """As both files tell their reader to."""
    digest = subprocess.run(["openssl", "passwd", "-6", PASSWORD], capture_output=True, text=True,
                            check=True).stdout.strip()
    server.site.private_file("feed-users", f"{USER}:{digest}\n")


def basic(user=USER, password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@each(ApacheUsers, LighttpdUsers)
def test_users(reading, account, server_class):
    """Who has a name and a password, or else the token; webhooks go their way."""
    server = reading(server_class)
    sid = send_message(server, account)
    for headers in (basic(), feed.token()):
        answer = ask(server, headers=headers)
        assert answer.status == 200, answer
        assert subjects(json.loads(answer.body)["events"]) == [sid]
    for headers in ({}, basic(password="wrong"), basic(user="berta")):
        answer = ask(server, headers=headers)
        assert answer.status == 401 and answer.header("WWW-Authenticate").startswith("Basic ")
    wrong = ask(server, headers=feed.token("x" * 20))
    assert wrong.status == 401 and wrong.header("WWW-Authenticate").startswith("Bearer ")
    with server.settings():  # without a token
        assert ask(server, headers=basic()).status == 200
        assert ask(server, headers=feed.token()).status == 401
