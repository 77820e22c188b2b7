"""A load of signed messages, sent by a program in C (tests/load): Python would be the limit."""

import re
import subprocess
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What the load's requests were answered: {status: count}, and how fast."""

    answers: dict = field(default_factory=dict)
    per_second: int = 0
    text: str = ""


def send_messages(environment, server, account, count, connections, prefix, taken=None):
    """`taken`: file for the SIDs that got a 2xx."""
    program = environment.fcgi_dir / "tests" / "load" / "load"
    url = f"{server.url}/api/webhooks/sms"
    words = [program, url, account.sid, count, connections, prefix, *([taken] if taken else [])]
    result = subprocess.run([str(word) for word in words], input=account.token + "\n",
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    answers = re.findall(r"^answered (\d+): (\d+)$", result.stdout, re.M)
    rate = re.search(r"^requests/s: (\d+)$", result.stdout, re.M)
    return Outcome({int(status): int(count) for status, count in answers},
                   int(rate[1]), result.stdout)
