/** How close a question's vector is to each utterance's, both seen from the middle of the scope. */
import { quantise } from "./Features.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"
import type { Scratch } from "./Scratch.ts"
import type { Parts } from "./Columns.ts"

/** So many utterances weigh as much as the assumption that the middle is zero. */
const prior = 30

/** How many rows the middle of so many is taken from: a function of the size alone, which changes with every tenth. */
const sampled = (size: number): number => {
  let rows = 64
  if (size <= rows) return size
  while (Math.floor(rows * 1.1) <= size) rows = Math.floor(rows * 1.1)
  return rows
}

/** The middle of a scope's vectors, and how far each is from it. */
export class Middle {
  /** Rows that were measured, and those that the middle is of. */
  #size = 0
  #sample = 0
  #dimensions = 0
  #mean: Float64Array = new Float64Array(0)
  /** By row: the length of what is left of its vector without the middle. */
  #lengths: Float32Array = new Float32Array(0)

  /** What was measured, for a snapshot. */
  get parts(): Parts {
    return {
      arrays: [this.#mean, this.#lengths.subarray(0, this.#size)],
      scalars: [this.#size, this.#sample, this.#dimensions]
    }
  }

  static of({ arrays: [mean, lengths], scalars }: Parts): Middle | undefined {
    const [size = 0, sample = 0, dimensions = 0] = scalars
    if (!(mean instanceof Float64Array && lengths instanceof Float32Array)) return undefined
    if (lengths.length !== size || (size > 0 && mean.length !== dimensions)) return undefined
    const middle = new Middle()
    middle.#mean = mean
    middle.#lengths = lengths
    middle.#size = size
    middle.#sample = sample
    middle.#dimensions = dimensions
    return middle
  }

  /** The cosine of a question's vector with each row, into `cosines`; nothing where one of them has none. */
  compare(index: ScopeIndex, query: Float32Array, scratch: Scratch): void {
    const { dimensions, size } = index
    if (dimensions === 0 || query.length !== dimensions) return
    if (sampled(size) !== this.#sample || dimensions !== this.#dimensions) this.#measure(index)
    else if (size > this.#size) this.#measureRows(index, this.#size)
    this.#size = size
    const mean = this.#mean
    const centred = query.map((x, d) => x - (mean[d] ?? 0))
    const { scale, vector } = quantise(centred)
    if (vector.length === 0) return
    let square = 0
    let offset = 0
    for (let d = 0; d < dimensions; d++) {
      const x = centred[d] as number
      square += x * x
      offset += x * (mean[d] as number)
    }
    scratch.floats("middles", size).set(this.#lengths.subarray(0, size))
    scratch.compare(vector, index.vectors.data, size, scale, offset, Math.sqrt(square))
  }

  #measure(index: ScopeIndex): void {
    const { dimensions } = index
    const sample = sampled(index.size)
    const mean = new Float64Array(dimensions)
    const vectors = index.vectors.data
    for (let row = 0, from = 0; row < sample; row++, from += dimensions) {
      const scale = index.scales.data[row] ?? 0
      if (scale === 0) continue
      for (let d = 0; d < dimensions; d++) mean[d] = (mean[d] as number) + scale * (vectors[from + d] as number)
    }
    this.#mean = mean.map((sum) => sum / (sample + prior))
    this.#sample = sample
    this.#dimensions = dimensions
    this.#measureRows(index, 0)
  }

  #measureRows(index: ScopeIndex, from: number): void {
    const { dimensions, size } = index
    if (this.#lengths.length < size) {
      const lengths = new Float32Array(Math.ceil(size * 1.25))
      lengths.set(this.#lengths)
      this.#lengths = lengths
    }
    const mean = this.#mean
    const vectors = index.vectors.data
    for (let row = from; row < size; row++) {
      const scale = index.scales.data[row] ?? 0
      let square = 0
      for (let d = 0, at = row * dimensions; d < dimensions; d++, at++) {
        const x = scale * (vectors[at] as number) - (mean[d] as number)
        square += x * x
      }
      // an utterance without a vector is nowhere near
      this.#lengths[row] = scale === 0 ? 0 : Math.sqrt(square)
    }
  }
}
