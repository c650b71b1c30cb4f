# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Short versions of the drills: long ones are run by hand, as their first lines say.

import subprocess
import sys

import pytest

from harness.server import ROOT

pytestmark = [pytest.mark.ours, pytest.mark.slow]


@pytest.mark.parametrize("arguments", [
    ("restarts.py", "--seconds", "20", "--with", "beranda"),
    ("slow_readers.py", "--clients", "100", "--seconds", "2", "--with", "beranda"),
    ("handshakes.py", "--seconds", "3", "--with", "beranda"),
    ("idle_race.py", "--requests", "1200", "--clients", "200", "--with", "beranda"),
], ids=lambda arguments: arguments[0])
def test_nothing_is_lost_in_a_short_drill(arguments):
    script, *rest = arguments
    ended = subprocess.run(
        [sys.executable, str(ROOT / "Drills" / script), *rest], capture_output=True, text=True,
        timeout=240)
    assert ended.returncode == 0, ended.stdout + ended.stderr
