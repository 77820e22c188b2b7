"""hookswitch backfill, called by a test."""

import json
import os
import subprocess

from command import command_line, run

SPAN = ("--since", "2025-10-08", "--until", "2025-10-08")
KINDS = ("calls", "messages", "recordings", "rooms", "participants")
TABLES = {"calls": "calls", "messages": "messages", "recordings": "recordings", "rooms": "rooms",
          "participants": "room_participants"}


def write_settings(path, settings, **changes):
    lines = [f"{name} = {value}" for name, value in {**settings, **changes}.items()]
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    return path


def backfill(environment, site, *words):
    """The numbers by kind; nothing may fail."""
    result = run(environment, "backfill", "--config", site, "--json", *words)
    assert (result.returncode, result.stderr) == (0, ""), result
    assert len(result.stdout.splitlines()) == 1
    return one_account(json.loads(result.stdout))


def one_account(document):
    [account] = document["accounts"]
    return account


def numbers(account, *names):
    """{kind: numbers}, of the kinds of which there was anything."""
    return {kind: tuple(account[kind][name] for name in names) for kind in KINDS
            if account[kind]["read"]}


def asked(api, name):
    return [request for request in api.requests if request.path.endswith("/" + name)]


def place(database, kind):
    rows = database.rows("SELECT read_until FROM hookswitch.backfill_places WHERE kind = %s", kind)
    return rows[0]["read_until"] if rows else None


def start(environment, *words):
    """The command, and a test that goes on meanwhile."""
    return subprocess.Popen(command_line(environment, *words), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})


def interrupt(api, name, page, *faults):
    """Faults in the place of the answers to a list's page, one after the other; what is left."""
    left = list(faults)

    def hook(request):
        if left and request.path.endswith(name) and request.get("Page", "0") == str(page):
            return left.pop(0)
        return None
    api.resources["interrupt"] = hook
    return left
