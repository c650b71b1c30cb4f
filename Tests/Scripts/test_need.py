# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The set-up that the make targets do, with a package manager that is played.

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ["sh", "mktemp", "rm", "tail", "cat", "id", "env", "make", "true", "dirname"]


@pytest.fixture
def machine(tmp_path):
    """A PATH with a few tools, and an apt-get that writes down what it is told."""
    for name in TOOLS:
        (tmp_path / name).symlink_to(shutil.which(name))
    program(tmp_path, "apt-get", 'echo "$RUNLEVEL $*" >>"%s/log"' % tmp_path)
    program(tmp_path, "dpkg-query", 'case $4 in present) echo -n "install ok installed";; esac')
    program(tmp_path, "sudo", 'echo "as root: $1" >>"%s/log"; exec "$@"' % tmp_path)
    return tmp_path


def program(folder, name, text):
    (folder / name).write_text("#!/bin/sh\n" + text + "\n")
    (folder / name).chmod(0o755)


def need(machine, *items):
    done = subprocess.run([ROOT / "Scripts" / "need", *items], capture_output=True, text=True,
                          env=dict(os.environ, PATH=str(machine)))
    log = machine / "log"
    return done, log.read_text() if log.exists() else ""


def test_what_is_there_is_not_installed(machine):
    done, log = need(machine, "present", "command:make=make", "command:/bin/sh=dash")
    assert (done.returncode, done.stdout, log) == (0, "", "")


def test_what_is_missing_is_named_and_installed_without_starting_services(machine):
    done, log = need(machine, "present", "absent", "command:wrk=wrk")
    assert done.returncode == 0
    assert "installing absent wrk" in done.stdout
    assert "1 install -y" in log and log.rstrip().endswith("absent wrk")


def test_a_failure_is_said(machine):
    program(machine, "apt-get", "echo no such package; exit 100")
    done, _ = need(machine, "absent")
    assert done.returncode == 1
    assert "no such package" in done.stderr and "could not install absent" in done.stderr


def test_another_system_is_told_what_is_missing(machine):
    (machine / "apt-get").unlink()
    done, _ = need(machine, "absent")
    assert done.returncode == 1 and "missing: absent" in done.stderr


@pytest.mark.parametrize("target", ["build", "run", "test", "check", "bench", "fuzz"])
def test_without_swift_one_line_says_what_to_install(machine, target):
    done = subprocess.run([shutil.which("make"), "-s", "-C", ROOT, target], capture_output=True,
                          text=True, env=dict(os.environ, PATH=str(machine)))
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1 and "swift.org/install" in lines[0], done.stderr
