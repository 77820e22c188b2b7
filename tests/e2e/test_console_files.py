"""The live page's files as each web server hands them out; test_console.py looks at the page."""

import re

import pytest

import wire

PAGE = "/hookswitch/console/"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css",
         ".svg": "image/svg+xml"}


def get(server, path):
    return wire.send(server.port, wire.Request("GET", path))


def files(environment):
    found = [path for path in (environment.source / "console").iterdir()
             if path.suffix in TYPES]
    assert len(found) > 10
    return found


def test_every_file(server, environment):
    """As it is in the source, of a type that browsers take, and asked for again after an upgrade."""
    for path in files(environment):
        answer = get(server, PAGE + path.name)
        assert (answer.status, answer.body) == (200, path.read_bytes())
        assert answer.header("Content-Type").split(";")[0] == TYPES[path.suffix]
        assert answer.header("Cache-Control") == "no-cache"
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("ETag")


def test_the_page_itself(server, environment):
    """With and without the slash; its policy is the same in the page, but for frames."""
    assert get(server, PAGE.rstrip("/")).status == 301
    answer = get(server, PAGE)
    assert answer.body == (environment.source / "console" / "index.html").read_bytes()
    policy = answer.header("Content-Security-Policy")
    in_page = re.search(r'Content-Security-Policy" content="([^"]*)"', answer.text)[1]
    assert policy == in_page + "; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/hookswitch/console/nothing.js",
                                  "/hookswitch/console../console/index.html",
                                  "/hookswitch/console%2e%2e/console/index.html"])
def test_nothing_else(server, path):
    assert get(server, path).status in (403, 404)
