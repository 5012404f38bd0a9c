/**
 * Which rows have which term, without an object for each: a table of hashes, and for each term a chain of its rows. Of
 * what was restored the rows of a term stand one after the other instead: a third less to read, and nothing to walk.
 */
import { integers, type Typed } from "./Columns.ts"

const empty = -1

export class Postings {
  /** By slot: the id of its term. */
  #ids: Int32Array = new Int32Array(256).fill(empty)
  /** By id: its hash, its latest posting, and in how many different rows it stands. */
  readonly #hashes = integers()
  readonly #latest = integers()
  readonly #rows = integers()
  /** By posting: its row, and the posting of the same term before it. */
  readonly #rowOf = integers()
  readonly #before = integers()
  /**
   * What was restored: the different rows of each term, from the last to the first, and how often it stands there; those
   * of an id from its start to the next one's. Rows that are added are others.
   */
  #oldStarts: Int32Array = new Int32Array(1)
  #oldRows: Int32Array | Uint16Array = new Int32Array()
  #oldTimes: Uint8Array = new Uint8Array()
  #pairs = 0

  /** Number of different terms. */
  get size(): number {
    return this.#latest.length
  }

  /** Number of different terms of each row, summed up. */
  get pairs(): number {
    return this.#pairs
  }

  get bytes(): number {
    const old = this.#oldStarts.byteLength + this.#oldRows.byteLength + this.#oldTimes.byteLength
    return this.#columns.reduce((sum, column) => sum + column.bytes, this.#ids.byteLength + old)
  }

  /** What it is made of, in a fixed order. */
  get parts(): ReadonlyArray<Int32Array | Uint16Array | Uint8Array> {
    const frequencies = this.#rows.values
    const starts = new Int32Array(this.size + 1)
    for (let id = 0; id < this.size; id++) starts[id + 1] = (starts[id] as number) + (frequencies[id] as number)
    const rows = new Int32Array(starts[this.size] as number)
    const times = new Uint8Array(rows.length)
    const into = { rows, times }
    for (let id = 0; id < this.size; id++) this.collect(id, into, starts[id])
    const short = rows.every((row) => row <= 0xffff) ? new Uint16Array(rows) : rows
    return [this.#ids, this.#hashes.values, frequencies, starts, short, times]
  }

  /** Takes the `parts` of another one, which are its own from now on; false where they are none. */
  restore([ids, hashes, frequencies, starts, rows, times, ...more]: ReadonlyArray<Typed>): boolean {
    if (!(ids instanceof Int32Array && hashes instanceof Int32Array && frequencies instanceof Int32Array)) return false
    if (!(starts instanceof Int32Array && times instanceof Uint8Array)) return false
    if (!(rows instanceof Int32Array || rows instanceof Uint16Array) || more.length > 0) return false
    // a table of slots is a power of two, and has free ones
    if (ids.length < 256 || (ids.length & (ids.length - 1)) !== 0) return false
    if (hashes.length !== frequencies.length || starts.length !== frequencies.length + 1) return false
    if (starts.at(-1) !== rows.length || times.length !== rows.length) return false
    this.#ids = ids
    this.#hashes.restore(hashes)
    this.#rows.restore(frequencies)
    this.#latest.restore(new Int32Array(frequencies.length).fill(empty))
    this.#oldStarts = starts
    this.#oldRows = rows
    this.#oldTimes = times
    this.#pairs = rows.length
    return true
  }

  get #columns() {
    return [this.#hashes, this.#latest, this.#rows, this.#rowOf, this.#before]
  }

  /** Makes room for so many postings. */
  reserve(postings: number): void {
    this.#rowOf.reserve(postings)
    this.#before.reserve(postings)
  }

  /** The id of a term by its hash; undefined where no row has it. */
  idOf(hash: number): number | undefined {
    const id = this.#ids[this.#slotOf(hash | 0)] as number
    return id === empty ? undefined : id
  }

  /** In how many rows a term stands. */
  frequency(id: number): number {
    return this.#rows.data[id] ?? 0
  }

  /** Notes that a row, none before the last one, has a term; gives the term's id. */
  add(hash: number, row: number): number {
    const key = hash | 0
    const slot = this.#slotOf(key)
    let id = this.#ids[slot] as number
    let latest = empty
    if (id === empty) {
      id = this.#latest.length
      this.#ids[slot] = id
      this.#hashes.push(key)
      this.#latest.push(empty)
      this.#rows.push(0)
      if (id * 2 > this.#ids.length) this.#grow()
    } else latest = this.#latest.data[id] as number
    if (latest === empty || this.#rowOf.data[latest] !== row) {
      this.#rows.data[id] = (this.#rows.data[id] as number) + 1
      this.#pairs += 1
    }
    this.#latest.data[id] = this.#rowOf.length
    this.#rowOf.push(row)
    this.#before.push(latest)
    return id
  }

  /**
   * Writes the rows of a term into `into`, from the place `from` on, from the last row to the first, each once, with how
   * often it stands there; gives the place behind them.
   */
  collect(id: number, into: { readonly rows: Int32Array; readonly times: Uint8Array }, from = 0): number {
    const rows = this.#rowOf.data
    const before = this.#before.data
    let count = from
    let last = empty
    for (let at = this.#latest.data[id] ?? empty; at !== empty; at = before[at] as number) {
      const row = rows[at] as number
      if (row === last) {
        // a word that stands there more often says no more
        if ((into.times[count - 1] as number) < 255) into.times[count - 1] = (into.times[count - 1] as number) + 1
        continue
      }
      into.rows[count] = row
      into.times[count++] = 1
      last = row
    }
    const start = this.#oldStarts[id] ?? 0
    const end = this.#oldStarts[id + 1] ?? start
    if (end === start) return count
    into.rows.set(this.#oldRows.subarray(start, end), count)
    into.times.set(this.#oldTimes.subarray(start, end), count)
    return count + end - start
  }

  #slotOf(key: number): number {
    const mask = this.#ids.length - 1
    const hashes = this.#hashes.data
    let slot = key & mask
    for (let id; (id = this.#ids[slot] as number) !== empty && hashes[id] !== key;) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    this.#ids = new Int32Array(this.#ids.length * 2).fill(empty)
    for (let id = 0; id < this.size; id++) this.#ids[this.#slotOf(this.#hashes.data[id] as number)] = id
  }
}
