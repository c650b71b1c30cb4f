// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A WebSocket that sends back what it hears (RFC 6455), on a bare socket.
//
// It knows frames only: no routes, no application. Strict on purpose, because it stands behind the
// proxy in the tests: whatever a proxy damages on the way shows here as a close code.

import { createHash } from "node:crypto";

const handshakeSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const messageByteLimit = 16 * 1024 * 1024;
const closeTimeoutMilliseconds = 2000;

const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A reason to end the connection, with the close code that says so. */
class Violation extends Error {
    constructor(code, message) {
        super(message);
        this.code = code;
    }
}

/** Completes the handshake, or refuses it; returns the open echo, or null. */
export function acceptEcho(request, socket, head) {
    const key = request.headers["sec-websocket-key"] ?? "";
    const upgrade = (request.headers.upgrade ?? "").toLowerCase();
    if (request.method !== "GET" || upgrade !== "websocket") {
        refuse(socket, "400 Bad Request", "Connection: close");
        return null;
    }
    if (request.headers["sec-websocket-version"] !== "13") {
        refuse(socket, "426 Upgrade Required", "Sec-WebSocket-Version: 13");
        return null;
    }
    if (Buffer.from(key, "base64").length !== 16) {
        refuse(socket, "400 Bad Request", "Connection: close");
        return null;
    }
    const accept = createHash("sha1").update(key + handshakeSuffix).digest("base64");
    socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
    return new Echo(socket, head);
}

function refuse(socket, status, field) {
    socket.end(`HTTP/1.1 ${status}\r\n${field}\r\nContent-Length: 0\r\n\r\n`);
}

/** One frame from a server: final, unmasked. */
function frame(opcode, content) {
    const length = content.length;
    let head;
    if (length < 126) {
        head = Buffer.from([0x80 | opcode, length]);
    } else if (length < 65536) {
        head = Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff]);
    } else {
        head = Buffer.alloc(10);
        head[0] = 0x80 | opcode;
        head[1] = 127;
        head.writeBigUInt64BE(BigInt(length), 2);
    }
    return Buffer.concat([head, content]);
}

function isValidCloseCode(code) {
    return (code >= 1000 && code <= 1011 && ![1004, 1005, 1006].includes(code)) ||
        (code >= 3000 && code <= 4999);
}

class Echo {
    /** Bytes received and not yet consumed; a list, so that a large frame is joined only once. */
    #chunks = [];
    #byteCount = 0;
    /** What must have arrived before another look is worth it. */
    #needed = 2;
    /** The fragments of the message that is arriving, and the opcode that it began with. */
    #fragments = [];
    #fragmentOpcode = null;
    #fragmentByteCount = 0;
    #closeSent = false;

    constructor(socket, head) {
        this.socket = socket;
        socket.setNoDelay(true);
        socket.setTimeout(0);
        socket.on("data", (chunk) => this.#receive(chunk));
        socket.on("drain", () => socket.resume());
        socket.on("end", () => socket.end());
        socket.on("error", () => socket.destroy());
        if (head.length > 0) this.#receive(head);
    }

    /** Says goodbye; the socket ends when the client has answered, or soon after. */
    close(code = 1000, reason = "") {
        if (this.#closeSent) return;
        this.#closeSent = true;
        const content = Buffer.alloc(2 + Buffer.byteLength(reason));
        content.writeUInt16BE(code);
        content.write(reason, 2);
        this.socket.write(frame(Opcode.close, content));
        setTimeout(() => this.socket.destroy(), closeTimeoutMilliseconds).unref();
    }

    #receive(chunk) {
        this.#chunks.push(chunk);
        this.#byteCount += chunk.length;
        if (this.#byteCount < this.#needed) return;
        let input = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
        try {
            for (;;) {
                const consumed = this.#readFrame(input);
                if (consumed === 0) break;
                input = input.subarray(consumed);
            }
        } catch (violation) {
            if (!(violation instanceof Violation)) throw violation;
            this.close(violation.code, violation.message);
            this.socket.end();
            input = Buffer.alloc(0);
        }
        this.#chunks = input.length > 0 ? [input] : [];
        this.#byteCount = input.length;
    }

    /** Handles the frame at the start of `input`; returns how long it was, or 0 if it is not whole. */
    #readFrame(input) {
        this.#needed = 2;
        if (input.length < 2) return 0;
        const isFinal = (input[0] & 0x80) !== 0;
        const opcode = input[0] & 0x0f;
        if ((input[0] & 0x70) !== 0) throw new Violation(1002, "reserved bit set");
        if ((input[1] & 0x80) === 0) throw new Violation(1002, "frame is not masked");
        let length = input[1] & 0x7f;
        if (opcode >= 8 && (!isFinal || length > 125)) {
            throw new Violation(1002, "control frame fragmented or too long");
        }
        let offset = 2;
        if (length === 126) {
            if (input.length < 4) return this.#wait(4);
            length = input.readUInt16BE(2);
            offset = 4;
        } else if (length === 127) {
            if (input.length < 10) return this.#wait(10);
            const wide = input.readBigUInt64BE(2);
            if (wide > BigInt(messageByteLimit)) throw new Violation(1009, "message too long");
            length = Number(wide);
            offset = 10;
        }
        if (length + this.#fragmentByteCount > messageByteLimit) {
            throw new Violation(1009, "message too long");
        }
        const end = offset + 4 + length;
        if (input.length < end) return this.#wait(end);
        const mask = input.subarray(offset, offset + 4);
        const content = Buffer.from(input.subarray(offset + 4, end));
        for (let index = 0; index < length; index += 1) content[index] ^= mask[index & 3];
        this.#handle(opcode, isFinal, content);
        return end;
    }

    #wait(byteCount) {
        this.#needed = byteCount;
        return 0;
    }

    #handle(opcode, isFinal, content) {
        if (this.#closeSent && opcode !== Opcode.close) return;
        switch (opcode) {
        case Opcode.text:
        case Opcode.binary:
            if (this.#fragmentOpcode !== null) throw new Violation(1002, "message inside another");
            if (isFinal) return this.#reply(opcode, content);
            this.#fragmentOpcode = opcode;
            return this.#keep(content);
        case Opcode.continuation: {
            if (this.#fragmentOpcode === null) throw new Violation(1002, "nothing to continue");
            this.#keep(content);
            if (!isFinal) return undefined;
            const message = Buffer.concat(this.#fragments);
            const first = this.#fragmentOpcode;
            this.#fragments = [];
            this.#fragmentOpcode = null;
            this.#fragmentByteCount = 0;
            return this.#reply(first, message);
        }
        case Opcode.ping:
            return this.#send(Opcode.pong, content);
        case Opcode.pong:
            return undefined;
        case Opcode.close:
            return this.#answerClose(content);
        default:
            throw new Violation(1002, "unknown opcode");
        }
    }

    #keep(content) {
        this.#fragments.push(content);
        this.#fragmentByteCount += content.length;
    }

    #reply(opcode, message) {
        if (opcode === Opcode.text) checkText(message);
        this.#send(opcode, message);
    }

    #send(opcode, content) {
        if (!this.socket.writable) return;
        // A client that does not read must not make us hoard what it sends.
        if (!this.socket.write(frame(opcode, content))) this.socket.pause();
    }

    #answerClose(content) {
        if (content.length === 1) throw new Violation(1002, "close code cut short");
        if (content.length >= 2) {
            if (!isValidCloseCode(content.readUInt16BE(0))) throw new Violation(1002, "close code");
            checkText(content.subarray(2));
        }
        if (!this.#closeSent) {
            this.#closeSent = true;
            this.socket.write(frame(Opcode.close, content));
        }
        this.socket.end();
    }
}

function checkText(content) {
    try {
        utf8.decode(content);
    } catch {
        throw new Violation(1007, "text is not UTF-8");
    }
}
