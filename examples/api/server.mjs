// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The API of the demo, and a well-known counterpart for tests of the proxy. Node 18 or later, no
// packages. PORT is a port on 127.0.0.1 or the path of a unix socket; README.md lists the routes.

import { createHash } from "node:crypto";
import { lstatSync, unlinkSync } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";

import { artists, tracks } from "./catalogue.mjs";
import { acceptEcho } from "./websocket.mjs";

const port = (process.env.PORT || "3001").replace(/^unix:/, "");
const host = process.env.HOST || "127.0.0.1";
const isUnixSocket = port.includes("/");
const processName = `api-${isUnixSocket ? basename(port, ".sock") : port}`;

const drainLimitMilliseconds = 10_000;
const contentByteLimit = 1024 * 1024 * 1024;
const delayLimitMilliseconds = 10 * 60 * 1000;

/** Requests whose answer is not finished. */
const underWay = new Set();
/** Answers to `/api/events` that are open, and WebSockets likewise: both must be told to end. */
const listeners = new Set();
const echoes = new Set();
let isDraining = false;

// Answers

function sendJSON(response, status, value, fields = {}) {
    const content = Buffer.from(JSON.stringify(value) + "\n");
    response.writeHead(status, {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": content.length,
        "Cache-Control": "no-store",
        ...fields,
    });
    response.end(content);
}

function sendProblem(response, status, message) {
    sendJSON(response, status, { error: message, status });
}

/** A whole number from the query, kept between its bounds. */
function number(query, name, fallback, limit) {
    const text = query.get(name) ?? "";
    const value = /^\d{1,15}$/.test(text) ? Number(text) : fallback;
    return Math.min(value, limit);
}

/** Resolves after `milliseconds`, or as soon as nobody waits for the answer any more. */
function pause(response, milliseconds) {
    return new Promise((resolve) => {
        if (response.destroyed) return resolve();
        const timer = setTimeout(finish, milliseconds);
        response.once("close", finish);
        function finish() {
            clearTimeout(timer);
            response.off("close", finish);
            resolve();
        }
    });
}

/** Writes and, if the receiver is slow, waits for it. */
async function write(response, content) {
    if (response.destroyed || response.write(content)) return;
    await new Promise((resolve) => {
        const finish = () => {
            response.off("drain", finish);
            response.off("close", finish);
            resolve();
        };
        response.on("drain", finish);
        response.on("close", finish);
    });
}

/** The bytes 0…9 a…z over and over, so that a shifted or lost byte shows in a comparison. */
const pattern = Buffer.from("0123456789abcdefghijklmnopqrstuvwxyz".repeat(1820));

function patternBytes(offset, count) {
    const start = offset % 36;
    return pattern.subarray(start, start + count);
}

// Routes

function events(request, response) {
    response.writeHead(200, {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
    });
    listeners.add(response);
    response.on("close", () => listeners.delete(response));
    response.write("retry: 2000\n\n");
    sendTick(response);
}

let tick = 0;

function sendTick(response) {
    const data = JSON.stringify({ tick, listeners: listeners.size, process: processName });
    response.write(`id: ${tick}\nevent: tick\ndata: ${data}\n\n`);
}

setInterval(() => {
    tick += 1;
    for (const response of listeners) sendTick(response);
}, 1000).unref();

async function echo(request, response) {
    const hash = createHash("sha256");
    let byteCount = 0;
    for await (const chunk of request) {
        hash.update(chunk);
        byteCount += chunk.length;
    }
    sendJSON(response, 200, {
        process: processName,
        method: request.method,
        url: request.url,
        httpVersion: request.httpVersion,
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        trailers: request.trailers,
        length: byteCount,
        sha256: hash.digest("hex"),
    });
}

async function slow(request, response, query) {
    const milliseconds = number(query, "ms", 1000, delayLimitMilliseconds);
    await pause(response, milliseconds);
    if (!response.destroyed) sendJSON(response, 200, { process: processName, milliseconds });
}

function fail(request, response, query) {
    const status = number(query, "status", 500, 599);
    if (status < 400) return sendProblem(response, 400, "status must be between 400 and 599");
    return sendProblem(response, status, "as you asked");
}

async function stream(request, response, query) {
    const chunks = number(query, "chunks", 10, 1_000_000);
    const bytes = number(query, "bytes", 100, 65_484);
    const milliseconds = number(query, "ms", 100, delayLimitMilliseconds);
    response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
    response.flushHeaders();
    for (let index = 0; index < chunks && !response.destroyed; index += 1) {
        if (milliseconds > 0 && index > 0) await pause(response, milliseconds);
        await write(response, patternBytes(index * bytes, bytes));
    }
    response.end();
}

async function bytes(request, response, query) {
    const count = number(query, "n", 1024, contentByteLimit);
    response.writeHead(200, {
        "Content-Type": "application/octet-stream",
        "Content-Length": count,
    });
    for (let offset = 0; offset < count && !response.destroyed;) {
        const content = patternBytes(offset, Math.min(count - offset, 65_484));
        await write(response, content);
        offset += content.length;
    }
    response.end();
}

/** Promises a length, sends half of it, and hangs up. */
function abort(request, response, query) {
    const count = number(query, "n", 1000, 65_000);
    response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": count });
    response.write(patternBytes(0, count >> 1), () => request.socket.destroy());
}

function trailers(request, response) {
    const content = "the checksum of this line follows it\n";
    response.writeHead(200, {
        "Content-Type": "text/plain; charset=utf-8",
        "Transfer-Encoding": "chunked",
        Trailer: "X-Checksum",
    });
    response.write(content);
    response.addTrailers({ "X-Checksum": createHash("sha256").update(content).digest("hex") });
    response.end();
}

function artist(response, id) {
    const found = artists.find((each) => String(each.id) === id);
    if (found === undefined) return sendProblem(response, 404, "no such artist");
    const own = tracks.filter((track) => track.artistId === found.id);
    return sendJSON(response, 200, { ...found, tracks: own });
}

const routes = {
    "/api/v1/tracks": (request, response) => sendJSON(response, 200, { tracks }),
    "/api/v1/artists": (request, response) => sendJSON(response, 200, { artists }),
    "/api/whoami": (request, response) => sendJSON(response, 200, { process: processName }),
    "/api/events": events,
    "/api/slow": slow,
    "/api/fail": fail,
    "/api/stream": stream,
    "/api/bytes": bytes,
    "/api/abort": abort,
    "/api/trailers": trailers,
    "/healthz": (request, response) => sendJSON(response, 200, { status: "ok" }),
};

async function route(request, response) {
    const [path, ...rest] = request.url.split("?");
    const query = new URLSearchParams(rest.join("?"));
    if (path === "/api/echo") return echo(request, response);
    if (request.method !== "GET" && request.method !== "HEAD") {
        response.setHeader("Allow", "GET, HEAD");
        return sendProblem(response, 405, "only GET and HEAD here");
    }
    if (path === "/api/socket") {
        response.setHeader("Upgrade", "websocket");
        return sendProblem(response, 426, "this is a WebSocket");
    }
    if (Object.hasOwn(routes, path)) return routes[path](request, response, query);
    const artistPath = /^\/api\/v1\/artists\/([^/]*)$/.exec(path);
    if (artistPath) return artist(response, artistPath[1]);
    return sendProblem(response, 404, "no such route");
}

// Life

const server = createServer({ requestTimeout: 0 }, (request, response) => {
    if (isDraining) response.setHeader("Connection", "close");
    underWay.add(response);
    response.on("close", () => underWay.delete(response));
    route(request, response).catch(() => response.destroy());
});

server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (request.url.split("?")[0] !== "/api/socket") {
        socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    }
    const opened = acceptEcho(request, socket, head);
    if (opened === null) return;
    echoes.add(opened);
    socket.on("close", () => echoes.delete(opened));
});

/** Takes no new work, finishes what is under way, and leaves. */
function drain() {
    if (isDraining) process.exit(0);
    isDraining = true;
    server.close();
    for (const response of underWay) {
        if (!response.headersSent) response.setHeader("Connection", "close");
        else response.on("close", () => server.closeIdleConnections());
    }
    for (const response of listeners) response.end();
    for (const open of echoes) open.close(1001, "going away");
    setTimeout(() => process.exit(1), drainLimitMilliseconds).unref();
}

process.on("SIGTERM", drain);
process.on("SIGINT", drain);

/** A socket file that a killed process left behind would make the address look taken. */
function removeStaleSocket(path) {
    try {
        if (lstatSync(path).isSocket()) unlinkSync(path);
    } catch (error) {
        if (error.code !== "ENOENT") throw error;
    }
}

function announce() {
    console.log(`${processName} listens on ${isUnixSocket ? port : `${host}:${port}`}`);
}

server.on("error", (error) => {
    console.error(`${processName}: ${error.message}`);
    process.exit(1);
});

if (isUnixSocket) {
    removeStaleSocket(port);
    server.listen(port, announce);
} else {
    server.listen(Number(port), host, announce);
}
