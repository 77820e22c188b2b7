"""A site that "hookswitch init" has made, and web servers that have nothing else."""

import os
import shutil
import tempfile
from pathlib import Path

from command import installed, run
from deployment import EXAMPLE_HOME, Site


# What --server calls them; all others are Apache as it usually is.
KINDS = {"lighttpd": "lighttpd", "apache-proxy-fcgi": "proxy-fcgi"}


class MadeSite(Site):
    """A home with an empty document root; the command does the rest."""

    def __init__(self, environment, settings, owner=None, parent=None):
        self.environment = environment
        self.owner = owner
        self.base_settings = settings
        self.home = Path(tempfile.mkdtemp(prefix="hs-made-", dir=parent))
        self.home.chmod(0o755)
        self.own(self.home)
        self.public = self.directory("public_html")
        self.programs = self.public / "hookswitch"
        self.private = self.home / "private"
        self.run = self.private / "run"

    def shipped(self, name, replacements=()):
        """The sockets are where init has them."""
        return super().shipped(name, [*replacements, (f"{EXAMPLE_HOME}/private/run", self.run),
                                      (f"{EXAMPLE_HOME}/run", self.run)])

    @property
    def config(self):
        return self.private / "hookswitch.conf"

    def init(self, command, *words, directory=None, **variables):
        """Run it as the owner, whose home is here, and whom the environment tells everything."""
        known = {"HOME": self.home, **self.base_settings, **variables}
        known = {name: str(value) for name, value in known.items() if value is not None}
        return run(command, "init", *words, directory or self.public, **known)

    def configure(self, **changes):
        """The settings file as init has made it, changed; None leaves a setting out."""
        text = getattr(self, "made", None) or self.config.read_text()
        self.made = text
        for name, value in changes.items():
            lines = [line for line in text.splitlines() if not line.startswith(name + " =")]
            lines += [f"{name} = {value}"] if value is not None else []
            text = "\n".join(lines) + "\n"
        self.private_file("hookswitch.conf", text)

    def tree(self):
        """{path: mode, owner, contents or target} of all that is in the home."""
        return {path.relative_to(self.home): _look(path) for path in sorted(self.home.rglob("*"))}


def _look(path):
    status = path.lstat()
    if path.is_symlink():
        content = os.readlink(path)
    else:
        content = path.read_bytes() if path.is_file() else None
    return oct(status.st_mode), status.st_uid, status.st_mtime_ns, content


def made(server_class):
    """A server of that class, whose site init has made for it."""

    class Made(server_class):
        name = "made-" + server_class.name
        site_class = MadeSite
        directory = ""   # of the site, below the document root

        def __init__(self, environment, settings):
            self.prefix = Path(tempfile.mkdtemp(prefix="hs-prefix-"))
            self.prefix.chmod(0o755)  # lighttpd starts the programs where they are installed
            super().__init__(environment, settings)
            self.installed = installed(environment, self.prefix)
            self.result = self.make()

        @property
        def address(self):
            return self.url + self.directory

        def make(self, *words):
            kind = KINDS.get(server_class.name, "apache")
            if self.directory:
                self.site.directory("public_html" + self.directory)
            result = self.site.init(
                self.installed, "--offline", "--server", kind, "--public-url", self.address, *words,
                directory=self.site.public / self.directory.lstrip("/"))
            assert (result.returncode, result.stderr) == (0, ""), result
            return result

        def deploy(self):
            return self.site.private / "lighttpd.conf"

        def close(self):
            try:
                super().close()
            finally:
                shutil.rmtree(self.prefix, ignore_errors=True)

    return Made
