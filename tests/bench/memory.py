"""What the programs hold in memory under load."""

import re
import threading
from pathlib import Path

SECONDS_BETWEEN = 0.2


def proportional(pids):
    """KiB of these processes, a page that several share divided among them."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue  # it has ended meanwhile
        total += int(re.search(r"^Pss:\s+(\d+) kB", text, re.M)[1])
    return total


class Watch:
    """The most that a server's programs held while the block ran."""

    def __init__(self, server):
        self.server = server
        self.most = 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def _work(self):
        while not self.is_over.is_set():
            self.most = max(self.most, proportional(self.server.program_ids()))
            self.is_over.wait(SECONDS_BETWEEN)
