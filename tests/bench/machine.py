"""What the figures were measured on."""

import json
import os
import platform
import re
import subprocess
import tempfile
import time
from pathlib import Path

from contenders import NODE_MODULES, PHP
from postgresql import binary
from processes import find_program

SYNCS = 200
# What to ask each program, and where it says its version.
VERSIONS = (
    ("PostgreSQL", lambda: binary("postgres"), "--version", r"\) ([\d.]+)"),
    ("lighttpd", lambda: find_program("lighttpd"), "-v", r"lighttpd/([\d.]+)"),
    ("Apache", lambda: find_program("apache2"), "-v", r"Apache/([\d.]+)"),
    ("PHP", lambda: find_program(f"php-fpm{PHP}"), "-v", r"PHP ([\d.]+)"),
    ("Node.js", lambda: find_program("node"), "--version", r"v([\d.]+)"),
)


def describe():
    """Lines: the machine, its disk, the programs."""
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) // 2**20
    yield (f"{os.cpu_count()} processors ({processor()}), {memory} GiB of memory,"
           f" Linux {platform.release()}")
    yield f"a write synced to the disk takes {sync_microseconds():.0f} us"
    yield ", ".join(versions())


def processor():
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    return found[1] if found else platform.machine()


def sync_microseconds():
    """The median of some, where the database has its files: 8 KiB, as a commit writes them."""
    taken = []
    with tempfile.TemporaryFile() as file:
        for _ in range(SYNCS):
            start = time.perf_counter()
            os.pwrite(file.fileno(), bytes(8192), 0)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - start) * 1e6)
    return sorted(taken)[SYNCS // 2]


def versions():
    for name, find, option, pattern in VERSIONS:
        try:
            said = subprocess.run([find(), option], capture_output=True, text=True).stdout
        except FileNotFoundError:
            continue
        yield f"{name} {re.search(pattern, said)[1]}"
    for package in ("express", "pg", "twilio"):
        path = NODE_MODULES / package / "package.json"
        if path.exists():
            yield f"{package} {json.loads(path.read_text())['version']}"
