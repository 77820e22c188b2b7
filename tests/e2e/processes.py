"""Servers as children of the tests: started, waited for, stopped by their own process id."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

# Under valgrind a program takes seconds to start, and a web server starts nine of them at once.
PATIENCE = 120 if os.environ.get("HOOKSWITCH_WRAPPER") else 30

# From below those that the kernel hands out by itself, to connections as well: they would take a
# server's port while it is stopped, and one to a port where nobody listens could meet itself.
PORTS = range(10240, 32768)

# What says to others like us that a port is ours. They are in force until this process ends.
claims = []

# Flags of a socket in /proc/net/unix.
LISTENING = "00010000"


class Program:
    """One child in the foreground, its output in a file; `end` is the signal that stops it.

    It stops when the thread that started it ends, even by SIGKILL, unless it changes its user
    by itself: the kernel forgets about it then. Ctrl-C in a terminal does not reach it, so that
    servers stop one after another, in the order that their owner knows.
    """

    def __init__(self, command, log, owner=None, end=signal.SIGTERM, **options):
        self.command = [str(word) for word in command]
        self.end = end
        with open(log, "ab") as output:
            self.child = subprocess.Popen(
                [*ends_with_parent(end), *self.command], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, cwd="/", start_new_session=True,
                **(owner or {}), **options)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def stop(self):
        self._end(self.end)

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


def ends_with_parent(number=signal.SIGTERM):
    """Words before a command: it gets this signal when the process that started it ends."""
    return [find_program("setpriv"), "--pdeathsig", signal.Signals(number).name[3:], "--"]


def handle_ending():
    """Ctrl-C, kill, a closed terminal: KeyboardInterrupt, once; cleaning up is left alone.

    A closed terminal may well say so twice.
    """
    endings = [number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
               if signal.getsignal(number) != signal.SIG_IGN]  # nohup

    def interrupt(*_):
        for number in endings:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in endings:
        signal.signal(number, interrupt)


def wait_until(condition, what, program=None, log=None, patience=PATIENCE):
    """Wait for a condition, not for a time; say what was missing if it never comes."""
    deadline = time.monotonic() + patience
    while not condition():
        if program and not program.running():
            raise RuntimeError(f"{what}: {program.command[0]} ended\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {patience} s\n{_tail(log)}")
        time.sleep(0.01)


def in_time(action, seconds, what, tries=5):
    """Does something until it takes no longer than that; its result.

    On a busy machine anything may be late once. What would wait for something is late each time.
    """
    took = []
    for _ in range(tries):
        began = time.monotonic()
        result = action()
        took.append(time.monotonic() - began)
        if took[-1] <= seconds:
            return result
    raise AssertionError(f"{what}: not within {seconds} s, but {took}")


def free_port():
    """A port that stays ours, whether somebody listens on it or not."""
    for _ in range(1000):
        port = secrets.choice(PORTS)
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0hookswitch-tests-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        claims.append(claim)
        return port
    raise RuntimeError("no port is free")


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def listens(path):
    """Without a connection, which would be one more request to whoever it is."""
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
    return any(line[-1] == str(path) and line[3] == LISTENING for line in lines)


def find_program(name, *directories):
    """Server programs live in sbin, which is not in everyone's PATH."""
    places = [*map(str, directories), os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    if not found:
        raise FileNotFoundError(name)
    return found


def _tail(log):
    return Path(log).read_text(errors="replace")[-2000:] if log else ""
