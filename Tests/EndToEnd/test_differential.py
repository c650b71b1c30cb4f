# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# nginx and we, side by side: the same configuration, the same bytes, the same answers. Where we
# mean to differ, a request says so by the title of a section of docs/differences.md.

import re

import pytest

from differential import EXAMPLES
from harness import UNDER_TEST
from harness.compare import Pair
from harness.server import NGINX, ROOT

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx to compare with")

CASES = [pytest.param(example, ask, id="%s: %s" % (example.name, ask.name))
         for example in EXAMPLES for ask in example.asks]


@pytest.fixture(scope="module")
def pairs(shared_lab):
    made = {}

    def pair(example):
        if example.name not in made:
            made[example.name] = Pair(shared_lab, example)
        return made[example.name]
    return pair


@pytest.mark.parametrize("example, ask", CASES)
def test_the_answers_are_equal(pairs, example, ask):
    if ask.differs and UNDER_TEST == "nginx":
        pytest.skip(ask.differs)
    pairs(example).compare(ask)


def test_every_difference_is_documented():
    titles = re.findall("^## (.+)$", (ROOT / "docs" / "differences.md").read_text(), re.M)
    for example in EXAMPLES:
        for ask in example.asks:
            assert ask.differs is None or ask.differs in titles, ask.differs
