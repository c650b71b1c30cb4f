# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The image's build sees only what the Dockerfile copies and .dockerignore lets through: what the
# manifest reads beside the sources must be among it, or the image does not link.

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def manifest_files():
    """The files that Package.swift names by its own folder, as `Scripts/name`."""
    named = re.findall(r'packageDirectory \+ "/([^"]+)"', (ROOT / "Package.swift").read_text())
    assert named, "the manifest names no file: this test has lost its subject"
    return named


def copied():
    """Sources of the Dockerfile's COPY lines that come from the context, not from a stage."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def let_through():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line[1:] for line in lines if line.startswith("!")]


def covers(paths, name):
    return any(name == path or name.startswith(path.rstrip("/") + "/") for path in paths)


def test_what_the_manifest_reads_is_in_the_image_s_build():
    for name in manifest_files():
        assert (ROOT / name).is_file(), name
        assert covers(copied(), name), f"the Dockerfile does not copy {name}"


def test_what_the_dockerfile_copies_is_let_through():
    for name in copied():
        assert (ROOT / name).exists(), name
        assert covers(let_through(), name), f".dockerignore holds back {name}"
