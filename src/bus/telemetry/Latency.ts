/** How long things take, as percentiles: logarithmic buckets, four to a doubling, so a figure is at most 19 % off. */

const perDoubling = 4
/** From 1 microsecond to more than an hour. */
const buckets = 32 * perDoubling

export class Latency {
  readonly #counts = new Uint32Array(buckets)
  #total = 0
  #sum = 0
  #least = Infinity
  #most = 0

  record(micros: number): void {
    this.#sum += micros
    if (micros < this.#least) this.#least = micros
    if (micros > this.#most) this.#most = micros
    const at = micros <= 1 ? 0 : Math.min(buckets - 1, Math.ceil(Math.log2(micros) * perDoubling))
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#total += 1
  }

  get total(): number {
    return this.#total
  }

  /** Microseconds together, and of the fastest and the slowest; the fastest is infinite where there is none. */
  get span(): { readonly sum: number; readonly least: number; readonly most: number } {
    return { sum: this.#sum, least: this.#least, most: this.#most }
  }

  /** How many took no longer than 2 to the power of `exponent` microseconds. */
  within(exponent: number): number {
    let count = 0
    for (let at = 0; at <= exponent * perDoubling; at++) count += this.#counts[at] ?? 0
    return count
  }

  /** Microseconds that the fastest `share` (0 to 1) did not exceed; 0 where nothing was recorded. */
  percentile(share: number): number {
    let left = Math.ceil(this.#total * share)
    if (left <= 0) return 0
    for (const [at, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return 2 ** (at / perDoubling)
    }
    return 2 ** (buckets / perDoubling)
  }
}
