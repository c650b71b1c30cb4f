// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What hands touch: the list of tracks and the bar of the player.

import { clock, cover, h, icon, memory, setIcon } from "./core-zm3Zvq3A.js";
import { player } from "./player-Ej43Kd4p.js";
import { bars } from "./visual-0aRPoM7o.js";

// Tracks

export function trackList(tracks) {
    const list = h("ol", { class: "tracks" }, tracks.map((track) => row(track, tracks)));
    // The space bar has something to start before anything was chosen.
    if (player.queue.length === 0) player.queue = tracks;
    mark(list);
    return list;
}

/** Shows in a list which track plays. */
function mark(list) {
    for (const item of list.children) {
        const isCurrent = Number(item.dataset.id) === player.track?.id;
        const isPlaying = isCurrent && player.isPlaying;
        item.classList.toggle("current", isCurrent);
        item.classList.toggle("playing", isPlaying);
        const button = item.querySelector(".start");
        setIcon(button, isPlaying ? "pause" : "play");
        button.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"} ${item.dataset.title}`);
    }
}

player.addEventListener("change", () => document.querySelectorAll(".tracks").forEach(mark));

function row(track, tracks) {
    const start = h("button", { class: "start", type: "button" },
        h("span", { class: "number", "aria-hidden": "true" }, String(tracks.indexOf(track) + 1)),
        icon("play"));
    const toggle = () =>
        player.track?.id === track.id ? player.toggle() : player.play(track, tracks);
    start.addEventListener("click", (event) => {
        event.stopPropagation();
        toggle();
    });
    return h("li", {
        "data-id": track.id, "data-title": track.title, "--hue": track.hue,
        onclick: (event) => event.target.closest("a, button") || toggle(),
    },
    start,
    cover(track),
    h("div", { class: "names" },
        h("strong", {}, track.title),
        h("a", { href: `/artist/${track.artistId}` }, track.artist)),
    h("span", { class: "tag" }, `${track.voice} · ${track.scale}`),
    h("span", { class: "tempo" }, `${track.tempo} bpm`),
    heart(track),
    h("time", { datetime: `PT${track.seconds}S` }, clock(track.seconds)));
}

function heart(track) {
    const isLiked = memory.read("liked", []).includes(track.id);
    return h("button", {
        class: "heart", type: "button", "aria-pressed": String(isLiked),
        "aria-label": `Keep ${track.title}`,
        onclick: (event) => {
            const liked = new Set(memory.read("liked", []));
            const becomesLiked = !liked.delete(track.id);
            if (becomesLiked) liked.add(track.id);
            memory.write("liked", [...liked]);
            event.currentTarget.setAttribute("aria-pressed", String(becomesLiked));
        },
    }, icon("heart"));
}

// The player

export function playerBar() {
    const picture = h("div", { class: "bar-cover" });
    const title = h("strong", {});
    const artist = h("a", { href: "/" });
    const play = h("button", {
        class: "button round", type: "button", "aria-label": "Play", onclick: () => player.toggle(),
    }, icon("play"));
    const seek = slider("Position in the track", "seek", 0.1, (value) => player.seek(value));
    const volume = slider("Volume", "volume", 0.01, (value) => player.setVolume(value));
    const mute = control("volume", "Mute", () => player.toggleMute());
    const passed = h("time", {}, "0:00");
    const total = h("time", {}, "0:00");
    const notice = h("p", { class: "notice", role: "status" });
    const canvas = h("canvas", { class: "bars", "aria-hidden": "true" });
    volume.max = 1;

    const bar = h("section", { class: "bar", "aria-label": "Player", hidden: true },
        canvas,
        h("div", { class: "bar-track" }, picture, h("div", { class: "names" }, title, artist)),
        h("div", { class: "bar-buttons" },
            control("previous", "Previous track", () => player.next(-1)), play,
            control("next", "Next track", () => player.next())),
        h("div", { class: "bar-seek" }, passed, seek, total),
        h("div", { class: "bar-volume" }, mute, volume),
        notice);

    let shown = null;
    let isSeeking = false;
    seek.addEventListener("input", () => { isSeeking = true; });
    seek.addEventListener("change", () => { isSeeking = false; });

    function showPosition() {
        if (player.track === null) return;
        const position = isSeeking ? Number(seek.value) : player.position;
        if (!isSeeking) paint(seek, position, player.track.seconds);
        passed.textContent = clock(position);
        seek.setAttribute("aria-valuetext",
            `${clock(position)} of ${clock(player.track.seconds)}`);
    }

    function showTrack() {
        const { track } = player;
        shown = track;
        bar.hidden = false;
        document.body.classList.add("has-player");
        picture.replaceChildren(cover(track));
        title.textContent = track.title;
        artist.textContent = track.artist;
        artist.href = `/artist/${track.artistId}`;
        total.textContent = clock(track.seconds);
        notice.textContent = "";
        seek.max = track.seconds;
    }

    player.addEventListener("change", () => {
        if (player.track !== null && player.track !== shown) showTrack();
        setIcon(play, player.isPlaying ? "pause" : "play");
        play.setAttribute("aria-label", player.isPlaying ? "Pause" : "Play");
        setIcon(mute, player.isMuted || player.volume === 0 ? "mute" : "volume");
        mute.setAttribute("aria-pressed", String(player.isMuted));
        paint(volume, player.isMuted ? 0 : player.volume, 1);
        showPosition();
    });
    player.addEventListener("failure", (event) => { notice.textContent = event.detail; });
    paint(volume, player.volume, 1);
    setInterval(() => player.isPlaying && showPosition(), 250);
    bars(player, canvas);
    return bar;
}

function control(name, label, onclick) {
    return h("button", { class: "control", type: "button", "aria-label": label, onclick }, icon(name));
}

function slider(label, kind, step, onvalue) {
    return h("input", {
        type: "range", class: kind, min: 0, max: 1, step, value: 0, "aria-label": label,
        // Volume follows the hand; the position only when it lets go, or it would stutter.
        [kind === "seek" ? "onchange" : "oninput"]: (event) => onvalue(Number(event.target.value)),
        ...(kind === "seek" && {
            oninput: (event) => paint(event.target, event.target.value, event.target.max),
        }),
    });
}

/** Moves the handle and colours the way behind it. */
function paint(range, value, max) {
    range.value = value;
    range.style.setProperty("--share", `${(100 * value) / max}%`);
}
