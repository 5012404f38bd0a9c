/**
 * The memory in which a question is worked on: numbers of each row, and of each row that is looked at closely. One for all
 * scopes, for nothing of a question outlives it and nobody asks in the middle of it.
 */
import { ensure, instantiate, type Kernel } from "./Kernel.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"
import { type Signal, signals } from "./weights.ts"

/** What a question adds up for each row, and what is copied of the index. No two lists have the same name. */
const sums = ["wordSum", "coverageSum", "cosines", "own", "expanded", "score", "counts", "covered"] as const
const copies = ["lengths", "scales", "middles", "previous", "following", "speakers"] as const
const lists = ["touched", "found"] as const
const bytes = ["flags", "roles", "times"] as const
/** Of each row that is looked at closely: four bytes, or eight. */
const places = ["rows", "sessions", "one", "other"] as const
const columns = ["values", "base", "best0", "best1", "best2", ...signals] as const

type Sum = (typeof sums)[number]
type PerRow = Sum | (typeof copies)[number] | (typeof lists)[number] | (typeof bytes)[number]
export type Column = (typeof columns)[number]
type Name = PerRow | (typeof places)[number] | Column

/** Longest vector, and most bytes of rows at once; nothing stands at 0, and behind the rows some is read. */
const longest = 65_536
const vectorAt = 64
const rowsAt = vectorAt + longest
const fixedLength = rowsAt + longest + 64
const mostRows = 4_096

/** Rows that are looked at closely, at least. */
const leastPlaces = 800
const growth = 1.25

const aligned = (length: number): number => (length + 15) & ~15

export class Scratch {
  #kernel: Kernel | undefined
  #rows = 0
  #places = 0
  #at = new Map<Name, number>()

  get kernel(): Kernel {
    return (this.#kernel ??= instantiate(fixedLength))
  }

  /** Makes room for so many rows; what it held is undefined then, but for `counts` and `covered`, which are zeros. */
  fit(rows: number, some = leastPlaces): void {
    if (rows <= this.#rows && some <= this.#places) return
    this.#rows = Math.max(this.#rows, Math.ceil(rows * growth))
    this.#places = Math.max(this.#places, some)
    let at = fixedLength
    const lay = (names: ReadonlyArray<Name>, length: number): void => {
      for (const name of names) {
        this.#at.set(name, at)
        at += aligned(length)
      }
    }
    lay([...sums, ...copies, ...lists], this.#rows * 4)
    lay(bytes, this.#rows)
    lay(places, this.#places * 4)
    lay(columns, this.#places * 8)
    ensure(this.kernel, at)
    this.zeros("counts", this.#rows)
    this.zeros("covered", this.#rows)
  }

  /** Where it stands. */
  at(name: Name): number {
    return this.#at.get(name) ?? 0
  }

  /** Good until more room is made, like all views. */
  floats(name: Sum | "lengths" | "scales" | "middles", length: number): Float32Array {
    return new Float32Array(this.kernel.memory.buffer, this.at(name), length)
  }

  integers(
    name: "previous" | "following" | "speakers" | (typeof lists)[number] | (typeof places)[number],
    length: number
  ): Int32Array {
    return new Int32Array(this.kernel.memory.buffer, this.at(name), length)
  }

  bytes(name: (typeof bytes)[number], length: number): Uint8Array {
    return new Uint8Array(this.kernel.memory.buffer, this.at(name), length)
  }

  column(name: Column, length: number): Float64Array {
    return new Float64Array(this.kernel.memory.buffer, this.at(name), length)
  }

  /** The columns of all signals in a memory of their own: the answer outlives the question's. One piece, as they stand. */
  copied(length: number): Record<Signal, Float64Array> {
    const [first, second] = [this.at(signals[0]), this.at(signals[1])]
    const apart = (second - first) / 8
    const all = new Float64Array(this.kernel.memory.buffer, first, apart * signals.length).slice()
    const column = (i: number): Float64Array => all.subarray(i * apart, i * apart + length)
    return Object.fromEntries(signals.map((signal, i) => [signal, column(i)])) as Record<Signal, Float64Array>
  }

  zeros(name: Sum, length: number): Float32Array {
    return this.floats(name, length).fill(0)
  }

  /** Room for the rows of a term, and for how often it stands in each. */
  get found(): { readonly rows: Int32Array; readonly times: Uint8Array } {
    return { rows: this.integers("found", this.#rows), times: this.bytes("times", this.#rows) }
  }

  /** Copies what is read of each row of an index. */
  take(index: ScopeIndex): void {
    const { size } = index
    this.fit(size)
    this.floats("lengths", size).set(index.lengths.values)
    this.floats("scales", size).set(index.scales.values)
    this.integers("previous", size).set(index.previous.values)
    this.integers("following", size).set(index.following.values)
    this.integers("speakers", size).set(index.speakers.values)
    this.bytes("flags", size).set(index.flags.values)
    this.bytes("roles", size).set(index.roles.values)
  }

  /**
   * The cosine of a vector with each row of as many components, into `cosines`: `scales` and `middles` have each row's
   * scale and length; `scale`, `offset` and `norm` are the vector's.
   */
  compare(vector: Int8Array, rows: Int8Array, size: number, scale: number, offset: number, norm: number): void {
    const { kernel } = this
    const stride = vector.length
    const memory = new Int8Array(kernel.memory.buffer)
    memory.set(vector, vectorAt)
    // what is read behind a row counts nothing
    memory.fill(0, vectorAt + stride, vectorAt + ((stride + 15) & ~15))
    const most = Math.min(mostRows, Math.floor(longest / stride))
    for (let row = 0; row < size; row += most) {
      const count = Math.min(most, size - row)
      memory.set(rows.subarray(row * stride, (row + count) * stride), rowsAt)
      const [scales, lengths, into] = [this.at("scales"), this.at("middles"), this.at("cosines")]
      const by = row * 4
      kernel.cosines(count, stride, vectorAt, rowsAt, scales + by, lengths + by, scale, offset, norm, into + by)
    }
  }

  /** Places in order of falling values; of equal ones the earlier or the later. Another column is used for it. */
  falling(name: Column, length: number, first: "earlier" | "later"): Int32Array {
    const [one, other] = [this.at("one"), this.at("other")]
    const at = this.kernel.falling(length, this.at(name), first === "later" ? 1 : 0, one, other)
    return this.integers(at === one ? "one" : "other", length)
  }
}

export const scratch = new Scratch()
