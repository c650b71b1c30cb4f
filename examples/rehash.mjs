// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Renames the assets of the demo after their content, as a build tool would, and corrects every
// mention of them. To be run after a change in public/: node examples/rehash.mjs

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../public/", import.meta.url));
const folder = join(root, "assets");
const hashed = /^(.+)-[A-Za-z0-9]{8}(\.\w+)$/;

/** Eight letters and digits in a row, of every kind, those where digits and letters alternate most:
    nothing takes them for a word or a number. */
function hash(content) {
    const digest = createHash("sha256").update(content).digest("base64").replace(/[^A-Za-z0-9]/g, "");
    let best = "";
    for (let start = 0; start + 8 <= digest.length; start += 1) {
        const candidate = digest.slice(start, start + 8);
        const isMixed = [/\d/, /[a-z]/, /[A-Z]/].every((kind) => kind.test(candidate));
        if (isMixed && alternations(candidate) > alternations(best)) best = candidate;
    }
    if (best === "") throw new Error("a digest without eight mixed characters in a row");
    return best;
}

function alternations(text) {
    return (text.match(/\d(?=[A-Za-z])|[A-Za-z](?=\d)/g) ?? []).length;
}

const names = readdirSync(folder).filter((name) => hashed.test(name));
const contents = new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
const finished = new Map();

/** What a file mentions must have its final name before the file itself can be hashed. */
function finish(name, path = []) {
    if (finished.has(name)) return;
    if (path.includes(name)) throw new Error(`a circle: ${[...path, name].join(" → ")}`);
    let content = contents.get(name);
    for (const other of names) {
        if (other === name || !content.includes(other)) continue;
        finish(other, [...path, name]);
        content = content.replaceAll(other, finished.get(other));
    }
    const [, stem, extension] = hashed.exec(name);
    const newName = `${stem}-${hash(content)}${extension}`;
    finished.set(name, newName);
    writeFileSync(join(folder, name), content);
    if (newName === name) return;
    renameSync(join(folder, name), join(folder, newName));
    console.log(`${name} → ${newName}`);
}

for (const name of names) finish(name);
for (const page of ["index.html", "manifest.webmanifest"]) {
    let content = readFileSync(join(root, page), "utf8");
    for (const [name, newName] of finished) content = content.replaceAll(name, newName);
    writeFileSync(join(root, page), content);
}
