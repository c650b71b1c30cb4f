// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The music of the demo: artists and tracks. A track carries no sound, only the recipe (seed, scale,
// tempo, mood) from which the page synthesises it.

export const artists = [
    {
        id: 1,
        name: "Teras Malam",
        genre: "Slow ambient",
        hue: 22,
        about:
            "Three neighbours, one porch lamp, and a tape recorder that never quite keeps time. " +
            "Teras Malam write music for the hour in which the street goes quiet.",
    },
    {
        id: 2,
        name: "Kipas Angin",
        genre: "Lo-fi pulse",
        hue: 168,
        about:
            "Named after the ceiling fan above the mixing desk, which is on every recording. " +
            "Soft drums, softer basslines, and a melody when the weather allows it.",
    },
    {
        id: 3,
        name: "Hujan Sore",
        genre: "Rain minimalism",
        hue: 214,
        about:
            "Afternoon rain on a tin roof, counted in fives and sevens. " +
            "Hujan Sore turn a leaking gutter into a percussion section.",
    },
    {
        id: 4,
        name: "Ayunan",
        genre: "Porch-swing pop",
        hue: 344,
        about:
            "Bright, small songs in swing time. Ayunan play every instrument on the left-hand side " +
            "of the shop, and none from the right.",
    },
];

const recipes = [
    [1, "Lamp on the Left", 96, 62, "pentatonic", "pad"],
    [1, "Nobody's Bicycle", 112, 58, "dorian", "pad"],
    [1, "Moth Hours", 128, 54, "minor", "glass"],
    [2, "Low Setting", 84, 84, "dorian", "pulse"],
    [2, "Extension Cord", 90, 92, "minor", "pulse"],
    [2, "Two in the Shade", 102, 88, "pentatonic", "pluck"],
    [3, "Tin Roof, Five Eight", 88, 76, "minor", "glass"],
    [3, "Gutter Sonata", 120, 70, "lydian", "glass"],
    [3, "After the Third Bucket", 98, 66, "pentatonic", "pad"],
    [4, "Push Me Higher", 76, 116, "major", "pluck"],
    [4, "Creak and Answer", 82, 108, "lydian", "pluck"],
    [4, "Home Before Dinner", 94, 104, "major", "pulse"],
];

export const tracks = recipes.map(([artistId, title, seconds, tempo, scale, voice], index) => ({
    id: index + 1,
    artistId,
    artist: artists.find((artist) => artist.id === artistId).name,
    title,
    seconds,
    tempo,
    scale,
    voice,
    seed: 1009 * (index + 1) + 31 * artistId,
}));
