/**
 * All utterances of one scope as recall looks through them: in order of arrival, neighbours linked, terms inverted.
 * Derived from stored features, kept while it is used, never stored itself.
 */
import { bytes, doubles, floats, integers, type Parts, signedBytes } from "./Columns.ts"
import { FeatureReader } from "./Features.ts"
import { Postings } from "./Postings.ts"

/** A pause that ends a session: what is said after it is no neighbour of what was said before. */
const pause = 3 * 3_600_000

/** Different terms of an utterance, to make room for; with more of them, room is made when it is needed. */
const usualTerms = 14

/** What a neighbour's word counts in an utterance: itself, one and two away. */
export const nearness = [1, 0.5, 0.25] as const

export class ScopeIndex {
  /** What the store said of the scope when this was read. */
  readonly generation: string
  /** Places, sorted. */
  readonly places = integers()
  readonly at = doubles()
  readonly tokens = integers()
  readonly flags = bytes()
  readonly capitals = bytes()
  /** 0 user, 1 assistant. */
  readonly roles = bytes()
  /** Hash of the speaker's term, 0 where the role says who it was. */
  readonly speakers = integers()
  readonly sessions = integers()
  /** The utterance before and behind in the same session, or -1. */
  readonly previous = integers()
  readonly following = integers()
  /** Terms, and terms of neighbours by their nearness. */
  readonly lengths = floats()
  /** The share of its different terms that nobody had said before. */
  readonly novelty = floats()
  /** Ids of its different terms, from `starts[i]` to `starts[i + 1]`. */
  readonly terms = integers()
  readonly starts = integers()
  /** One row of `dimensions` for each utterance; zeros where it has none. */
  readonly vectors = signedBytes()
  readonly scales = floats()
  readonly postings = new Postings()
  readonly #reader = new FeatureReader()
  #dimensions = 0
  #totalLength = 0
  #speakerSet = new Set<number>()
  #lastOf = new Map<number, number>()
  #sessionCount = 0
  readonly #own = integers()

  /** `rows` is how many are expected. */
  constructor(generation: string, rows = 0) {
    this.generation = generation
    for (const column of this.#perRow) column.reserve(rows + 1)
    this.terms.reserve(rows * usualTerms)
    this.postings.reserve(rows * usualTerms)
    this.starts.push(0)
  }

  /** What it is made of, in a fixed order and of fixed kinds: for a snapshot. */
  get parts(): Parts {
    const speakers = [...this.#speakerSet]
    const latest = [...this.#lastOf].flat()
    const counts = [this.#dimensions, this.#totalLength, this.#sessionCount, speakers.length]
    const columns = this.#columns.map((column) => column.values)
    return { arrays: [...columns, ...this.postings.parts], scalars: [...counts, ...speakers, ...latest] }
  }

  /** The index that these are of; undefined where they are of none. */
  static of(generation: string, { arrays, scalars }: Parts): ScopeIndex | undefined {
    const index = new ScopeIndex(generation)
    const columns = index.#columns
    const restored = columns.every((column, i) => column.restore(arrays[i] ?? new Uint8Array()))
    if (!restored || !index.postings.restore(arrays.slice(columns.length))) return undefined
    const [dimensions = 0, totalLength = 0, sessionCount = 0, speakers = 0, ...rest] = scalars
    index.#dimensions = dimensions
    index.#totalLength = totalLength
    index.#sessionCount = sessionCount
    index.#speakerSet = new Set(rest.slice(0, speakers))
    for (let i = speakers; i + 1 < rest.length; i += 2) index.#lastOf.set(rest[i] ?? 0, rest[i + 1] ?? 0)
    const rows = index.size
    const isWhole = index.#perRow.every((column) => column.length === (column === index.starts ? rows + 1 : rows))
    const fits = index.vectors.length === rows * dimensions && index.postings.pairs === index.terms.length
    return isWhole && fits ? index : undefined
  }

  get #columns() {
    return [...this.#perRow, this.terms, this.vectors]
  }

  get #perRow() {
    const columns = [this.places, this.at, this.tokens, this.flags, this.capitals, this.roles, this.speakers]
    const more = [this.sessions, this.previous, this.following, this.lengths, this.novelty, this.starts, this.scales]
    return [...columns, ...more, this.#own]
  }

  get size(): number {
    return this.places.length
  }

  get dimensions(): number {
    return this.#dimensions
  }

  /** The highest place it has. */
  get last(): number {
    return this.size === 0 ? 0 : (this.places.data[this.size - 1] ?? 0)
  }

  get averageLength(): number {
    return this.size === 0 ? 1 : this.#totalLength / this.size
  }

  /** Terms of the speakers' names; empty where all go by their roles. */
  get speakerTerms(): ReadonlySet<number> {
    return this.#speakerSet
  }

  get sessionCount(): number {
    return this.#sessionCount
  }

  /** About what it takes of memory. */
  get bytes(): number {
    const fixed = this.#perRow.reduce((sum, column) => sum + column.bytes, this.terms.bytes + this.vectors.bytes)
    return fixed + this.postings.bytes + this.#lastOf.size * 48
  }

  /** Rows of the utterances at these places. */
  rowOf(place: number): number | undefined {
    let low = 0
    let high = this.size - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = this.places.data[middle] ?? 0
      if (found === place) return middle
      if (found < place) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  /** Takes the utterance at a place above all it has; false where the bytes are none of ours. */
  add(place: number, encoded: Uint8Array): boolean {
    const features = this.#reader
    if (!features.read(encoded)) return false
    const row = this.size
    const { speaker } = features
    this.places.push(place)
    this.at.push(features.at)
    this.tokens.push(features.tokens)
    this.flags.push(features.flags)
    this.capitals.push(features.capitals)
    this.roles.push(features.role)
    this.speakers.push(speaker)
    if (speaker !== 0) this.#speakerSet.add(speaker >>> 0)
    this.#addVector(row, features)
    this.#link(row, features)
    this.#addTerms(row, features)
    return true
  }

  #addVector(row: number, { dimensions, scale, vector }: FeatureReader): void {
    if (this.#dimensions === 0 && dimensions > 0) {
      this.#dimensions = dimensions
      this.vectors.reserve(this.places.capacity * dimensions)
      this.vectors.append(new Int8Array(row * dimensions))
    }
    // another embedder's, until it is computed anew
    const fits = dimensions === this.#dimensions
    this.vectors.append(fits ? vector : new Int8Array(this.#dimensions))
    this.scales.push(fits ? scale : 0)
  }

  #link(row: number, { at, conversation }: FeatureReader): void {
    const before = this.#lastOf.get(conversation) ?? -1
    const same = before >= 0 && Math.abs(at - (this.at.data[before] ?? 0)) <= pause
    this.#lastOf.set(conversation, row)
    this.previous.push(same ? before : -1)
    this.following.push(-1)
    if (same) this.following.data[before] = row
    this.sessions.push(same ? (this.sessions.data[before] ?? 0) : this.#sessionCount++)
  }

  #addTerms(row: number, { firstTerm, numbers, terms: count }: FeatureReader): void {
    const { postings } = this
    const from = this.terms.length
    let fresh = 0
    for (let i = firstTerm; i < firstTerm + count; i++) {
      const known = postings.size
      const id = postings.add(numbers[i] as number, row)
      if (id === known) fresh += 1
      // not one that the row has already
      if (postings.pairs > this.terms.length) this.terms.push(id)
    }
    const own = this.terms.length - from
    this.starts.push(this.terms.length)
    this.novelty.push(own === 0 ? 0 : fresh / own)
    this.#own.push(count)
    this.lengths.push(0)
    this.#lengthen(row, count * nearness[0])
    let before = row
    for (const weight of [nearness[1], nearness[2]]) {
      before = this.previous.data[before] ?? -1
      if (before < 0) break
      this.#lengthen(before, count * weight)
      this.#lengthen(row, (this.#own.data[before] ?? 0) * weight)
    }
  }

  #lengthen(row: number, by: number): void {
    this.lengths.data[row] = (this.lengths.data[row] ?? 0) + by
    this.#totalLength += by
  }
}
