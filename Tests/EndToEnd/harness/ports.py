# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Ports for servers and peers: below the kernel's range for outgoing connections, so that no
# client's own port takes one between the moment it is chosen and the moment it is bound.

import os
import random
import socket

_FIRST, _LAST = 18000, 31999
_chosen = random.Random(os.getpid() * 7919)
_given = set()


def free_port(host="127.0.0.1"):
    """A TCP port nobody listens on, and that was not given out before."""
    for _ in range(2000):
        port = _chosen.randint(_FIRST, _LAST)
        if port in _given:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError("no free port between %d and %d" % (_FIRST, _LAST))


def free_ports(count):
    return [free_port() for _ in range(count)]
