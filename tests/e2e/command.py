"""The hookswitch command, called as a person or a script would."""

import os
import subprocess


def run(environment, *words, text="", **variables):
    """With `text` on standard input, and an environment of nothing but PATH and `variables`."""
    return subprocess.run([str(environment.fcgi_dir / "hookswitch"), *map(str, words)], input=text,
                          capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], **variables})


def config(server):
    return server.site.private / "hookswitch.conf"


def check_failed(result, status, said):
    """One line on standard error that says why, and nothing else."""
    assert (result.returncode, result.stdout) == (status, ""), result
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
