"""The hookswitch command, called as a person or a script would."""

import dataclasses
import json
import os
import shlex
import shutil
import subprocess

from deployment import PROGRAMS


def command_line(environment, *words):
    wrapper = shlex.split(environment.wrapper)
    if wrapper:  # found here, whatever PATH the command is given
        wrapper[0] = shutil.which(wrapper[0])
    return [*wrapper, str(environment.fcgi_dir / "hookswitch"), *map(str, words)]


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
    (prefix / "share/hookswitch").mkdir(parents=True)
    for folder in ("scenarios", "sql"):
        copy_folder(environment.source / folder, prefix / "share/hookswitch")
    copy_folder(environment.source / "console", prefix / "share/hookswitch")
    (prefix / "share/hookswitch/console/package.json").unlink()  # is for tests of the modules alone
    (prefix / "libexec/hookswitch").mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(environment.fcgi_dir / f"{program}.fcgi", prefix / "libexec/hookswitch")
    return dataclasses.replace(environment, fcgi_dir=prefix / "bin")


def copy_folder(folder, into):
    """Ours to change, whoever owns the source, and if nobody may write there."""
    subprocess.run(["cp", "-r", "--no-preserve=mode", folder, into], check=True)


def newest_schema(environment):
    """The version that the programs go with."""
    return len(list((environment.source / "sql" / "migrations").glob("*.sql")))
