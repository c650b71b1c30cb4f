// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What every page needs: elements, the API, small stores, and the pictures drawn from a seed.

const icons = "/assets/icons-X27l88zK.svg";

/** Makes an element; properties that begin with `on` are listeners, all others attributes. */
export function h(tag, properties = {}, ...children) {
    return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties = {}, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

function fill(element, properties, children) {
    for (const [name, value] of Object.entries(properties)) {
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (name.startsWith("--")) element.style.setProperty(name, value);
        else if (value === true) element.setAttribute(name, "");
        else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child != null && child !== false));
    return element;
}

export function icon(name) {
    return svg("svg", { class: "icon", "aria-hidden": "true" },
        svg("use", { href: `${icons}#${name}` }));
}

export function setIcon(holder, name) {
    holder.querySelector("use").setAttribute("href", `${icons}#${name}`);
}

/** `m:ss` */
export function clock(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// The API

export class APIError extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

/** The JSON behind a path, or an `APIError` that can be shown. */
export async function api(path) {
    let response;
    try {
        response = await fetch(path, {
            headers: { Accept: "application/json" },
            signal: AbortSignal.timeout(8000),
        });
    } catch (error) {
        const isSlow = error.name === "TimeoutError";
        throw new APIError(0, isSlow ? "The API takes too long." : "The API cannot be reached.");
    }
    if (!response.ok) throw new APIError(response.status, `The API answered ${response.status}.`);
    try {
        return await response.json();
    } catch {
        throw new APIError(response.status, "The API answered something that is not JSON.");
    }
}

const kept = new Map();

/** As `api`, but asks only once for what does not change while the page is open. */
export function catalogue(path) {
    if (!kept.has(path)) {
        const answer = api(path);
        kept.set(path, answer);
        answer.catch(() => kept.delete(path));
    }
    return kept.get(path);
}

// What the browser remembers

export const memory = {
    read(name, fallback) {
        try {
            return JSON.parse(localStorage.getItem(`porchlight.${name}`)) ?? fallback;
        } catch {
            return fallback;
        }
    },
    write(name, value) {
        try {
            localStorage.setItem(`porchlight.${name}`, JSON.stringify(value));
        } catch {
            // A private window may refuse: then nothing is remembered, and nothing else is lost.
        }
    },
};

export const prefersStillness = matchMedia("(prefers-reduced-motion: reduce)");

/** Fetches the style of a page together with its script; resolves when it is in force. */
export function stylesheet(href) {
    if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
    return new Promise((resolve, reject) => {
        document.head.append(h("link", {
            rel: "stylesheet", href, onload: resolve,
            onerror: () => reject(new TypeError(`${href} is gone`)),
        }));
    });
}

// Chance that repeats itself

/** Numbers in 0..<1 that follow from the seed alone (the mulberry32 generator). */
export function chance(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
}

// Covers

const motifs = [lamp, fan, rain, swing];

/** A square picture for an artist (`seed` 0) or one of its tracks. */
export function cover({ artistId, hue, seed = 0 }) {
    const random = chance(seed * 7919 + artistId * 104729);
    const turn = seed === 0 ? hue : (hue + Math.round((random() - 0.5) * 36) + 360) % 360;
    const shade = (lightness, saturation = 55) => `hsl(${turn} ${saturation}% ${lightness}%)`;
    return svg("svg", {
        class: "cover", viewBox: "0 0 100 100", "aria-hidden": "true",
        preserveAspectRatio: "xMidYMid slice",
    },
    svg("rect", { width: 100, height: 100, fill: shade(15, 42) }),
    motifs[(artistId - 1) % motifs.length](random, shade));
}

function lamp(random, shade) {
    const x = 30 + random() * 40;
    const y = 30 + random() * 16;
    const glow = [46, 35, 25].map((radius, index) =>
        svg("circle", { cx: x, cy: y, r: radius, fill: shade(58, 80), opacity: 0.09 + index * 0.08 }));
    const posts = Array.from({ length: 9 }, (_, index) =>
        svg("rect", { x: 4 + index * 11.4, y: 76, width: 2.6, height: 24, fill: shade(7, 40) }));
    return [
        ...glow,
        svg("circle", { cx: x, cy: y, r: 12 + random() * 5, fill: shade(68, 92) }),
        svg("rect", { x: 0, y: 73, width: 100, height: 4, fill: shade(7, 40) }),
        ...posts,
    ];
}

function fan(random, shade) {
    const blades = 3 + Math.floor(random() * 4);
    const offset = random() * 360;
    return [
        svg("circle", { cx: 50, cy: 50, r: 44, fill: shade(21, 45) }),
        ...Array.from({ length: blades }, (_, index) =>
            svg("path", {
                d: "M50 50C58 36 76 22 66 9C56 4 46 22 50 50Z",
                fill: shade(38 + index * (26 / blades), 48),
                transform: `rotate(${offset + (index * 360) / blades} 50 50)`,
            })),
        svg("circle", { cx: 50, cy: 50, r: 6, fill: shade(84, 50) }),
    ];
}

function rain(random, shade) {
    const drops = Array.from({ length: 22 }, () => {
        const x = random() * 112 - 4;
        const y = random() * 62 - 8;
        const length = 7 + random() * 15;
        return svg("path", {
            d: `M${x} ${y}l${-length * 0.28} ${length}`, stroke: shade(58 + random() * 24, 62),
            "stroke-width": 1.5, "stroke-linecap": "round", opacity: 0.4 + random() * 0.6,
        });
    });
    const pools = Array.from({ length: 3 }, (_, index) => {
        const x = 18 + random() * 64;
        return [5, 10, 16].map((radius) =>
            svg("ellipse", {
                cx: x, cy: 76 + index * 8, rx: radius, ry: radius * 0.26, fill: "none",
                stroke: shade(70, 60), "stroke-width": 0.9, opacity: 0.85 - radius * 0.035,
            }));
    });
    return [
        svg("rect", { y: 66, width: 100, height: 34, fill: shade(22, 48) }), ...drops,
        ...pools.flat(),
    ];
}

function swing(random, shade) {
    const angle = (random() - 0.5) * 44;
    const arcs = [64, 54, 44, 34].map((radius, index) =>
        svg("circle", {
            cx: 50, cy: 4, r: radius, fill: shade(20 + index * 12, 40 + index * 6),
        }));
    const seat = svg("g", { transform: `rotate(${angle} 50 4)` },
        svg("path", { d: "M41 -30V72M59 -30V72", stroke: shade(90, 60), "stroke-width": 1.3 }),
        svg("rect", { x: 36, y: 71, width: 28, height: 5, rx: 2, fill: shade(90, 60) }));
    return [...arcs, seat];
}
