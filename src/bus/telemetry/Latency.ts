/** How long things take, as percentiles: logarithmic buckets, four to a doubling, so a figure is at most 19 % off. */

const perDoubling = 4
/** From 1 microsecond to more than an hour. */
const buckets = 32 * perDoubling

export class Latency {
  readonly #counts = new Uint32Array(buckets)
  #total = 0

  record(micros: number): void {
    const at = micros <= 1 ? 0 : Math.min(buckets - 1, Math.ceil(Math.log2(micros) * perDoubling))
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#total += 1
  }

  get total(): number {
    return this.#total
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
