/**
 * Recalled utterances as the model reads them: in time order, one header for each day, a line for each utterance. Only
 * headers and speakers stand at the beginning of a line, so nothing that was said looks like another line.
 */
import { estimateTokens } from "../model/TokenEstimate.ts"
import { showDay } from "./Calendar.ts"
import { type MemoryTurn, speakerOf } from "./MemoryTurn.ts"

type Shown = Pick<MemoryTurn, "role" | "speaker" | "text">

const lineBreaks = /\r\n|[\n\r\u2028\u2029]/g

export const headerOf = (day: number): string => `[${showDay(day)}]\n`

export const lineOf = (turn: Shown): string =>
  `${speakerOf(turn).replaceAll(lineBreaks, " ")}: ${turn.text.replaceAll(lineBreaks, "\n  ")}\n`

/** Tokens of a line, estimated; what `MemoryTurn.tokens` of a stored utterance holds. */
export const lineTokens = (turn: Shown): number => estimateTokens(lineOf(turn))

/** No header of a day costs more. */
export const headerTokens = 12

/** In time order. */
export const render = (hits: ReadonlyArray<{ readonly turn: Shown; readonly day: number }>): string => {
  let text = ""
  let shown: number | undefined
  for (const { day, turn } of hits) {
    if (day !== shown) text += headerOf(day)
    shown = day
    text += lineOf(turn)
  }
  return text
}
