/** `exoclaw casil explain`: what a rule looks for, and why a line is judged as it is. */
import * as Effect from "effect/Effect"
import type { Compiled } from "../../../src/casil/Compiled.ts"
import { explainRule, explainRules, explainText, type RuleExplanation } from "../../../src/casil/Explain.ts"
import { nearest } from "../../../src/config/Nearest.ts"
import { exitCode } from "../ExitCode.ts"
import { type CliFailure, failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { escaped, json, oneLine, table } from "../text.ts"
import { type Placed, ruleJson, ruleText, textJson, textText } from "./explained.ts"
import { type Of, ready } from "./Ready.ts"
import { STDIN, textOf } from "./Texts.ts"

interface Explain extends Of {
  readonly what: string | undefined
  readonly json: boolean
}

/** So much is looked at around a line, on either side: more than any secret and the name beside it. */
const AROUND = 65_536

/** A line, the text around it, and where both begin. */
interface Excerpt {
  readonly text: string
  readonly line: number
}

const cannot = (path: string, why: string): CliFailure => failure(`${escaped(path)}: ${why}.`, exitCode.usage)

/** Reads no more of a file than is needed, and keeps no more than what stands around the line. */
const excerptOf = (path: string, wanted: number | undefined): Effect.Effect<Excerpt, CliFailure, Io> =>
  Effect.gen(function* () {
    const { surroundings } = yield* Io
    const { binary, pieces } = yield* Effect.mapError(textOf(path, surroundings.absolute), ({ why }) =>
      cannot(path, why)
    )
    if (binary) return yield* cannot(path, "it is no text; `exoclaw casil check` says what is in it")
    const read = async (): Promise<Excerpt | undefined> => {
      let text = ""
      let line = 1
      let reached = wanted === undefined
      for await (const piece of pieces) {
        text += piece
        if (!reached) {
          // what lies far before the line is let go, by whole lines
          const breaks = text.split("\n").length - 1
          reached = line + breaks > (wanted ?? 0)
          if (!reached && text.length > AROUND) {
            const cut = text.indexOf("\n", text.length - AROUND)
            const gone = cut < 0 ? text.length - AROUND : cut + 1
            line += text.slice(0, gone).split("\n").length - 1
            text = text.slice(gone)
          }
        } else if (text.length > AROUND * 3) break
      }
      const last = line + text.split("\n").length - 1
      return wanted !== undefined && last < wanted ? undefined : { text, line }
    }
    const excerpt = yield* Effect.tryPromise({ try: read, catch: () => cannot(path, "it cannot be read") })
    return excerpt ?? (yield* cannot(path, `there is no line ${wanted} in it`))
  }).pipe(Effect.scoped)

const placed = (compiled: Compiled, file: string, { line, text }: Excerpt, wanted: number | undefined) =>
  Effect.try({
    try: () => {
      const starts = [0]
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
      const lineAt = (offset: number): number => {
        const next = starts.findIndex((start) => start > offset)
        return (next < 0 ? starts.length : next) - 1
      }
      return explainText(compiled, text).flatMap((one): ReadonlyArray<Placed> => {
        const first = lineAt(one.start)
        const last = lineAt(Math.max(one.start, one.end - 1))
        if (wanted !== undefined && (wanted < line + first || wanted > line + last)) return []
        const column = one.start - (starts[first] ?? 0) + 1
        return [{ ...one, file, line: line + first, column, length: one.end - one.start }]
      })
    },
    catch: () => cannot(file, "it cannot be looked through")
  })

const listed = (rules: ReadonlyArray<RuleExplanation>): string =>
  table(
    ["RULE", "TIER", "DOES", "SOURCE"],
    rules.map(({ action, id, source, tier }) => [id, tier, action, oneLine(source, 70)])
  )

const place = /^(.+):(\d+)(?::\d+)?$/

export const explain = Effect.fnUntraced(function* (input: Explain) {
  const io = yield* Io
  const compiled = yield* ready(input)
  const { what } = input
  if (what === undefined) {
    const rules = explainRules(compiled)
    return io.out(input.json ? json({ rules: rules.map(ruleJson) }) : listed(rules))
  }
  const rule = explainRule(compiled, what)
  if (rule !== undefined) return io.out(input.json ? json(ruleJson(rule)) : ruleText(rule))
  const [, file = what, line] = place.exec(what) ?? []
  if (what !== STDIN && line === undefined && !/[./\\]/.test(what)) {
    const near = nearest(what, [...compiled.set.tiers.keys()])
    return yield* failure(
      `There is no rule "${oneLine(what, 64)}"${near === undefined ? "." : `; did you mean "${near}"?`} ` +
        "See `exoclaw casil explain` for all of them; a place in a file is FILE:LINE.",
      exitCode.usage
    )
  }
  const wanted = line === undefined ? undefined : Number(line)
  if (wanted === 0) return yield* cannot(file, "lines are counted from 1")
  const all = yield* placed(compiled, file, yield* excerptOf(file, wanted), wanted)
  if (input.json) return io.out(json({ policy: compiled.hash, places: all.map(textJson) }))
  if (all.length === 0) return io.err("Nothing there looks like a secret, nor stands beside a name that says so.\n")
  io.out(all.map(textText).join("\n"))
})
