/**
 * The embedder that comes with exoclaw: the mean of a text's word vectors, rare words weighing more. The vectors (2 MB)
 * are read with the first text.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Embedder, EmbedderError } from "../../src/memory/Embedder.ts"
import { hashOf } from "../../src/memory/recall/Words.ts"

interface Table {
  readonly count: number
  readonly dimensions: number
  /** Sorted; the words' own order is in `ranks`. */
  readonly hashes: Uint32Array
  readonly ranks: Uint16Array
  readonly scales: Float32Array
  readonly vectors: Int8Array
  /** Words that were looked for lately. */
  readonly places: Map<string, number>
}

const unknown = -1

/** Reads what `npm run bake:vectors` wrote. Throws where the file is missing or none of ours. */
const readTable = (file: string): Table => {
  const bytes = readFileSync(file)
  if (bytes.toString("latin1", 0, 4) !== "EXV1") throw new Error(`${file} holds no word vectors`)
  const count = bytes.readUInt32LE(4)
  const dimensions = bytes.readUInt32LE(8)
  // a large file is read into memory of its own, which needs no copy
  const { buffer, byteOffset: at } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  const scales = 16 + count * 4
  const ranks = scales + count * 4
  const vectors = ranks + count * 2
  return {
    count,
    dimensions,
    hashes: new Uint32Array(buffer, at + 16, count),
    scales: new Float32Array(buffer, at + scales, count),
    ranks: new Uint16Array(buffer, at + ranks, count),
    vectors: new Int8Array(buffer, at + vectors, count * dimensions),
    places: new Map()
  }
}

/** Words whose place is remembered; then all are forgotten at once. */
const remembered = 8_192

const rankOf = (table: Table, word: string): number => {
  const known = table.places.get(word)
  if (known !== undefined) return known
  if (table.places.size >= remembered) table.places.clear()
  const rank = search(table, word) ?? unknown
  table.places.set(word, rank)
  return rank
}

const search = (table: Table, word: string): number | undefined => {
  const wanted = hashOf(word)
  let low = 0
  let high = table.count - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = table.hashes[middle] ?? 0
    if (found === wanted) return table.ranks[middle]
    if (found < wanted) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/**
 * Smooth inverse frequency (Arora, Liang, Ma 2017): a / (a + p), p by Zipf and Mandelbrot's law from the word's rank.
 */
const weightOf = (rank: number): number => 1e-3 / (1e-3 + 1 / ((rank + 2.7) * 12.7))

const meanOf = (table: Table, words: ReadonlyArray<string>): Float32Array => {
  const { dimensions, scales, vectors } = table
  const sum = new Float32Array(dimensions)
  let total = 0
  for (const word of words) {
    const rank = rankOf(table, word)
    if (rank === unknown) continue
    const weight = weightOf(rank)
    const factor = weight * (scales[rank] ?? 0)
    const from = rank * dimensions
    for (let d = 0; d < dimensions; d++) sum[d] = (sum[d] as number) + factor * (vectors[from + d] as number)
    total += weight
  }
  if (total === 0) return new Float32Array()
  return sum.map((x) => x / total)
}

/** Beside the bundle and beside the source lies the same folder. */
const bakedFile = join(import.meta.dirname, "vectors", "english.bin")

export const layerOf = (file: string): Layer.Layer<Embedder> =>
  Layer.sync(Embedder, () => {
    let table: Table | undefined
    return {
      id: "english-glove-100d-20k",
      local: true,
      embed: (texts) =>
        Effect.try({
          try: () => {
            const loaded = (table ??= readTable(file))
            return texts.map(({ words }) => meanOf(loaded, words))
          },
          catch: (cause) => new EmbedderError({ message: `No word vectors: ${String(cause)}`, retryable: false })
        })
    }
  })

export const layer: Layer.Layer<Embedder> = layerOf(bakedFile)
