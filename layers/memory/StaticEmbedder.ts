/**
 * The embedder that comes with exoclaw: the mean of a text's word vectors, rare words weighing more. Where its words
 * stand in the file (0.2 MB) is read with the first text; the vectors themselves (2 MB) with the first batch, for a
 * question needs a dozen of them, and most of these were in the questions before.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { closeSync, openSync, readSync } from "node:fs"
import { join } from "node:path"
import { Embedder, EmbedderError } from "../../src/memory/Embedder.ts"
import { instantiate, type Kernel } from "../../src/memory/recall/Kernel.ts"
import { hashOf } from "../../src/memory/recall/Words.ts"

interface Table {
  /** Open as long as the embedder is: places and vectors are of the same file, also when another takes its name. */
  readonly descriptor: number
  readonly count: number
  readonly dimensions: number
  readonly scales: Float32Array
  /** Where the first vector stands in the file. */
  readonly vectorsAt: number
  readonly rankOf: (word: string) => number
  /** All vectors, from the first batch on. */
  vectors: Vectors | undefined
  /** Until then: those read lately, by rank. */
  readonly read: Map<number, Int8Array>
}

/** Vectors in the memory of the loop that adds them up: behind the places and factors of some words, and their mean. */
interface Vectors {
  readonly kernel: Kernel
  readonly places: Int32Array
  readonly factors: Float64Array
  readonly mean: Float32Array
}

/** Words of a text that are added up at once. */
const mostWords = 4_096
const factorsAt = mostWords * 4
const meanAt = factorsAt + mostWords * 8

const unknown = -1
const notYet = -2

/** "EXV1", in a head of so many bytes; then hashes, scales, ranks and vectors. */
const magic = 0x31565845
const headLength = 16
/** Bytes of a word but for its vector. */
const placeLength = 10

const readInto = (descriptor: number, bytes: Uint8Array, position: number): void => {
  for (let at = 0; at < bytes.length;) {
    const read = readSync(descriptor, bytes, at, bytes.length - at, position + at)
    if (read === 0) throw new Error("the file of word vectors is cut")
    at += read
  }
}

const readAt = (descriptor: number, length: number, position: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length)
  readInto(descriptor, bytes, position)
  return bytes
}

/** Reads what `npm run bake:vectors` wrote, but for the vectors. Throws where the file is none of ours. */
const readTable = (descriptor: number): Table => {
  const view = new DataView(readAt(descriptor, headLength, 0).buffer)
  if (view.getUint32(0, true) !== magic) throw new Error("the file holds no word vectors")
  const count = view.getUint32(4, true)
  const dimensions = view.getUint32(8, true)
  const { buffer } = readAt(descriptor, count * placeLength, headLength)
  const hashes = new Uint32Array(buffer, 0, count)
  const ranks = new Uint16Array(buffer, count * 8, count)
  return {
    descriptor,
    count,
    dimensions,
    scales: new Float32Array(buffer, count * 4, count),
    vectorsAt: headLength + count * placeLength,
    rankOf: remembering((hash) => rankOf(hashes, ranks, hash)),
    vectors: undefined,
    read: new Map()
  }
}

const openTable = (file: string): Table => {
  const descriptor = openSync(file, "r")
  try {
    return readTable(descriptor)
  } catch (cause) {
    closeSync(descriptor)
    throw cause
  }
}

/** From so many texts at once on, all vectors are read. */
const batch = 16

const readVectors = ({ count, descriptor, dimensions, vectorsAt }: Table): Vectors => {
  const length = count * dimensions
  const kernel = instantiate(meanAt + dimensions * 4 + length)
  const { buffer } = kernel.memory
  readInto(descriptor, new Uint8Array(buffer, meanAt + dimensions * 4, length), vectorsAt)
  return {
    kernel,
    places: new Int32Array(buffer, 0, mostWords),
    factors: new Float64Array(buffer, factorsAt, mostWords),
    mean: new Float32Array(buffer, meanAt, dimensions)
  }
}

/** By the words' hashes, which are sorted: how common the word is, of all that have vectors. */
const rankOf = (hashes: Uint32Array, ranks: Uint16Array, wanted: number): number => {
  let low = 0
  let high = hashes.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = hashes[middle] ?? 0
    if (found === wanted) return ranks[middle] ?? unknown
    if (found < wanted) low = middle + 1
    else high = middle - 1
  }
  return unknown
}

/** Hashes whose rank is remembered: one for each place that a hash may be at. */
const remembered = 8_192

const remembering = (find: (hash: number) => number): ((word: string) => number) => {
  const hashes = new Uint32Array(remembered)
  const ranks = new Int32Array(remembered).fill(notYet)
  return (word) => {
    const hash = hashOf(word)
    const place = hash & (remembered - 1)
    const known = ranks[place] as number
    if (known !== notYet && hashes[place] === hash) return known
    const rank = find(hash)
    hashes[place] = hash
    ranks[place] = rank
    return rank
  }
}

/**
 * Smooth inverse frequency (Arora, Liang, Ma 2017): a / (a + p), p by Zipf and Mandelbrot's law from the word's rank.
 */
const weightOf = (rank: number): number => 1e-3 / (1e-3 + 1 / ((rank + 2.7) * 12.7))

/** Vectors that are kept one by one; then all are forgotten at once. */
const keptVectors = 512

const vectorOf = ({ descriptor, dimensions, read, vectorsAt }: Table, rank: number): Int8Array => {
  const known = read.get(rank)
  if (known !== undefined) return known
  if (read.size >= keptVectors) read.clear()
  const vector = new Int8Array(readAt(descriptor, dimensions, vectorsAt + rank * dimensions).buffer)
  read.set(rank, vector)
  return vector
}

/** A question's: the vectors are read one by one. The sum is rounded after each, as the loop does it. */
const meanOfFew = (table: Table, words: ReadonlyArray<string>): Float32Array => {
  const { dimensions, scales } = table
  const sum = new Float32Array(dimensions)
  let total = 0
  for (const word of words) {
    const rank = table.rankOf(word)
    if (rank === unknown) continue
    const weight = weightOf(rank)
    const factor = weight * (scales[rank] ?? 0)
    const vector = vectorOf(table, rank)
    for (let d = 0; d < dimensions; d++) sum[d] = (sum[d] as number) + factor * (vector[d] as number)
    total += weight
  }
  if (total === 0) return new Float32Array()
  for (let d = 0; d < dimensions; d++) sum[d] = (sum[d] as number) / total
  return sum
}

const meanOf = (table: Table, words: ReadonlyArray<string>): Float32Array => {
  const { dimensions, scales, vectors } = table
  if (vectors === undefined) return meanOfFew(table, words)
  const { factors, kernel, mean, places } = vectors
  let total = 0
  let count = 0
  for (const word of words) {
    const rank = table.rankOf(word)
    if (rank === unknown || count === mostWords) continue
    const weight = weightOf(rank)
    places[count] = rank
    factors[count++] = weight * (scales[rank] as number)
    total += weight
  }
  if (total === 0) return new Float32Array()
  kernel.mean(count, dimensions, 0, factorsAt, meanAt + dimensions * 4, total, meanAt)
  return mean.slice()
}

/** Beside the bundle and beside the source lies the same folder. */
const bakedFile = join(import.meta.dirname, "vectors", "english.bin")

export const layerOf = (file: string): Layer.Layer<Embedder> =>
  Layer.effect(
    Embedder,
    Effect.gen(function* () {
      let table: Table | undefined
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          if (table !== undefined) closeSync(table.descriptor)
          table = undefined
        })
      )
      return {
        id: "english-glove-100d-20k",
        local: true,
        embed: (texts) =>
          Effect.try({
            try: () => {
              const opened = (table ??= openTable(file))
              if (texts.length >= batch && opened.vectors === undefined) {
                opened.vectors = readVectors(opened)
                opened.read.clear()
              }
              return texts.map(({ words }) => meanOf(opened, words))
            },
            catch: (cause) => new EmbedderError({ message: `No word vectors: ${String(cause)}`, retryable: false })
          })
      }
    })
  )

export const layer: Layer.Layer<Embedder> = layerOf(bakedFile)
