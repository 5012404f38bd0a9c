/** How close a question's vector is to each utterance's, both seen from the middle of the scope. */
import { quantise } from "./Features.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"

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
  #mean = new Float64Array(0)
  #square = 0
  /** By row: the length of what is left of its vector without the middle, and its product with the middle. */
  #lengths = new Float32Array(0)
  #products = new Float32Array(0)

  /** Cosines for all rows into `into`; false where there is nothing to compare. */
  cosines(index: ScopeIndex, query: Float32Array, into: Float32Array): boolean {
    const { dimensions, size } = index
    if (dimensions === 0 || query.length !== dimensions) return false
    if (sampled(size) !== this.#sample || dimensions !== this.#dimensions) this.#measure(index)
    else if (size > this.#size) this.#measureRows(index, this.#size)
    this.#size = size
    const quantised = quantise(query)
    if (quantised.vector.length === 0) return false
    const q = quantised.vector
    let along = 0
    let length = 0
    for (let d = 0; d < dimensions; d++) {
      const x = (q[d] ?? 0) * quantised.scale
      const mean = this.#mean[d] ?? 0
      along += x * mean
      length += (x - mean) ** 2
    }
    const norm = Math.sqrt(length) || 1
    const vectors = index.vectors.data
    const scales = index.scales.data
    for (let row = 0, from = 0; row < size; row++, from += dimensions) {
      let dot = 0
      for (let d = 0; d < dimensions; d++) dot += (q[d] as number) * (vectors[from + d] as number)
      const own = this.#lengths[row] ?? 0
      const product = dot * quantised.scale * (scales[row] ?? 0) - (this.#products[row] ?? 0) - along + this.#square
      into[row] = own > 0 ? product / (own * norm) : 0
    }
    return true
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
    this.#square = 0
    for (let d = 0; d < dimensions; d++) {
      const x = (mean[d] ?? 0) / (sample + prior)
      mean[d] = x
      this.#square += x * x
    }
    this.#mean = mean
    this.#sample = sample
    this.#dimensions = dimensions
    this.#measureRows(index, 0)
  }

  #measureRows(index: ScopeIndex, from: number): void {
    const { dimensions, size } = index
    if (this.#lengths.length < size) {
      const grown = Math.ceil(size * 1.25)
      const lengths = new Float32Array(grown)
      const products = new Float32Array(grown)
      lengths.set(this.#lengths)
      products.set(this.#products)
      this.#lengths = lengths
      this.#products = products
    }
    const vectors = index.vectors.data
    for (let row = from; row < size; row++) {
      const scale = index.scales.data[row] ?? 0
      let square = 0
      let product = 0
      for (let d = 0, at = row * dimensions; d < dimensions; d++, at++) {
        const x = scale * (vectors[at] as number)
        square += x * x
        product += x * (this.#mean[d] as number)
      }
      this.#products[row] = product
      // an utterance without a vector is nowhere near
      this.#lengths[row] = scale === 0 ? 0 : Math.sqrt(Math.max(0, square - 2 * product + this.#square))
    }
  }
}
