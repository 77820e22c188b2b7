"""Fixtures: one PostgreSQL cluster and each web server once per session, at first need."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree may be read-only, or another user's

import pytest

import browser as chromium
import feed
import webservers
from acceptance import System
from database import Database
from deployment import ACCOUNT, Environment
from postgresql import Cluster
from processes import handle_ending
from rest_api import RestApi
from rest_operations import OPERATIONS
from storage import Storage
from twilio import Twilio


class Farm:
    """Starts each server once, when a test first asks for it."""

    def __init__(self, environment, settings):
        self.environment = environment
        self.settings = settings
        self.made = []
        self.running = {}
        self.failed = {}

    def get(self, server_class):
        reason = server_class.unavailable()
        if reason:
            pytest.skip(reason)
        if server_class in self.failed:
            pytest.fail(self.failed[server_class])
        if server_class not in self.running:
            self.running[server_class] = self._start(server_class)
        return self.running[server_class]

    def _start(self, server_class):
        """A server that does not start is not tried again for every test."""
        server = server_class(self.environment, self.settings)
        self.made.append(server)
        try:
            server.start()
        except RuntimeError as failure:
            self.failed[server_class] = str(failure)
            raise
        return server

    def close(self):
        failures = []
        for server in self.made:
            try:
                server.close()
            except AssertionError as failure:
                failures.append(str(failure))
        assert not failures, failures


def pytest_sessionstart(session):
    # When make or a CI job is cancelled, the servers must end too.
    handle_ending()
    for name in ("HOOKSWITCH_FCGI_DIR", "HOOKSWITCH_SOURCE"):
        if not os.environ.get(name):
            pytest.exit(f"{name} is not set: run these tests through make, or set it to the "
                        "directory of the six executables (FCGI_DIR) or of the source (SOURCE)", 2)


@pytest.fixture(scope="session")
def environment():
    return Environment(Path(os.environ["HOOKSWITCH_FCGI_DIR"]).resolve(),
                       Path(os.environ["HOOKSWITCH_SOURCE"]).resolve(),
                       os.environ.get("HOOKSWITCH_WRAPPER", ""))


@pytest.fixture(scope="session")
def cluster(environment):
    cluster = Cluster(tcp=True)
    try:
        cluster.create(environment.source / "sql" / "install.sql")
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="session")
def settings(cluster):
    """What the settings file says unless a test says otherwise."""
    return {
        "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
        "TWILIO_AUTH_TOKEN": ACCOUNT.token,
        "HOOKSWITCH_DATABASE": cluster.conninfo,
    }


@pytest.fixture(scope="session")
def farm(environment, settings):
    farm = Farm(environment, settings)
    try:
        yield farm
    finally:
        farm.close()


@pytest.fixture
def database(cluster):
    """The site's tables, empty."""
    database = Database(cluster)
    database.empty()
    yield database
    database.close()


@pytest.fixture
def account():
    return ACCOUNT


@pytest.fixture(params=webservers.SERVERS, ids=lambda server: server.name)
def server(request, farm):
    """Each of the five servers in turn."""
    return farm.get(request.param)


@pytest.fixture(params=(webservers.Lighttpd, webservers.ApacheCgid), ids=lambda s: s.name)
def either_server(request, farm):
    """One server that speaks FastCGI, one that speaks CGI."""
    return farm.get(request.param)


@pytest.fixture
def fast(farm):
    """The server with the least work of its own."""
    return farm.get(webservers.Lighttpd)


@pytest.fixture
def twilio(fast, account):
    """Twilio sending to the fast server."""
    return Twilio(fast, account)


@pytest.fixture
def reading(farm, database):
    """Makes a server of which the feed can be read, streamed where it is told."""
    with ExitStack() as stack:
        def reading(server_class, **changes):
            server = farm.get(server_class)
            stack.enter_context(server.settings(**{"HOOKSWITCH_FEED_TOKEN": feed.TOKEN, **changes}))
            return server

        yield reading


@pytest.fixture
def alone(environment, settings, database):
    """Starts a server that the test has to itself, and of which the feed can be read."""
    with ExitStack() as stack:
        def alone(server_class, **changes):
            server = server_class(environment, {**settings, "HOOKSWITCH_FEED_TOKEN": feed.TOKEN,
                                                **changes})
            stack.callback(server.close)
            server.start()
            return server

        yield alone


@pytest.fixture(scope="session")
def rest_api_server():
    api = RestApi(ACCOUNT, OPERATIONS)
    api.start()
    yield api
    api.close()


@pytest.fixture
def rest_api(rest_api_server):
    """Twilio's REST API with nothing in it; nothing may be asked that it does not know."""
    rest_api_server.reset()
    yield rest_api_server
    assert rest_api_server.violations == []
    assert rest_api_server.faults == []


@pytest.fixture
def storage():
    """A host where Twilio says that a file is; nothing may be asked of it in a wrong way."""
    storage = Storage()
    yield storage
    storage.close()


@pytest.fixture
def system(fast, account, environment, cluster):
    """One of the systems that moved here."""
    system = System(fast, account, environment, cluster)
    yield system
    system.remove()


@pytest.fixture
def either_system(either_server, account, environment, cluster):
    """The same where one program takes all requests, and where each has its own."""
    system = System(either_server, account, environment, cluster)
    yield system
    system.remove()


@pytest.fixture(params=(webservers.Lighttpd, webservers.ApacheCgid, webservers.ApacheFcgid),
                ids=lambda s: s.name)
def any_system(request, farm, account, environment, cluster):
    """The same with each way of deployment: lighttpd, Apache with CGI, Apache with FastCGI."""
    system = System(farm.get(request.param), account, environment, cluster)
    yield system
    system.remove()


@pytest.fixture(scope="session")
def browser():
    reason = chromium.unavailable()
    if reason:
        pytest.skip(reason)
    driver = chromium.Driver()
    try:
        browser = chromium.Browser(driver)
        yield browser
        browser.close()
    finally:
        driver.close()


@pytest.fixture
def window(browser):
    """Makes a window that knows nothing of the one before."""
    yield lambda size=chromium.WIDE: browser.begin(*size)
    browser.open("about:blank")


@pytest.fixture
def site(fast, database):
    """lighttpd, which streams the feed to who has the token, and nothing in the tables."""
    with fast.settings(HOOKSWITCH_FEED_TOKEN=feed.TOKEN):
        yield fast
