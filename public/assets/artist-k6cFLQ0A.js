// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The page of one artist. Loaded when it is first visited.

import { APIError, catalogue, cover, h, icon } from "./core-zm3Zvq3A.js";

export async function artistPage({ id, player, trackList, notFoundPage }) {
    let artist;
    try {
        artist = await catalogue(`/api/v1/artists/${encodeURIComponent(id)}`);
    } catch (error) {
        if (error instanceof APIError && error.status === 404) {
            return notFoundPage("No artist by that number sits on this porch.");
        }
        throw error;
    }
    const tracks = artist.tracks.map((track) => ({ ...track, hue: artist.hue }));
    const minutes = Math.round(tracks.reduce((sum, track) => sum + track.seconds, 0) / 60);
    return {
        title: artist.name,
        element: h("article", { class: "artist", "--hue": artist.hue },
            h("header", { class: "artist-head" },
                h("div", { class: "artist-picture" }, cover({ artistId: artist.id, hue: artist.hue })),
                h("div", {},
                    h("p", { class: "eyebrow" }, artist.genre),
                    h("h1", { tabindex: -1 }, artist.name),
                    h("p", { class: "lead" }, artist.about),
                    h("p", { class: "actions" },
                        h("button", {
                            class: "button", type: "button",
                            onclick: () => player.play(tracks[0], tracks),
                        }, icon("play"), "Play all"),
                        h("span", { class: "quiet" },
                            `${tracks.length} tracks, ${minutes} minutes`)))),
            h("section", { "aria-label": `Tracks by ${artist.name}` }, trackList(tracks)),
            h("p", {}, h("a", { class: "back", href: "/" }, "All of the porch"))),
    };
}
