"""The hookswitch command, called as a person or a script would."""

import dataclasses
import json
import os
import shlex
import shutil
import subprocess


def command_line(environment, *words):
    program = environment.fcgi_dir / "hookswitch"
    return [*shlex.split(environment.wrapper), str(program), *map(str, words)]


def run(environment, *words, text="", **variables):
    """With `text` on standard input, and an environment of nothing but PATH and `variables`."""
    return subprocess.run(command_line(environment, *words), input=text, capture_output=True,
                          text=True, env={"PATH": os.environ["PATH"], **variables})


def run_json(environment, *words, **more):
    """What is printed with --json, and the exit status."""
    result = run(environment, *words, "--json", **more)
    return json.loads(result.stdout), result.returncode


def config(server):
    return server.site.private / "hookswitch.conf"


def check_failed(result, status, said):
    """One line on standard error that says why, and nothing else."""
    assert (result.returncode, result.stdout) == (status, ""), result
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr


def installed(environment, prefix):
    """The command as make installs it, below a prefix: it finds its files beside itself."""
    (prefix / "bin").mkdir()
    shutil.copy2(environment.fcgi_dir / "hookswitch", prefix / "bin")
    shutil.copytree(environment.source / "scenarios", prefix / "share/hookswitch/scenarios")
    return dataclasses.replace(environment, fcgi_dir=prefix / "bin")
