/** What the gateway and its counting program say to each other, one order at a time. */
import type { Encoding } from "../../src/model/Tokenizer.ts"

export interface CountOrder {
  readonly id: number
  readonly encoding: Encoding
  readonly texts: ReadonlyArray<string>
}

export interface CountReport {
  readonly id: number
  /** Tokens of all texts, each counted alone. */
  readonly tokens: number
}
