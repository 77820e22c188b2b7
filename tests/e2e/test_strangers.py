"""Keeping strangers out, with the examples that are shipped for it: Twilio always gets in.

What Twilio is answered with anything but 2xx, it does not repeat. So whatever turns strangers
away must let every request with a signature through to Hookswitch, however many others come.
"""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import payloads
import wire
from processes import wait_until
from twilio import Twilio, new_sid
from webservers import ApacheCgid, ApacheFcgid, Lighttpd, LogWatch

LIMIT = 30  # requests that rate-limit.conf and rate-limit.lua let through
# And so many more at the most: mod_security counts a request when it has answered it, and the next
# one may be there already.
UNCOUNTED = 5
MAGNET = Path("/usr/lib/lighttpd/mod_magnet.so")
PROXY, MONITOR, ELSEWHERE = "127.0.0.2", "127.0.0.3", "127.0.0.4"
ADDRESSES = [("#Require ip 192.0.2.10", f"Require ip {PROXY}"),
             ('#$HTTP["remoteip"] != "192.0.2.10"', f'$HTTP["remoteip"] != "{PROXY}"'),
             ("198.51.100.0/24", MONITOR)]
SHORT = [("@ge 30", "@ge 3"), ("hookswitch=60", "hookswitch=2"),
         ("REQUESTS = 30", "REQUESTS = 3"), ("SECONDS = 60", "SECONDS = 2")]


class ApacheRateLimit(ApacheFcgid):
    """With rules of the site's own besides, that have nothing to do with Hookswitch."""

    name = "apache-rate-limit"
    modules = ("fcgid", "unique_id", "security2")
    replacements = ()

    def module_lines(self):
        yield from super().module_lines()
        folder = self.owned_directory("modsecurity")
        yield f'SecDataDir "{folder}"\nSecTmpDir "{folder}"'
        yield "SecRuleEngine On\nSecRequestBodyAccess On\nSecRequestBodyNoFilesLimit 131072"
        yield 'SecRule ARGS "@contains DROP TABLE" "id:1,phase:2,deny,status:406"'

    def host_lines(self):
        yield from super().host_lines()
        path = self.site.write(self.root / "rate-limit.conf", self.site.shipped(
            "apache/rate-limit.conf", self.replacements))
        yield f'Include "{path}"'


class LighttpdRateLimit(Lighttpd):
    name = "lighttpd-rate-limit"
    modules = ("mod_magnet", *Lighttpd.modules)
    replacements = ()

    @classmethod
    def unavailable(cls):
        return super().unavailable() or (
            None if MAGNET.exists() else "lighttpd's module magnet is not installed")

    def lines(self):
        yield from super().lines()
        self.site.write(self.site.private / "rate-limit.lua", self.site.shipped(
            "lighttpd/rate-limit.lua", self.replacements))
        path = self.site.write(self.root / "rate-limit.conf",
                               self.site.shipped("lighttpd/rate-limit.conf"))
        yield f'include "{path}"'


class ApacheShortLimit(ApacheRateLimit):
    name = "apache-short-limit"
    replacements = SHORT


class LighttpdShortLimit(LighttpdRateLimit):
    name = "lighttpd-short-limit"
    replacements = SHORT


class LighttpdFewAddresses(LighttpdRateLimit):
    name = "lighttpd-few-addresses"
    replacements = [("ADDRESSES = 10000", "ADDRESSES = 3")]


class ApacheStrangers(ApacheCgid):
    """As it is shipped; the server's owner allows .htaccess what it needs for that."""

    name = "apache-strangers"
    modules = ("cgid", "authz_host")
    replacements = ()

    def deploy(self):
        super().deploy()
        both = [self.site.shipped(name, self.replacements)
                for name in (self.handler_htaccess, "apache/strangers.htaccess")]
        self.site.write(self.site.programs / ".htaccess", "\n".join(both))

    def host_lines(self):
        yield f'<Directory "{self.site.programs}">'
        yield "AllowOverride FileInfo Options=ExecCGI AuthConfig"
        yield "</Directory>"
        yield from super().host_lines()


class LighttpdStrangers(Lighttpd):
    name = "lighttpd-strangers"
    modules = ("mod_access", *Lighttpd.modules)
    replacements = ()

    def lines(self):
        yield from super().lines()
        path = self.site.write(self.root / "strangers.conf", self.site.shipped(
            "lighttpd/strangers.conf", self.replacements))
        yield f'include "{path}"'


class ApacheAllowList(ApacheStrangers):
    name = "apache-allow-list"
    replacements = ADDRESSES


class LighttpdAllowList(LighttpdStrangers):
    name = "lighttpd-allow-list"
    replacements = ADDRESSES


def one_of(*classes):
    return pytest.fixture(params=classes, ids=lambda server: server.name)


@one_of(ApacheRateLimit, LighttpdRateLimit)
def limited(request, farm):
    return farm.get(request.param)


@one_of(ApacheShortLimit, LighttpdShortLimit)
def soon_over(request, farm):
    return farm.get(request.param)


@one_of(ApacheStrangers, LighttpdStrangers)
def guarded(request, farm):
    return farm.get(request.param)


@one_of(ApacheAllowList, LighttpdAllowList)
def listed(request, farm):
    return farm.get(request.param)


@pytest.fixture
def address(numbers=itertools.count(10)):
    """One that nothing has been counted for."""
    return f"127.0.0.{next(numbers)}"


@pytest.fixture
def message(account):
    """Makes messages, each another one."""
    return lambda server, **changes: Twilio(server, account).request(
        "sms", payloads.inbound_sms(account, new_sid("SM"), **changes))


def unsigned(request):
    return replace(request, headers={name: value for name, value in request.headers.items()
                                     if name != "X-Twilio-Signature"})


def statuses(server, requests, source):
    return [wire.send(server.port, request, source).status for request in requests]


def use_up(server, request, source):
    """All that is let through; the answers are Hookswitch's own."""
    assert set(statuses(server, [unsigned(request)] * LIMIT, source)) == {403}
    for _ in range(UNCOUNTED):
        if statuses(server, [unsigned(request)], source) == [429]:
            return
    raise AssertionError(f"more than {LIMIT} and {UNCOUNTED} were let through")


def test_flood(limited, database, message, address):
    """From some point on 429; what is signed comes through from the same address."""
    flood, signed = [], []
    for _ in range(LIMIT + 10):
        request = message(limited)
        flood += statuses(limited, [unsigned(request)], address)
        signed += statuses(limited, [request], address)
    passed = flood.count(403)
    assert LIMIT <= passed <= LIMIT + UNCOUNTED
    assert flood == [403] * passed + [429] * (LIMIT + 10 - passed)
    assert set(signed) == {200}
    assert database.counts()["messages"] == LIMIT + 10


def test_flood_at_once(limited, database, message, address):
    """Whatever is lost in counting, it is not what is signed."""
    flood = [unsigned(message(limited))] * 5
    requests = [each for _ in range(40) for each in (*flood, message(limited))]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: wire.send(limited.port, each, address), requests))
    signed = [answer.status for each, answer in zip(requests, answers)
              if "X-Twilio-Signature" in each.headers]
    assert signed == [200] * 40
    refused = [answer.status for answer in answers if answer.status != 200]
    assert set(refused) == {403, 429} and refused.count(429) > 100
    assert database.counts()["messages"] == 40


def test_each_address_by_itself(limited, message, address):
    made = unsigned(message(limited))
    use_up(limited, made, address)
    assert statuses(limited, [made], address) == [429]
    assert statuses(limited, [made], ELSEWHERE) == [403]


def test_other_spellings_of_a_path(limited, message, address):
    """A detour to the same program leads past no counter."""
    made = unsigned(message(limited))
    use_up(limited, made, address)
    for path in ("/hookswitch/sms.fcgi", "/api/webhooks/health", "/functions/v1/twilio-webhook/",
                 "//api/webhooks/sms", "/api/./webhooks/sms", "/api/x/../webhooks/%73ms"):
        assert wire.send(limited.port, replace(made, target=path), address).status == 429, path


def test_a_header_of_that_name_is_enough(limited, message, address):
    """Then it is Hookswitch that refuses, each time."""
    forged = replace(message(limited), body=b"MessageSid=SM1")
    assert statuses(limited, [forged] * (LIMIT + 5), address) == [403] * (LIMIT + 5)
    assert statuses(limited, [unsigned(forged)], address) == [403]


def test_other_pages_are_not_limited(limited, message, address):
    limited.site.write(limited.site.public / "page.txt", "hello")
    page = wire.Request("GET", "/page.txt")
    assert set(statuses(limited, [page] * (LIMIT + 5), address)) == {200}
    use_up(limited, message(limited), address)
    assert statuses(limited, [page], address) == [200]


def test_the_live_page_is_not_limited(limited, address):
    """It has many files, and counts for nothing."""
    page = wire.Request("GET", "/hookswitch/console/")
    assert set(statuses(limited, [page] * (LIMIT + 5), address)) == {200}
    assert statuses(limited, [wire.Request("GET", "/hookswitch/health.fcgi")], address) == [200]


def test_the_limit_ends(soon_over, message, address):
    made = unsigned(message(soon_over))

    def refused_by_hookswitch():
        return statuses(soon_over, [made], address) == [403]

    wait_until(lambda: not refused_by_hookswitch(), "the limit is reached")
    wait_until(refused_by_hookswitch, "it is over")


def test_addresses_are_forgotten(farm, message):
    """They are counted in memory, which must not grow for ever."""
    server = farm.get(LighttpdFewAddresses)
    made = unsigned(message(server))
    use_up(server, made, "127.0.1.1")
    assert statuses(server, [made], "127.0.1.1") == [429]
    for other in ("127.0.1.2", "127.0.1.3"):
        assert statuses(server, [made], other) == [403]
    assert statuses(server, [made], "127.0.1.1") == [403]


@pytest.fixture
def limited_apache(farm):
    return farm.get(ApacheRateLimit)


def test_what_is_signed_is_not_looked_into(limited_apache, database, message, address):
    """The site's other rules refuse what a message may well say, or for its size."""
    nasty = {"Body": "'; DROP TABLE messages; --", "Padding": "x" * 200_000}
    assert statuses(limited_apache, [message(limited_apache, **nasty)], address) == [200]
    del nasty["Padding"]
    made = unsigned(message(limited_apache, **nasty))
    assert statuses(limited_apache, [made], address) == [406]


def hookswitch_says(server, request, status, source=None):
    """Whether the program itself was asked: it writes a line."""
    log = LogWatch(server)
    assert wire.send(server.port, request, source).status == status
    wait_until(log.lines, "a log line")


def turned_away(server, request, source=None):
    """By the web server: nothing else writes a line."""
    log = LogWatch(server)
    assert wire.send(server.port, request, source).status == 403
    assert not log.lines("hookswitch-")


PATHS = pytest.mark.parametrize("path", ["/api/webhooks/sms", "/hookswitch/sms.fcgi"])


@PATHS
def test_unsigned_is_turned_away(guarded, database, account, path):
    """Before Hookswitch is asked; but not for where it comes from."""
    request = Twilio(guarded, account).request(
        None, payloads.inbound_sms(account, new_sid("SM")), path=path)
    turned_away(guarded, unsigned(request))
    turned_away(guarded, replace(unsigned(request), method="GET", body=b""))
    hookswitch_says(guarded, replace(request, body=b"MessageSid=SM1"), 403)
    for source in (None, ELSEWHERE):
        hookswitch_says(guarded, request, 200, source)
    assert database.counts()["webhook_events"] == 1


def test_the_live_page_is_for_all(listed):
    """Its files are; what looks like them is not."""
    for path, status in (("/hookswitch/console/", 200), ("/hookswitch/console", 301),
                         ("/hookswitch/console/feed.js", 200),
                         ("/hookswitch/console/../sms.fcgi", 403),
                         ("/hookswitch/sms.fcgi/hookswitch/console/", 403),
                         ("/hookswitch/sms.fcgi?/hookswitch/console/", 403)):
        assert wire.send(listed.port, wire.Request("GET", path)).status == status, path


@PATHS
def test_only_the_proxy_gets_in(listed, database, account, path):
    """By its real address; and then the signature decides."""
    request = Twilio(listed, account).request(
        None, payloads.inbound_sms(account, new_sid("SM")), path=path)
    claimed = replace(request, headers={**request.headers, "X-Forwarded-For": PROXY})
    for source in (None, MONITOR, ELSEWHERE):
        turned_away(listed, request, source)
        turned_away(listed, claimed, source)
    turned_away(listed, unsigned(request), PROXY)
    hookswitch_says(listed, replace(request, body=b"MessageSid=SM1"), 403, PROXY)
    assert database.counts()["webhook_events"] == 0
    hookswitch_says(listed, request, 200, PROXY)


@pytest.mark.parametrize("path", ["/api/webhooks/health", "/api/webhooks/health/",
                                  "/hookswitch/health.fcgi", "/hookswitch/health.fcgi/"])
def test_health_is_for_the_monitor(listed, path):
    request = wire.Request("GET", path, {"X-Twilio-Signature": "one"})
    assert wire.send(listed.port, request, MONITOR).status == 200
    for source in (None, PROXY, ELSEWHERE):
        assert wire.send(listed.port, request, source).status == 403
