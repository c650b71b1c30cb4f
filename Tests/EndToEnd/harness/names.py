# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A name server that says what a test wants, over UDP and TCP.

import ipaddress
import socket
import struct
import threading

A, CNAME, AAAA, SRV = 1, 5, 28, 33


def _name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


class NameServer:
    """Answers from `records`: name to a dict of

    A, AAAA (lists of addresses), CNAME (a name), SRV (tuples: priority, weight, port, target), ttl,
    rcode, and silent. What is not there does not exist.
    """

    def __init__(self, port, host="127.0.0.1"):
        self.records, self.questions, self.lock = {}, [], threading.Lock()
        self.port = port
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind((host, port))
        self.listener = socket.create_server((host, port))
        for serve in (self._serve, self._accept):
            threading.Thread(target=serve, daemon=True).start()

    def close(self):
        for one in (self.datagrams, self.listener):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def set(self, name, **records):
        with self.lock:
            self.records[name] = records

    def count(self, name, kind=None):
        with self.lock:
            return sum(1 for one in self.questions if one[0] == name and kind in (None, one[1]))

    def _serve(self):
        while True:
            try:
                message, sender = self.datagrams.recvfrom(4096)
                if not message:
                    return
                reply = self._reply(message, False)
                if reply:
                    self.datagrams.sendto(reply, sender)
            except OSError:
                return

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._stream, args=(connection,), daemon=True).start()

    def _stream(self, connection):
        with connection:
            while True:
                head = connection.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                count = struct.unpack("!H", head)[0]
                message = connection.recv(count, socket.MSG_WAITALL)
                if len(message) < count:
                    return
                reply = self._reply(message, True)
                if reply:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)

    def _reply(self, message, is_stream):
        labels, offset = [], 12
        while message[offset]:
            labels.append(message[offset + 1:offset + 1 + message[offset]].decode("latin-1"))
            offset += 1 + message[offset]
        kind = struct.unpack_from("!H", message, offset + 1)[0]
        name = ".".join(labels).lower()
        with self.lock:
            self.questions.append((name, {A: "A", AAAA: "AAAA", SRV: "SRV"}.get(kind, kind)))
            known = self.records.get(name)
        if known and known.get("silent"):
            return None
        code = 3 if known is None else known.get("rcode", 0)
        if known and known.get("truncated") and not is_stream:
            answers, flags = [], 0x8380
        else:
            answers, flags = ([] if code else self._records(known, kind)), 0x8180
        question = message[12:offset + 5]
        head = struct.pack("!6H", struct.unpack_from("!H", message)[0], flags | code, 1,
                           len(answers), 0, 0)
        return head + question + b"".join(answers)

    @staticmethod
    def _records(known, kind):
        ttl = known.get("ttl", 60)

        def record(of, data):
            return struct.pack("!HHHIH", 0xC00C, of, 1, ttl, len(data)) + data
        if "CNAME" in known:
            return [record(CNAME, _name(known["CNAME"]))]
        if kind == A:
            return [record(A, ipaddress.IPv4Address(one).packed) for one in known.get("A", [])]
        if kind == AAAA:
            return [record(AAAA, ipaddress.IPv6Address(one).packed)
                    for one in known.get("AAAA", [])]
        if kind == SRV:
            return [record(SRV, struct.pack("!3H", *one[:3]) + _name(one[3]))
                    for one in known.get("SRV", [])]
        return []
