// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The footer: which API process answers, and how many people listen at this moment.

import { api, h } from "./core-zm3Zvq3A.js";

const questionsPerRound = 8;

export function footer() {
    return h("footer", { class: "foot" }, answerer(), listenerCount());
}

/** Asks the API who it is. Asked often, it shows how requests are shared between the processes. */
function answerer() {
    const name = h("output", { class: "whoami", "aria-live": "polite" }, "…");
    const tally = h("span", { class: "tally", role: "img", "aria-label": "no answers yet" });
    const ask = h("button", { class: "link", type: "button" }, `Ask ${questionsPerRound} times`);
    const names = [];
    const counts = new Map();

    async function question() {
        let process = null;
        try {
            ({ process } = await api("/api/whoami"));
        } catch {
            // Shown as an empty mark: the page goes on without the API.
        }
        name.textContent = process ?? "nobody";
        const label = process ?? "no answer";
        counts.set(label, (counts.get(label) ?? 0) + 1);
        if (process && !names.includes(process)) names.push(process);
        tally.append(h("i", { class: process ? `by-${names.indexOf(process) % 4}` : "by-none" }));
        while (tally.children.length > 24) tally.firstElementChild.remove();
        tally.setAttribute("aria-label",
            [...counts].map(([each, count]) => `${each}: ${count}`).join(", "));
    }

    ask.addEventListener("click", async () => {
        ask.disabled = true;
        for (let count = 0; count < questionsPerRound; count += 1) await question();
        ask.disabled = false;
    });
    question();
    return h("p", {}, "Answered by ", name, tally, ask);
}

/** Counts by server-sent events. */
function listenerCount() {
    const text = h("span", { class: "live" }, "Listeners: …");
    let delay = 2000;

    function show(state, message) {
        text.dataset.state = state;
        if (text.textContent !== message) text.textContent = message;
    }

    function listen() {
        const source = new EventSource("/api/events");
        source.addEventListener("tick", (event) => {
            delay = 2000;
            const { listeners } = JSON.parse(event.data);
            show("open", listeners === 1 ? "You are listening alone" : `${listeners} listening now`);
        });
        source.addEventListener("error", () => {
            show("closed", "Live count is away");
            // A broken stream is opened again by the browser; a refusal (a 502, say) is final.
            if (source.readyState !== EventSource.CLOSED) return;
            setTimeout(listen, delay);
            delay = Math.min(delay * 2, 30_000);
        });
    }

    listen();
    return h("p", { class: "quiet" }, text);
}
