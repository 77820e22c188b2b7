"""A load of signed messages, sent by a program in C (tests/load): Python would be the limit."""

import re
import subprocess
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What the load's requests were answered: {status: count}, and how fast."""

    answers: dict = field(default_factory=dict)
    per_second: float = 0
    milliseconds: dict = field(default_factory=dict)  # p50, p99, max


def send_messages(environment, server, account, count, connections, prefix, taken=None,
                  path="/api/webhooks/sms", rate=0):
    """`taken`: file for the SIDs that got a 2xx; `rate`: messages a second, 0 for all it takes."""
    program = environment.fcgi_dir / "tests" / "load" / "load"
    url = server.url + path
    words = [program, url, account.sid, count, connections, prefix, taken or "", rate]
    result = subprocess.run([str(word) for word in words], input=account.token + "\n",
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    answers = re.findall(r"^answered (\d+): (\d+)$", result.stdout, re.M)
    rate = re.search(r"^requests/s: ([\d.]+)$", result.stdout, re.M)
    times = re.search(r"^milliseconds: (.*)$", result.stdout, re.M)[1].split()
    return Outcome({int(status): int(count) for status, count in answers}, float(rate[1]),
                   dict(zip(times[::2], map(float, times[1::2]))))
