# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Random configurations by the grammar of Fuzz/configurations.py, the same ones in each run: what
# nginx accepts is accepted, or refused by name; what has a fault is refused with a place.

import sys

import pytest

from harness.server import NGINX, ROOT, beranda_binary

sys.path.insert(0, str(ROOT / "Fuzz"))
import configurations  # noqa: E402

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx to compare with")

BATCHES, SEEDS = 10, 40


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_configurations_are_judged_as_by_nginx(tmp_path, batch):
    judge = configurations.Judge(beranda_binary(), tmp_path)
    for seed in range(batch * SEEDS, batch * SEEDS + SEEDS):
        fault = configurations.configuration_fault(judge, seed)
        assert fault is None, "seed %d: %s\n%s" % (
            seed, fault, (tmp_path / "nginx.conf").read_text("utf-8", "replace"))
    # A grammar that nginx accepts nothing of would prove nothing.
    accepted = sum(count for verdict, count in judge.counts.items() if "nginx accepts" in verdict)
    assert accepted > SEEDS // 3
