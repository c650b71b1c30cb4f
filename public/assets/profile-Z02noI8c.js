// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What this browser has listened to, and the echo: a WebSocket that answers with your own words.
// Loaded when it is first visited.

import { catalogue, h, icon, memory, stylesheet } from "./core-zm3Zvq3A.js";

const reconnectLimitMilliseconds = 15_000;

export async function profilePage({ trackList, withHues }) {
    await stylesheet("/assets/profile-a8Fx720k.css");
    const liked = new Set(memory.read("liked", []));
    const { plays = 0, seconds = 0 } = memory.read("listened", {});
    const room = echoRoom();
    let favourites;
    try {
        const { tracks } = await catalogue("/api/v1/tracks");
        favourites = (await withHues(tracks)).filter((track) => liked.has(track.id));
    } catch {
        favourites = null;
    }
    return {
        title: "Profile",
        leave: room.close,
        element: h("div", { class: "profile" },
            h("header", {},
                h("p", { class: "eyebrow" }, "Kept in this browser only"),
                h("h1", { tabindex: -1 }, "Your side of the porch")),
            h("dl", { class: "figures" },
                figure(plays, plays === 1 ? "track started" : "tracks started"),
                figure(Math.round(seconds / 60), "minutes listened"),
                figure(liked.size, liked.size === 1 ? "track kept" : "tracks kept")),
            h("div", { class: "columns" },
                h("section", { "aria-labelledby": "kept" },
                    h("h2", { id: "kept" }, "Kept for later"), kept(favourites, trackList)),
                room.element)),
    };
}

function figure(number, label) {
    return h("div", {}, h("dt", {}, label), h("dd", {}, String(number)));
}

function kept(favourites, trackList) {
    if (favourites === null) {
        return h("p", { class: "quiet" }, "The list is at the API, which does not answer just now.");
    }
    if (favourites.length === 0) {
        return h("p", { class: "quiet" },
            "Nothing yet. The heart beside a track keeps it here. ", h("a", { href: "/" }, "Listen"));
    }
    return trackList(favourites);
}

/** A conversation with oneself, with the time that each echo took. */
function echoRoom() {
    const status = h("p", { class: "status", role: "status" }, "Connecting…");
    const log = h("ol", { class: "echoes", "aria-live": "polite", "aria-label": "Messages", tabindex: 0 },
        h("li", { class: "quiet" }, "Say something; the wall says it back."));
    const field = h("input", {
        name: "message", autocomplete: "off", maxlength: 200, placeholder: "Hello, porch",
        "aria-label": "Message",
    });
    const button = h("button", { class: "button round", "aria-label": "Send", disabled: true },
        icon("send"));
    let socket = null;
    let isOver = false;
    let delay = 1000;
    let timer = 0;
    /** When each message still under way was sent: echoes come back in order. */
    let sentAt = [];

    function show(state, text) {
        status.dataset.state = state;
        status.textContent = text;
        button.disabled = state !== "open";
    }

    function connect() {
        const scheme = location.protocol === "https:" ? "wss" : "ws";
        socket = new WebSocket(`${scheme}://${location.host}/api/socket`);
        socket.addEventListener("open", () => {
            delay = 1000;
            sentAt = [];
            show("open", "The echo is listening");
        });
        socket.addEventListener("message", (event) => {
            const took = performance.now() - (sentAt.shift() ?? performance.now());
            add(event.data, "echo", `${took.toFixed(took < 10 ? 1 : 0)} ms`);
        });
        socket.addEventListener("close", () => {
            if (isOver) return;
            show("closed", `The echo is away; trying again in ${Math.round(delay / 1000)} s`);
            timer = setTimeout(connect, delay);
            delay = Math.min(delay * 2, reconnectLimitMilliseconds);
        });
    }

    function add(text, kind, note = "") {
        log.querySelector(".quiet")?.remove();
        log.append(h("li", { class: kind }, h("span", {}, text), note && h("small", {}, note)));
        while (log.children.length > 40) log.firstElementChild.remove();
        log.scrollTop = log.scrollHeight;
    }

    function send(event) {
        event.preventDefault();
        const text = field.value.trim();
        if (text === "" || socket.readyState !== WebSocket.OPEN) return;
        add(text, "own");
        sentAt.push(performance.now());
        socket.send(text);
        field.value = "";
    }

    connect();
    return {
        element: h("section", { class: "room", "aria-labelledby": "echo" },
            h("h2", { id: "echo" }, "The echo"), status, log,
            h("form", { onsubmit: send }, field, button)),
        close() {
            isOver = true;
            clearTimeout(timer);
            socket.close();
        },
    };
}
