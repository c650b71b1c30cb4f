# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What the end-to-end tests are written with: servers, peers and a raw client. It must not know
# any single test, nor anything of the server but its command line and its wire.

from .backend import Backend, Connection, Request, answer
from .faults import Fault, FaultProxy
from .files import tree
from .http2 import HTTP2Wire
from .node import NodeApi
from .ports import free_port, free_ports
from .server import UNDER_TEST, Nginx, Server, StartFailed, until
from .site import SMUGGLED, Site
from .wire import Response, Wire, WireError, request

__all__ = [
    "Backend", "Connection", "Fault", "FaultProxy", "HTTP2Wire", "Nginx", "NodeApi", "Request",
    "Response", "SMUGGLED", "Server", "Site", "StartFailed", "UNDER_TEST", "Wire", "WireError",
    "answer", "free_port", "free_ports", "request", "tree", "until",
]
