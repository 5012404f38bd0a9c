/** Numbers of many rows, without an object for each. */

export type Typed = Float64Array | Float32Array | Int32Array | Uint16Array | Int8Array | Uint8Array

/** What an index is made of: its arrays, in a fixed order and of fixed kinds, and numbers beside them. */
export interface Parts {
  readonly arrays: ReadonlyArray<Typed>
  readonly scalars: ReadonlyArray<number>
}

/** What is restored has no room: it grows with the first that comes, and shall not be half empty then. */
const growth = 1.25

/** A typed array that grows by a quarter. */
export class Column<A extends Typed> {
  #data: A
  #length = 0
  readonly #make: (length: number) => A

  constructor(make: (length: number) => A) {
    this.#make = make
    this.#data = make(64)
  }

  /** What it holds, without what stands behind. */
  get values(): A {
    return this.#data.subarray(0, this.#length) as A
  }

  /** These values, which are its own from now on, in the place of what it has; false where they are of another kind. */
  restore(values: Typed): boolean {
    if (this.#data.constructor !== values.constructor) return false
    this.#data = values as A
    this.#length = values.length
    return true
  }

  /** At least `length`; what stands behind is undefined. */
  get data(): A {
    return this.#data
  }

  get length(): number {
    return this.#length
  }

  get capacity(): number {
    return this.#data.length
  }

  get bytes(): number {
    return this.#data.byteLength
  }

  push(value: number): void {
    if (this.#length === this.#data.length) this.#grow(Math.ceil(this.#length * growth) + 1)
    this.#data[this.#length++] = value
  }

  append(values: ArrayLike<number>): void {
    const needed = this.#length + values.length
    if (needed > this.#data.length) this.#grow(Math.max(needed, Math.ceil(this.#data.length * growth)))
    this.#data.set(values, this.#length)
    this.#length = needed
  }

  /** Makes room for so many in all, where it is known beforehand. */
  reserve(length: number): void {
    if (length > this.#data.length) this.#grow(length)
  }

  #grow(length: number): void {
    const next = this.#make(length)
    next.set(this.#data.subarray(0, this.#length))
    this.#data = next
  }
}

export const doubles = (): Column<Float64Array> => new Column((length) => new Float64Array(length))
export const floats = (): Column<Float32Array> => new Column((length) => new Float32Array(length))
export const integers = (): Column<Int32Array> => new Column((length) => new Int32Array(length))
export const bytes = (): Column<Uint8Array> => new Column((length) => new Uint8Array(length))
export const signedBytes = (): Column<Int8Array> => new Column((length) => new Int8Array(length))
