import type { Origin } from "../../src/domain/Provenance.ts"
import type { Known } from "../../src/memory/MemoryChoice.ts"

/** What memory had for a turn, and where that came from. */
export interface Traced {
  readonly known: Known
  /** Of the recalled utterances, by their id. */
  readonly origins: ReadonlyMap<string, ReadonlyArray<Origin>>
}
