// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The frame of the app: routes, the pages that everyone sees first, and the footer that shows how
// the API is doing. Pages that not everyone visits are fetched when they are.

import { catalogue, cover, h, icon, svg } from "./core-zm3Zvq3A.js";
import { footer } from "./footer-RIG8Hz8c.js";
import { playerBar, trackList } from "./controls-C4OJ3s1p.js";
import { player } from "./player-Ej43Kd4p.js";
import { hills } from "./visual-0aRPoM7o.js";

const siteName = "Porchlight";

const routes = [
    [/^\/$/, homePage],
    [/^\/artist\/([^/]+)\/?$/, async (id) => {
        const { artistPage } = await import("./artist-k6cFLQ0A.js");
        return artistPage({ id, player, trackList, notFoundPage });
    }],
    [/^\/profile\/?$/, async () => {
        const { profilePage } = await import("./profile-Z02noI8c.js");
        return profilePage({ trackList, withHues });
    }],
];

// Pages: each gives a title, an element, and perhaps what to do when it is left

async function withHues(tracks) {
    const { artists } = await catalogue("/api/v1/artists");
    const hues = new Map(artists.map((artist) => [artist.id, artist.hue]));
    return tracks.map((track) => ({ ...track, hue: hues.get(track.artistId) ?? 30 }));
}

async function homePage() {
    const scene = h("canvas", { class: "scene", "aria-hidden": "true" });
    const start = h("button", { class: "button", type: "button" }, icon("play"), "Light the porch");
    const lists = h("div", { class: "lists" });
    const leave = hills(player, scene);
    const page = h("div", { class: "home" },
        h("section", { class: "hero" }, scene,
            h("div", { class: "hero-text" },
                h("h1", { tabindex: -1 }, "Music for the hour when the street goes quiet"),
                h("p", { class: "lead" },
                    "Twelve small tracks. No recordings: your browser plays every note itself."),
                h("p", { class: "actions" }, start))),
        lists);
    start.disabled = true;
    try {
        const [{ artists }, { tracks }] = await Promise.all([
            catalogue("/api/v1/artists"), catalogue("/api/v1/tracks"),
        ]);
        const coloured = await withHues(tracks);
        start.disabled = false;
        start.addEventListener("click", () => player.play(coloured[0], coloured));
        lists.append(artistShelf(artists), h("section", { "aria-labelledby": "tracks" },
            h("h2", { id: "tracks" }, "Tonight"), trackList(coloured)));
    } catch (error) {
        lists.append(trouble(error));
    }
    return { title: null, element: page, leave };
}

function artistShelf(artists) {
    return h("section", { "aria-labelledby": "artists" },
        h("h2", { id: "artists" }, "On the porch"),
        h("ul", { class: "shelf" }, artists.map((artist) =>
            h("li", { "--hue": artist.hue },
                h("a", { href: `/artist/${artist.id}` },
                    cover({ artistId: artist.id, hue: artist.hue }),
                    h("strong", {}, artist.name), h("span", {}, artist.genre))))));
}

function notFoundPage(reason = "There is no page at this address.") {
    const drawing = svg("svg", { class: "nobody", viewBox: "0 0 220 130", "aria-hidden": "true" },
        svg("circle", { cx: 110, cy: 52, r: 46, class: "nobody-glow" }),
        svg("path", { d: "M110 0V22M92 40a18 18 0 0 1 36 0z", class: "nobody-lamp" }),
        svg("path", {
            d: "M10 96H210M22 96V130M54 96V130M86 96V130M118 96V130M150 96V130M182 96V130",
            class: "nobody-rail",
        }));
    return {
        title: "Nobody home",
        element: h("div", { class: "not-found" }, drawing,
            h("p", { class: "eyebrow" }, "404"),
            h("h1", { tabindex: -1 }, "Nobody home"),
            h("p", { class: "lead" }, reason),
            h("p", {}, h("a", { class: "button", href: "/" }, "Back to the porch"))),
    };
}

/** What is shown where a list would be when the API does not answer. */
function trouble(error) {
    return h("section", { class: "trouble", role: "alert" },
        h("h2", {}, "The music is late"),
        h("p", {}, error.message ?? "Something went wrong."),
        h("button", { class: "button plain", type: "button", onclick: () => navigate() },
            "Try again"));
}

function failedPage(error) {
    // After a deployment the chunk that an open tab asks for may be gone: only a reload helps then.
    const isChunk = error instanceof TypeError;
    return {
        title: "Trouble",
        element: h("div", { class: "not-found" },
            h("h1", { tabindex: -1 }, isChunk ? "A newer porch is here" : "The music is late"),
            h("p", { class: "lead" }, isChunk ? "This page was updated while you were listening."
                : error.message),
            h("button", {
                class: "button", type: "button",
                onclick: () => (isChunk ? location.reload() : navigate()),
            }, isChunk ? "Reload" : "Try again")),
    };
}

// Navigation

const main = h("main", { id: "main" });
const navigation = h("nav", { "aria-label": "Main" },
    h("a", { href: "/" }, "Listen"), h("a", { href: "/profile" }, "Profile"));
let leavePage = () => {};
let visit = 0;

async function pageFor(path) {
    for (const [pattern, make] of routes) {
        const match = pattern.exec(path);
        if (match) return make(...match.slice(1));
    }
    return notFoundPage();
}

/** Shows the page of the current address. */
async function navigate({ isFirst = false } = {}) {
    visit += 1;
    const own = visit;
    main.setAttribute("aria-busy", "true");
    let page;
    try {
        page = await pageFor(location.pathname);
    } catch (error) {
        page = failedPage(error);
    }
    // Another link was followed while this page was on its way.
    if (own !== visit) return page.leave?.();
    leavePage();
    leavePage = page.leave ?? (() => {});
    document.title = page.title ? `${page.title} · ${siteName}` : siteName;
    main.replaceChildren(page.element);
    main.removeAttribute("aria-busy");
    for (const link of navigation.children) {
        const isHere = link.getAttribute("href") === location.pathname;
        link.toggleAttribute("aria-current", isHere);
        if (isHere) link.setAttribute("aria-current", "page");
    }
    if (isFirst) return undefined;
    // A screen reader goes on at the new heading, as it would on a page that the server sent.
    scrollTo(0, 0);
    main.querySelector("h1")?.focus({ preventScroll: true });
    return undefined;
}

function followLink(event) {
    const link = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey
        && !event.altKey && !event.defaultPrevented;
    if (!link || !isPlain || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
    if (url.hash && url.pathname === location.pathname) return;
    event.preventDefault();
    if (url.href !== location.href) history.pushState(null, "", url);
    navigate();
}

function pressKey(event) {
    const isTyping = event.target.closest?.("input, textarea, [contenteditable]");
    if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return;
    const onControl = event.target.closest?.("button, a");
    if (event.key === " " && !onControl) {
        event.preventDefault();
        player.toggle();
    } else if (event.key === "n") player.next();
    else if (event.key === "p") player.next(-1);
    else if (event.key === "m") player.toggleMute();
}

function logo() {
    return svg("svg", { class: "logo", viewBox: "0 0 32 32", "aria-hidden": "true" },
        svg("path", { d: "M16 3v5M8 18a8 8 0 0 1 16 0z", class: "logo-shade" }),
        svg("path", { d: "M11 18a5 5 0 0 0 10 0z", class: "logo-light" }),
        svg("path", { d: "M6 28h20", class: "logo-floor" }));
}

document.querySelector("#app").append(
    h("a", { class: "skip", href: "#main" }, "Skip to the music"),
    h("header", { class: "top" },
        h("a", { class: "brand", href: "/", "aria-label": "Porchlight, home" }, logo(), siteName),
        navigation),
    main, footer(), playerBar());

document.addEventListener("click", followLink);
document.addEventListener("keydown", pressKey);
addEventListener("popstate", () => navigate());
navigate({ isFirst: true });
