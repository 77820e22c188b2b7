"""A site as its owner would set it up: programs, shipped configuration, private files.

The shipped files are deployed as they are but for the paths and the host that they tell their
reader to replace.
"""

import os
import shlex
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from twilio import Account

ACCOUNT = Account("AC" + "0a1b2c3d" * 4, "f00dcafe" * 4)
# What takes webhooks; and all that there is.
ENDPOINTS = ("voice", "sms", "whatsapp", "status", "recording", "video-room", "webhook")
PROGRAMS = (*ENDPOINTS, "health", "events")
EXAMPLE_HOME = "/home/example"


@dataclass(frozen=True)
class Environment:
    """Where the built programs and the source are; a command to run the programs under, or ""."""

    fcgi_dir: Path
    source: Path
    wrapper: str


class Site:
    """A home directory with public_html, private files, sockets, all of one owner."""

    def __init__(self, environment, settings, owner=None, parent=None):
        self.environment = environment
        self.owner = owner
        self.base_settings = settings
        self.home = Path(tempfile.mkdtemp(prefix="hs-", dir=parent))
        self.home.chmod(0o755)
        self.public = self.directory("public_html")
        self.programs = self.directory("public_html/hookswitch")
        self.private = self.directory("private", 0o700)
        self.run = self.directory("run")
        self.own(self.home)
        self._install_programs()
        self._install_console()
        self.configure()

    def remove(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def directory(self, name, mode=0o755):
        path = self.home / name
        path.mkdir(mode)
        path.chmod(mode)
        return self.own(path)

    def own(self, path):
        if self.owner:
            os.chown(path, *self.owner)
        return path

    def write(self, path, text, mode=0o644):
        """Replace a file in one step, as an editor does: no reader sees half of it."""
        new = path.with_name(path.name + ".new")
        new.write_text(text, encoding="utf-8")
        new.chmod(mode)
        os.rename(self.own(new), path)
        return path

    def private_file(self, name, text, mode=0o600):
        return self.write(self.private / name, text, mode)

    def shipped(self, name, replacements=()):
        """Text of a shipped file with its example paths, the home directory last, replaced."""
        text = (self.environment.source / name).read_text(encoding="utf-8")
        for example, ours in [*replacements, (EXAMPLE_HOME, self.home)]:
            text = text.replace(example, str(ours))
        return text

    def configure(self, **changes):
        """Write the settings file: the base settings, changed; None leaves one out."""
        settings = {**self.base_settings, **changes}
        lines = ["# written by the tests"]
        lines += [f"{name} = {value}" for name, value in settings.items() if value is not None]
        self.private_file("hookswitch.conf", "\n".join(lines) + "\n")

    @contextmanager
    def settings(self, **changes):
        """Other settings for a while, the server running on."""
        self.configure(**changes)
        try:
            yield
        finally:
            self.configure()

    def _install_console(self):
        """The live page beside the programs."""
        self.console = self.directory("public_html/hookswitch/console")
        for source in (self.environment.source / "console").iterdir():
            if source.name != "package.json":  # is for tests of the modules alone
                self.own(shutil.copyfile(source, self.console / source.name)).chmod(0o644)

    def _install_programs(self):
        built = self.directory("built") if self.environment.wrapper else self.programs
        for program in PROGRAMS:
            name = program + ".fcgi"
            shutil.copyfile(self.environment.fcgi_dir / name, built / name)
            self.own(built / name).chmod(0o755)
            if built != self.programs:
                self._wrap(built / name)

    def _wrap(self, program):
        wrapper = self.environment.wrapper
        self.write(self.programs / program.name,
                   f'#!/bin/sh\nexec {wrapper} {shlex.quote(str(program))} "$@"\n', 0o755)
