"""Servers as children of the tests: started, waited for, stopped by their own process id."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PATIENCE = 30


class Program:
    """One child in the foreground, its output in a file."""

    def __init__(self, command, log, owner=None, **options):
        self.command = [str(word) for word in command]
        with open(log, "ab") as output:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd="/", **(owner or {}), **options)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def interrupt(self):
        self._end(signal.SIGINT)

    def terminate(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, number):
        if not self.running():
            return
        self.child.send_signal(number)
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"{self.command[0]} did not stop on signal {number}")


def wait_until(condition, what, program=None, log=None, patience=PATIENCE):
    """Wait for a condition, not for a time; say what was missing if it never comes."""
    deadline = time.monotonic() + patience
    while not condition():
        if program and not program.running():
            raise RuntimeError(f"{what}: {program.command[0]} ended\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {patience} s\n{_tail(log)}")
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def find_program(name, *directories):
    """Server programs live in sbin, which is not in everyone's PATH."""
    places = [*map(str, directories), os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    if not found:
        raise FileNotFoundError(name)
    return found


def _tail(log):
    return Path(log).read_text(errors="replace")[-2000:] if log else ""
