// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Two drawings of the sound: hills under a moon for the home page, and bars for the player. Both draw
// only while something plays and the page is seen, and stand still for those who asked for stillness.

import { chance, prefersStillness } from "./core-zm3Zvq3A.js";

const hillColours = ["#232b3b", "#1d2534", "#18202d", "#131a24", "#0e1116"];

/** Sharp on every screen: as many pixels as the screen has in that place. */
function fit(canvas) {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
    }
    return { width, height, ratio };
}

/** Calls `draw(levels)` for every frame while `player` plays; returns what ends it. */
function animate(player, canvas, draw) {
    const still = new Uint8Array(256);
    const levels = new Uint8Array(256);
    let frame = 0;
    const once = () => draw(still);
    const step = () => {
        player.synth?.analyser.getByteFrequencyData(levels);
        draw(levels);
        frame = requestAnimationFrame(step);
    };
    const update = () => {
        cancelAnimationFrame(frame);
        if (player.isPlaying && !prefersStillness.matches) step();
        else once();
    };
    const observer = new ResizeObserver(update);
    observer.observe(canvas);
    player.addEventListener("change", update);
    prefersStillness.addEventListener("change", update);
    return () => {
        cancelAnimationFrame(frame);
        observer.disconnect();
        player.removeEventListener("change", update);
        prefersStillness.removeEventListener("change", update);
    };
}

/** How loud it is around a place in the spectrum, in 0...1, without steps between the bands. */
function loudness(levels, place) {
    const band = Math.floor(place);
    const share = place - band;
    return (levels[band] * (1 - share) + levels[band + 1] * share) / 255;
}

/** A moon and five hills; each hill listens to its own part of the spectrum. */
export function hills(player, canvas) {
    const context = canvas.getContext("2d");
    const random = chance(4);
    const stars = Array.from({ length: 70 }, () => [random(), random() * 0.62, random()]);
    const shapes = hillColours.map(() =>
        [1, 2.3, 5.1].map((waves) => ({ waves: waves * (1 + random() * 0.5), shift: random() * 7 })));

    function drawMoon(width, height, ratio, level) {
        const x = width * (width < 700 * ratio ? 0.76 : 0.74);
        const y = height * (width < 700 * ratio ? 0.25 : 0.42);
        const radius = Math.min(width * 0.15, height * 0.22);
        const glow = context.createRadialGradient(x, y, radius * 0.7, x, y, radius * (2.6 + level));
        glow.addColorStop(0, `rgba(255, 170, 84, ${0.3 + level * 0.14})`);
        glow.addColorStop(1, "rgba(255, 170, 84, 0)");
        context.fillStyle = glow;
        context.fillRect(0, 0, width, height);
        const disc = context.createLinearGradient(0, y - radius, 0, y + radius);
        disc.addColorStop(0, "#ffd9a0");
        disc.addColorStop(1, "#f08f3c");
        context.fillStyle = disc;
        context.beginPath();
        context.arc(x, y, radius * (1 + level * 0.04), 0, 7);
        context.fill();
    }

    return animate(player, canvas, (levels) => {
        const { width, height, ratio } = fit(canvas);
        context.clearRect(0, 0, width, height);
        context.fillStyle = "#f2e9da";
        for (const [x, y, size] of stars) {
            context.globalAlpha = 0.15 + size * 0.55;
            context.fillRect(x * width, y * height, (0.7 + size) * ratio, (0.7 + size) * ratio);
        }
        context.globalAlpha = 1;
        drawMoon(width, height, ratio, loudness(levels, 3) ** 2);
        shapes.forEach((waves, index) => {
            const base = height * (0.6 + index * 0.085);
            context.fillStyle = hillColours[index];
            context.beginPath();
            context.moveTo(0, height);
            for (let x = 0; x <= width + 6; x += 6) {
                const share = x / width;
                let lift = 0;
                for (const { waves: count, shift } of waves) {
                    lift += Math.sin(share * count * 3.6 + shift) / (count + 0.4);
                }
                // Each hill hears another octave, and most of all in its middle.
                const heard = loudness(levels, 3 + index * 8 + Math.abs(share - 0.5) * 26);
                const swell = heard ** 2 * Math.sin(share * Math.PI) * 0.1;
                context.lineTo(x, base - height * (lift * 0.075 + swell));
            }
            context.lineTo(width, height);
            context.fill();
        });
        const ground = context.createLinearGradient(0, height * 0.8, 0, height);
        ground.addColorStop(0, "rgba(14, 17, 22, 0)");
        ground.addColorStop(1, "#0e1116");
        context.fillStyle = ground;
        context.fillRect(0, height * 0.8, width, height * 0.2);
    });
}

/** A row of bars, low notes in the middle. */
export function bars(player, canvas) {
    const context = canvas.getContext("2d");
    return animate(player, canvas, (levels) => {
        const { width, height, ratio } = fit(canvas);
        context.clearRect(0, 0, width, height);
        const count = Math.max(12, Math.floor(width / (7 * ratio)));
        const pitch = width / count;
        context.fillStyle = "#ffb65c";
        for (let index = 0; index < count; index += 1) {
            const share = Math.abs((2 * index) / (count - 1) - 1);
            // Ears hear ratios: each bar covers a wider band than the one before.
            const level = loudness(levels, 2 + share ** 2 * 120) ** 1.6;
            if (level < 0.01) continue;
            context.globalAlpha = 0.06 + level * 0.2;
            context.fillRect(index * pitch, height * (1 - level), pitch * 0.6, height * level);
        }
    });
}
