"""The hookswitch command on a terminal: what a person sees of it, and answers."""

import os
import pty
import select
import signal
import subprocess
import time

from command import command_line
from processes import PATIENCE

CLEAR = "\r\033[K"  # takes away what was shown on the line


def heed_the_keyboard():
    """Whoever started the tests in the background has these signals ignored."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """The command with standard input and error on a terminal, and output in a pipe.

    With whole=True its output goes to the terminal, too.
    """

    def __init__(self, environment, *words, whole=False, **variables):
        self.master, slave = pty.openpty()
        self.seen = ""
        try:
            self.process = subprocess.Popen(
                command_line(environment, *words), stdin=slave, stderr=slave,
                stdout=slave if whole else subprocess.PIPE, start_new_session=True,
                preexec_fn=heed_the_keyboard,
                env={"PATH": os.environ["PATH"], "TERM": "xterm", **variables})
        finally:
            os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        os.close(self.master)

    def _read(self, deadline):
        """Something more of what is shown; False at the end of it."""
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"nothing more came after {self.seen!r}"
        try:
            part = os.read(self.master, 65536)
        except OSError:  # nobody has the other side open any more
            return False
        self.seen += part.decode(errors="replace")
        return bool(part)

    def expect(self, text, patience=PATIENCE):
        """Wait until it has been shown."""
        deadline = time.monotonic() + patience
        while text not in self.seen:
            assert self._read(deadline), f"it ended with {self.seen!r}"

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self, patience=PATIENCE):
        """(exit status, all that was shown, standard output)"""
        deadline = time.monotonic() + patience
        while self._read(deadline):
            pass
        output = self.process.stdout.read().decode() if self.process.stdout else ""
        return self.process.wait(patience), self.seen, output


def run_on_terminal(environment, *words, **more):
    with Terminal(environment, *words, **more) as terminal:
        return terminal.end()
