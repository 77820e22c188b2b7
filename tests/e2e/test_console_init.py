"""The live page of a site as "hookswitch init" has left it."""

import pytest

import webservers
from command import run
from made_site import made
from test_command_init import BelowRoot, feed_token

PAGE = "/hookswitch/console/"


@pytest.mark.parametrize("server_class", [
    *[made(server_class) for server_class in webservers.SERVERS], BelowRoot], ids=lambda s: s.name)
def test_page_opens(farm, database, window, server_class):
    """Whoever has the token that stands in the settings file sees what comes in, and nobody else."""
    server = farm.get(server_class)
    page = window()
    page.open(server.address + PAGE)
    page.wait_for_text("HOOKSWITCH_FEED_TOKEN", "dialog[open]")
    page.press("wrong-token-0123456", "Enter")
    page.wait_for_text("does not take that token", "dialog[open]")
    assert all("401" in complaint for complaint in page.complaints())
    page.press(feed_token(server.site), "Enter")
    page.wait_for_text("Live", "#connection")
    result = run(server.installed, "send", "--config", server.site.config, "inbound-message",
                 server.address + "/api/webhooks/{endpoint}", "Body=first light")
    assert result.returncode == 0, result
    page.wait_for_text("first light", ".list")
    assert page.complaints() == []
