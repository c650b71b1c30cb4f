# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Fixtures of every end-to-end test. A server that a fixture started is checked when it ends:
# its workers are those it started with, it stops by QUIT, and its log holds no alert.

import itertools

import pytest

from harness import UNDER_TEST, Backend, Nginx, Server


def pytest_configure(config):
    config.addinivalue_line("markers", "ours: what nginx 1.22 does not do, or does otherwise")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


def pytest_report_header():
    return "server under test: %s" % UNDER_TEST


def pytest_collection_modifyitems(config, items):
    if UNDER_TEST == "nginx":
        for item in items:
            if item.get_closest_marker("ours"):
                item.add_marker(pytest.mark.skip(reason="nginx does otherwise"))


class Lab:
    """Starts servers and peers, and ends them all."""

    def __init__(self, root):
        self.root, self.number, self.started = root, itertools.count(), []

    def folder(self):
        path = self.root / ("s%d" % next(self.number))
        path.mkdir(parents=True)
        return path

    def server(self, http="", kind=Server, start=True, **rest):
        made = kind(self.folder(), http, **rest)
        self.started.append(made)
        return made.start() if start else made

    def nginx(self, http="", **rest):
        return self.server(http, kind=Nginx, **rest)

    def backend(self, script=None, **rest):
        made = Backend(script, **rest)
        self.started.append(made)
        return made

    def end(self):
        problems = []
        for made in reversed(self.started):
            try:
                if isinstance(made, Server) and made.process and made.process.poll() is None:
                    made.assert_unharmed()
                    assert made.stop() == 0, "it did not exit with 0\n" + made.errors()
                    made.assert_calm()
                else:
                    made.stop()
            except AssertionError as problem:
                problems.append(str(problem))
            finally:
                if isinstance(made, Server):
                    made.kill()
        assert not problems, "\n".join(problems)


@pytest.fixture
def lab(tmp_path):
    made = Lab(tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory):
    """For servers that a whole file of tests uses."""
    made = Lab(tmp_path_factory.mktemp("shared"))
    yield made
    made.end()


@pytest.fixture
def site(module_site):
    """The `Site` that a file of tests makes as `module_site`: whole before each test and after."""
    module_site.begin()
    yield module_site
    module_site.begin()
    module_site.sentinel()
    module_site.server.assert_unharmed()
