import * as Section from "./Section.ts"
import { int } from "./Values.ts"

/** A key for a sustained rate. */
export const rate = (doc: string, perSecond: number) =>
  Section.key(int(1, 1_000_000), {
    doc: `${doc} Twice as many may come at once.`,
    allowed: "an integer from 1 to 1000000",
    unit: "requests per second",
    default: perSecond
  })
