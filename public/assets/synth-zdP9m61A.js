// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Makes a track audible: composes it from its seed, and plays it with oscillators and noise.
//
// A composition is a pure function from a step (a sixteenth note) to the notes that begin there, so
// seeking is nothing more than to go on from another step.

import { chance } from "./core-zm3Zvq3A.js";

const scales = {
    major: [0, 2, 4, 5, 7, 9, 11],
    minor: [0, 2, 3, 5, 7, 8, 10],
    dorian: [0, 2, 3, 5, 7, 9, 10],
    lydian: [0, 2, 4, 6, 7, 9, 11],
    pentatonic: [0, 2, 4, 7, 9],
};

const progressions = [[0, 5, 3, 4], [0, 3, 5, 4], [0, 2, 5, 3], [5, 3, 0, 4], [0, 4, 1, 3]];

const stepsPerBar = 16;

/** How each voice sounds and how busy its tracks are. */
const voices = {
    pad: { lead: "sine", density: 0.2, drums: 0, decay: 1.6, partial: 2, level: 0.16 },
    glass: { lead: "sine", density: 0.34, drums: 0.35, decay: 1.1, partial: 3.01, level: 0.15 },
    pluck: { lead: "triangle", density: 0.42, drums: 0.8, decay: 0.42, partial: 2, level: 0.2 },
    pulse: { lead: "square", density: 0.36, drums: 1, decay: 0.3, partial: 0, level: 0.07 },
};

class Composition {
    constructor(track) {
        const random = chance(track.seed);
        const pick = (list) => list[Math.floor(random() * list.length)];
        this.voice = voices[track.voice] ?? voices.pluck;
        this.scale = scales[track.scale] ?? scales.major;
        this.root = 45 + Math.floor(random() * 9);
        this.progression = pick(progressions);
        this.stepSeconds = 60 / track.tempo / 4;
        this.stepCount = Math.floor(track.seconds / this.stepSeconds);
        this.phrases = [this.#phrase(random), this.#phrase(random)];
        this.bass = pick([[0, 10], [0, 6, 10], [0, 8, 11], [0, 3, 8]]);
        this.kick = pick([[0, 8], [0, 7, 10], [0, 10]]);
    }

    /** Two bars of melody: a walk over the scale that likes strong beats. */
    #phrase(random) {
        let degree = Math.floor(random() * 5);
        return Array.from({ length: 2 * stepsPerBar }, (_, step) => {
            const weight = step % 4 === 0 ? 1.5 : step % 2 === 0 ? 1 : 0.35;
            if (random() > this.voice.density * weight) return null;
            degree = Math.max(-2, Math.min(9, degree + Math.round((random() - 0.5) * 5)));
            return { degree, level: 0.6 + random() * 0.4 };
        });
    }

    #frequency(degree, octave) {
        const size = this.scale.length;
        const wrapped = ((degree % size) + size) % size;
        const note = this.root + 12 * (octave + Math.floor(degree / size)) + this.scale[wrapped];
        return 440 * 2 ** ((note - 69) / 12);
    }

    /** What begins at a step. */
    at(step) {
        const bar = Math.floor(step / stepsPerBar);
        const beat = step % stepsPerBar;
        const chord = this.progression[bar % 4];
        const remaining = this.stepCount - step;
        const hasMelody = bar >= 2 && remaining > 2 * stepsPerBar;
        const hasDrums = bar >= 4 && bar % 16 !== 15 && remaining > 3 * stepsPerBar;
        const notes = [];
        if (beat === 0) {
            for (const degree of [0, 2, 4, bar % 2 === 0 ? 7 : 6]) {
                notes.push({ part: "pad", frequency: this.#frequency(chord + degree, 1), steps: 16 });
            }
        }
        if (bar >= 1 && this.bass.includes(beat)) {
            notes.push({ part: "bass", frequency: this.#frequency(chord, beat > 9 ? 0 : -1), steps: 4 });
        }
        const melody = this.phrases[Math.floor(bar / 4) % 2][step % (2 * stepsPerBar)];
        if (hasMelody && melody !== null) {
            const frequency = this.#frequency(melody.degree + (chord % 3), 2);
            notes.push({ part: "lead", frequency, level: melody.level });
        }
        if (hasDrums && this.voice.drums > 0) {
            if (this.voice.drums > 0.5 && this.kick.includes(beat)) notes.push({ part: "kick" });
            if (beat % 4 === 2) notes.push({ part: "hat", level: 1 });
            if (this.voice.drums === 1 && beat % 8 === 4) notes.push({ part: "brush" });
            if (beat % 4 === 3 && bar % 2 === 1) notes.push({ part: "hat", level: 0.4 });
        }
        return notes;
    }
}

export class Synth {
    onend = () => {};
    #composition = null;
    #bus = null;
    #timer = 0;
    #nextStep = 0;
    #trackSeconds = 0;
    /** When position 0 was, or would have been, on the clock of the context. */
    #origin = 0;

    constructor(context) {
        this.context = context;
        this.volume = new GainNode(context, { gain: 0.8 });
        this.analyser = new AnalyserNode(context, { fftSize: 512, smoothingTimeConstant: 0.82 });
        const limiter = new DynamicsCompressorNode(context, { threshold: -12, ratio: 5 });
        limiter.connect(this.analyser).connect(this.volume).connect(context.destination);
        this.input = limiter;
        this.noise = noise(context, 1, () => 1);
        this.room = new ConvolverNode(context, {
            buffer: noise(context, 2.4, (share) => (1 - share) ** 3),
        });
        this.room.connect(new GainNode(context, { gain: 0.5 })).connect(limiter);
    }

    get position() {
        return Math.max(0, this.context.currentTime - this.#origin);
    }

    setVolume(volume) {
        // Loudness is heard as a ratio: the square makes the slider feel even.
        this.volume.gain.setTargetAtTime(volume ** 2, this.context.currentTime, 0.03);
    }

    start(track, position) {
        this.stop();
        const composition = new Composition(track);
        this.#composition = composition;
        this.#trackSeconds = track.seconds;
        this.#origin = this.context.currentTime + 0.06 - position;
        this.#nextStep = Math.ceil(position / composition.stepSeconds);
        this.#bus = new GainNode(this.context, { gain: 0.9 });
        this.#bus.connect(this.input);
        this.#bus.connect(new GainNode(this.context, { gain: 0.35 })).connect(this.room);
        const delay = new DelayNode(this.context, { delayTime: composition.stepSeconds * 3 });
        const feedback = new GainNode(this.context, { gain: 0.34 });
        this.echo = new GainNode(this.context, { gain: 0.4 });
        this.echo.connect(delay).connect(feedback).connect(delay);
        delay.connect(this.#bus);
        this.#timer = setInterval(() => this.#schedule(), 60);
        this.#schedule();
    }

    stop() {
        clearInterval(this.#timer);
        const bus = this.#bus;
        if (bus === null) return;
        this.#bus = null;
        bus.gain.setTargetAtTime(0, this.context.currentTime, 0.02);
        setTimeout(() => bus.disconnect(), 200);
    }

    /** Hands over the notes of the next moments; a hidden page is woken only once a second. */
    #schedule() {
        const { stepSeconds, stepCount } = this.#composition;
        const ahead = document.hidden ? 1.6 : 0.25;
        const horizon = this.context.currentTime + ahead;
        for (; this.#nextStep < stepCount; this.#nextStep += 1) {
            const when = this.#origin + this.#nextStep * stepSeconds;
            if (when > horizon) break;
            for (const note of this.#composition.at(this.#nextStep)) this.#sound(note, when);
        }
        if (this.position >= this.#trackSeconds) {
            this.stop();
            this.onend();
        }
    }

    #sound(note, when) {
        const { stepSeconds, voice } = this.#composition;
        switch (note.part) {
        case "pad":
            for (const detune of [-7, 7]) {
                this.#tone({
                    type: "sawtooth", frequency: note.frequency, when, detune, attack: 0.5,
                    seconds: note.steps * stepSeconds + 0.6, level: 0.035, cutoff: 900,
                });
            }
            break;
        case "bass":
            this.#tone({
                type: "triangle", frequency: note.frequency, when, attack: 0.015,
                seconds: note.steps * stepSeconds, level: 0.3, cutoff: 500,
            });
            break;
        case "lead": {
            const level = voice.level * note.level;
            const lead = {
                type: voice.lead, frequency: note.frequency, when, attack: 0.006,
                seconds: voice.decay, level, cutoff: 3200, echoes: true,
            };
            this.#tone(lead);
            if (voice.partial > 0) {
                this.#tone({
                    ...lead, type: "sine", frequency: note.frequency * voice.partial,
                    seconds: voice.decay * 0.5, level: level * 0.3, cutoff: 7000,
                });
            }
            break;
        }
        case "kick":
            this.#tone({
                type: "sine", frequency: 118, glide: 44, when, attack: 0.003, seconds: 0.26,
                level: 0.5, cutoff: 2000,
            });
            break;
        case "hat":
            this.#hiss(when, 7500, 0.05, 0.055 * note.level);
            break;
        case "brush":
            this.#hiss(when, 2400, 0.16, 0.09);
            break;
        }
    }

    #tone({ type, frequency, glide, when, detune = 0, attack, seconds, level, cutoff, echoes }) {
        const source = new OscillatorNode(this.context, { type, frequency, detune });
        if (glide) source.frequency.exponentialRampToValueAtTime(glide, when + seconds * 0.5);
        const filter = new BiquadFilterNode(this.context, { type: "lowpass", frequency: cutoff });
        source.connect(filter);
        this.#shape(source, filter, when, attack, seconds, level, echoes);
    }

    #hiss(when, frequency, seconds, level) {
        const source = new AudioBufferSourceNode(this.context, { buffer: this.noise, loop: true });
        const filter = new BiquadFilterNode(this.context, { type: "highpass", frequency });
        source.connect(filter);
        this.#shape(source, filter, when, 0.002, seconds, level, false);
    }

    #shape(source, filter, when, attack, seconds, level, echoes) {
        const envelope = new GainNode(this.context, { gain: 0 });
        envelope.gain.setValueAtTime(0, when);
        envelope.gain.linearRampToValueAtTime(level, when + attack);
        envelope.gain.setTargetAtTime(0, when + attack, Math.max(seconds - attack, 0.02) / 3);
        filter.connect(envelope).connect(this.#bus);
        if (echoes) envelope.connect(this.echo);
        source.start(when);
        source.stop(when + seconds * 1.6);
    }
}

/** Noise for drums and, fading, for the echo of a room. */
function noise(context, seconds, level) {
    const count = Math.floor(context.sampleRate * seconds);
    const buffer = new AudioBuffer({
        length: count, numberOfChannels: 2, sampleRate: context.sampleRate,
    });
    for (const channel of [0, 1]) {
        const random = chance(channel + 1);
        const samples = buffer.getChannelData(channel);
        for (let index = 0; index < count; index += 1) {
            samples[index] = (random() * 2 - 1) * level(index / count);
        }
    }
    return buffer;
}
