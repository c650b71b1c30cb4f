// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What plays, where it is, and what comes next. It makes no sound itself: the synthesiser is fetched
// when something is played for the first time.

import { memory } from "./core-zm3Zvq3A.js";

class Player extends EventTarget {
    track = null;
    queue = [];
    isPlaying = false;
    isMuted = false;
    volume = memory.read("volume", 0.8);
    /** Null until the first sound: browsers give it to a user's gesture only. */
    synth = null;
    #context = null;
    /** Where a paused track goes on. */
    #restingPosition = 0;
    /** Grows with every start, so that a start that was overtaken while waiting gives up. */
    #attempt = 0;
    #listenedSince = 0;

    get position() {
        if (!this.isPlaying || this.synth === null) return this.#restingPosition;
        return Math.min(this.synth.position, this.track.seconds);
    }

    /** Starts a track; `queue` is what "next" and "previous" walk through. */
    play(track, queue = this.queue) {
        this.#note();
        this.track = track;
        this.queue = queue;
        this.#restingPosition = 0;
        const { plays = 0, seconds = 0 } = memory.read("listened", {});
        memory.write("listened", { plays: plays + 1, seconds });
        this.#describe();
        return this.#start();
    }

    toggle() {
        if (this.track === null) return this.queue.length ? this.play(this.queue[0]) : undefined;
        return this.isPlaying ? this.pause() : this.#start();
    }

    pause() {
        this.#restingPosition = this.position;
        this.#attempt += 1;
        this.#note();
        this.isPlaying = false;
        this.synth?.stop();
        this.#changed();
    }

    next(step = 1) {
        if (this.track === null || this.queue.length === 0) return;
        if (step < 0 && this.position > 3) return void this.seek(0);
        const index = this.queue.findIndex((track) => track.id === this.track.id);
        const count = this.queue.length;
        this.play(this.queue[(index + step + count) % count]);
    }

    seek(seconds) {
        if (this.track === null) return;
        this.#restingPosition = Math.max(0, Math.min(seconds, this.track.seconds - 0.1));
        if (this.isPlaying) this.synth?.start(this.track, this.#restingPosition);
        this.#changed();
    }

    setVolume(volume) {
        this.volume = volume;
        this.isMuted = false;
        memory.write("volume", volume);
        this.#applyVolume();
    }

    toggleMute() {
        this.isMuted = !this.isMuted;
        this.#applyVolume();
    }

    async #start() {
        this.#attempt += 1;
        const attempt = this.#attempt;
        this.isPlaying = true;
        this.#listenedSince = performance.now();
        this.#changed();
        try {
            // Before anything is awaited: afterwards this is no longer the user's gesture.
            this.#context ??= new AudioContext({ latencyHint: "playback" });
            this.#context.resume();
            const { Synth } = await import("./synth-zdP9m61A.js");
            if (attempt !== this.#attempt) return;
            if (this.synth === null) {
                this.synth = new Synth(this.#context);
                this.synth.onend = () => this.next();
                this.#applyVolume();
            }
            this.synth.start(this.track, this.#restingPosition);
        } catch {
            this.isPlaying = false;
            this.dispatchEvent(new CustomEvent("failure", {
                detail: "This browser could not start the synthesiser.",
            }));
        }
        this.#changed();
    }

    /** Adds what was heard since the last start to the tally of the profile page. */
    #note() {
        if (!this.isPlaying) return;
        const { plays = 0, seconds = 0 } = memory.read("listened", {});
        const heard = (performance.now() - this.#listenedSince) / 1000;
        memory.write("listened", { plays, seconds: seconds + heard });
    }

    #applyVolume() {
        this.synth?.setVolume(this.isMuted ? 0 : this.volume);
        this.#changed();
    }

    #changed() {
        if ("mediaSession" in navigator) {
            navigator.mediaSession.playbackState = this.isPlaying ? "playing" : "paused";
        }
        this.dispatchEvent(new Event("change"));
    }

    #describe() {
        if (!("mediaSession" in navigator)) return;
        const { title, artist } = this.track;
        navigator.mediaSession.metadata = new MediaMetadata({ title, artist, album: "Porchlight" });
        const actions = {
            play: () => this.toggle(),
            pause: () => this.pause(),
            nexttrack: () => this.next(),
            previoustrack: () => this.next(-1),
            seekto: ({ seekTime }) => this.seek(seekTime),
        };
        for (const [action, handler] of Object.entries(actions)) {
            navigator.mediaSession.setActionHandler(action, handler);
        }
    }
}

export const player = new Player();
