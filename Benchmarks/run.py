#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Measures Beranda beside nginx, and beside h2o, HAProxy and Caddy where they are installed.
# How, and how to read it: README.md in this folder.
"""Measures Beranda beside other servers in one run, in interleaved rounds."""
import argparse
import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import measure
import report
import servers
import works

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    names = [row.name for row in works.WORKS + works.SIZES]
    add("--only", help="rows, separated by commas: " + ",".join(names))
    add("--servers", help="servers, separated by commas; otherwise all that are installed")
    add("--rounds", type=int, default=7)
    add("--seconds", type=int, default=2, help="of load per server, row and round")
    add("--connections", type=int, default=5000, help="for the memory rows")
    add("--beranda", help="the executable; otherwise bin/beranda")
    add("--readme", action="store_true", help="put the table into README.md")
    add("--strict", action="store_true", help="exit 1 when a budget is missed")
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else names
    unknown = set(wanted) - set(names)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    options.works = [work for work in works.WORKS if work.name in wanted]
    options.sizes = [size for size in works.SIZES if size.name in wanted]
    return options


def found_servers(options):
    """The servers to measure, as (class, executable)."""
    wanted = options.servers.split(",") if options.servers else None
    found = []
    for kind in servers.ALL:
        if wanted is not None and kind.name not in wanted:
            continue
        executable = kind.find()
        if kind is servers.Beranda and options.beranda:
            executable = os.path.abspath(options.beranda)
        if executable is None:
            print(f"{kind.name}: not " + ("built (make build)" if kind is servers.Beranda
                                          else "installed, left out"))
        else:
            found.append((kind, executable))
    return found


def need_tools():
    packages = {"wrk": "wrk", "taskset": "util-linux", "h2load": "nghttp2-client",
                "openssl": "openssl"}
    missing = [tool for tool in packages if shutil.which(tool) is None]
    if missing:
        sys.exit("missing: " + " ".join(missing) + "; apt-get install "
                 + " ".join(packages[tool] for tool in missing))
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two cores are needed: one for the server, one for the load")


class Run:
    """One run: started servers, samples so far, and the file that they are written to."""

    def __init__(self, options, found, directory):
        self.options = options
        self.samples = report.Samples()
        self.directory = directory
        self.origin = servers.Origin(directory)
        stamp = datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
        self.csv_path = HERE / "results" / f"{stamp}.csv"
        self.csv = report.CSVFile(self.csv_path)
        self.servers = [kind(executable, directory, directory / "root", self.origin.port)
                        for kind, executable in found]

    def attempt(self, row, server, action):
        """Runs a measurement; what fails is reported and does not end the run."""
        try:
            return action()
        except (RuntimeError, OSError, AttributeError, subprocess.CalledProcessError) as error:
            self.samples.fail(row, server.name, error)
            return None

    def load(self, work):
        able = []
        for server in self.servers:
            if not server.serves_files and not work.proxied:
                continue
            if work.servers and server.name not in work.servers:
                continue
            server.configure(
                has_rules=bool(work.servers), has_tls=work.protocol != "http")
            ready = self.attempt(work.name, server, lambda: (
                server.start(), measure.check(server, work),
                measure.microseconds_per_request(server, work, 1), measure.settle(server, work)))
            if ready is not None:
                able.append(server)
                if "Accept-Encoding" in work.fields:
                    self.samples.sent(work.name, server.name, *ready[-1])
        if "Accept-Encoding" in work.fields:
            best = works.best_length(self.directory / "root" / work.path.strip("/"))
            self.samples.sent(work.name, "brotli -q 11", best or 0, "br" if best else "no brotli")
        for turn in range(self.options.rounds):
            # Every other round goes the other way, so that no server always follows the same one.
            for server in able if turn % 2 == 0 else reversed(able):
                result = self.attempt(work.name, server, lambda: measure.microseconds_per_request(
                    server, work, self.options.seconds))
                self.samples.add(work.name, server.name, result and result[0])
                if result:
                    self.csv.write(work.name, server.name, turn, "us", *result)
        for server in self.servers:
            server.stop()

    def size(self, size):
        count = self.options.connections
        actions = {
            "idle": lambda server: measure.idle_kilobytes(server, count),
            "idletls": lambda server: measure.idle_kilobytes(server, count, is_secure=True),
            "head": lambda server: measure.head_kilobytes(server, count),
            "rest": measure.rest_megabytes,
            "resttls": measure.rest_megabytes,
            "executable": lambda server: os.path.getsize(
                os.path.realpath(server.executable)) / 1e6,
            "start": measure.start_milliseconds,
        }
        for server in self.servers:
            def action():
                server.configure(has_tls=size.name.endswith("tls"))
                server.start()
                return actions[size.name](server)
            value = self.attempt(size.name, server, action)
            server.stop()
            if value is not None:
                self.samples.add(size.name, server.name, value)
                self.csv.write(size.name, server.name, 0, size.unit, value)

    def everything(self):
        for work in self.options.works:
            print(f"{work.title} …", flush=True)
            self.load(work)
        for size in self.options.sizes:
            print(f"{size.title} …", flush=True)
            self.size(size)

    def end(self):
        for server in self.servers:
            server.stop()
        self.origin.stop()


def conditions(run, rounds):
    cpu = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), os.uname().machine)
    return (f"CPU time of the server per request, one worker on one core; medians of {rounds} "
            f"rounds on {cpu}, {datetime.date.today()}. How: [Benchmarks](Benchmarks/README.md).")


def main():
    options = arguments()
    need_tools()
    servers.raise_descriptor_limit()
    found = found_servers(options)
    if not found:
        sys.exit("nothing to measure")
    with tempfile.TemporaryDirectory(prefix="beranda-bench-") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        works.write_files(directory / "root")
        servers.write_certificate(directory)
        run = Run(options, found, directory)
        try:
            run.everything()
        except KeyboardInterrupt:
            print("interrupted: what was measured so far")
        finally:
            run.end()
    names = [server.name for server in run.servers]
    print()
    print(report.terminal(run.samples, options.works, options.sizes, names))
    print(f"\nevery sample: {os.path.relpath(run.csv_path)}")
    if options.readme:
        table = report.markdown(run.samples, options.works, options.sizes, names,
                                conditions(run, options.rounds))
        report.replace_between_markers(HERE.parent / "README.md", table)
    verdicts = [row[-1] for row in report.rows(run.samples, options.works, options.sizes, names)]
    sys.exit(1 if options.strict and "MISS" in verdicts else 0)


if __name__ == "__main__":
    main()
