# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The demo's Node API as a peer: a real process, so that it can be killed and started again.

import os
import pathlib
import signal
import socket
import subprocess
import time

from .ports import free_port

SCRIPT = pathlib.Path(__file__).resolve().parents[3] / "examples" / "api" / "server.mjs"


class NodeApi:
    """One process of examples/api/server.mjs."""

    def __init__(self, port=None, script=SCRIPT):
        self.port, self.script, self.process = port or free_port(), script, None
        self.address = "127.0.0.1:%d" % self.port

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def __str__(self):
        return self.address

    def start(self):
        self.process = subprocess.Popen(
            ["node", str(self.script)], env=dict(os.environ, PORT=str(self.port)),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                assert self.process.poll() is None, "%s ended at once" % self.script
                assert time.monotonic() < deadline, "%s does not listen" % self.script
                time.sleep(0.02)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
