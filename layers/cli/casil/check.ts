/** `exoclaw casil check`: what inspection finds in files, and what the policy would do about it. */
import * as Effect from "effect/Effect"
import { outcomeOf, type Located, TextCheck } from "../../../src/casil/Check.ts"
import type { Compiled } from "../../../src/casil/Compiled.ts"
import type { Action } from "../../../src/casil/Policy.ts"
import { exitCode } from "../ExitCode.ts"
import { failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { escaped, json } from "../text.ts"
import { type Of, ready } from "./Ready.ts"
import { filesBelow, STDIN, textOf, type Unread } from "./Texts.ts"

/** So many findings are listed; the rest is counted. */
const most = 10_000

interface Row extends Located {
  readonly file: string
  /** The file is no text, so that line and column mean nothing: `offset` counts its bytes. */
  readonly binary: boolean
}

/** In bytes that are no text only what is certain of itself means anything. */
const counts = (binary: boolean, { tier }: Located): boolean => !binary || tier === "structural" || tier === "custom"

const tally = () => {
  const rows: Array<Row> = []
  const unread: Array<Unread> = []
  const byAction: Record<Action, number> = { block: 0, redact: 0, monitor: 0 }
  const totals = { files: 0, bytes: 0, dirty: 0, findings: 0 }
  return {
    rows,
    unread,
    byAction,
    totals,
    add: (file: string, binary: boolean, found: Located) => {
      totals.findings++
      byAction[found.action]++
      if (rows.length < most) rows.push({ file, binary, ...found })
    }
  }
}
type Tally = ReturnType<typeof tally>

const checkFile = (compiled: Compiled, path: string, absolute: (path: string) => string, all: Tally) =>
  Effect.gen(function* () {
    const { binary, bytes, pieces } = yield* textOf(path, absolute)
    const before = all.totals.findings
    yield* Effect.tryPromise({
      try: async () => {
        const check = new TextCheck(compiled)
        const take = (found: ReadonlyArray<Located>) => {
          for (const one of found) if (counts(binary, one)) all.add(path, binary, one)
        }
        for await (const piece of pieces) take(check.push(piece))
        take(check.finish())
      },
      catch: (cause): Unread => ({ path, why: String(cause) })
    })
    all.totals.files++
    all.totals.bytes += bytes()
    if (all.totals.findings > before) all.totals.dirty++
  }).pipe(
    Effect.scoped,
    Effect.catch((unread) => Effect.sync(() => void all.unread.push(unread)))
  )

const whereOf = ({ binary, column, file, line, start }: Row): string =>
  `${escaped(file)}:${binary ? `byte ${start}` : `${line}:${column}`}`

/** Each on a line of its own, as compilers write theirs, so that editors find the place. */
const lines = (rows: ReadonlyArray<Row>): string => {
  const cells = rows.map((row) => [
    whereOf(row),
    row.action,
    row.rule,
    `${row.end - row.start} characters`,
    [
      `${row.confidence} %`,
      ...(row.flag === undefined ? [] : [row.flag]),
      ...(row.beyond ? ["beyond casil.limits.max_inspect_bytes"] : [])
    ].join(", ")
  ])
  const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return cells.map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}\n`).join("")
}

const files = (count: number): string => (count === 1 ? "1 file" : `${count} files`)

const summary = ({ byAction, rows, totals }: Tally): string => {
  if (totals.findings === 0) return `Nothing was found in ${files(totals.files)}.\n`
  const parts = [
    ["be blocked", byAction.block],
    ["be redacted", byAction.redact],
    ["only be recorded", byAction.monitor]
  ] as const
  const said = parts.flatMap(([what, count]) => (count === 0 ? [] : [`${count} would ${what}`])).join(", ")
  const more = totals.findings > rows.length ? ` The first ${rows.length} are listed.` : ""
  const found = totals.findings === 1 ? "1 finding" : `${totals.findings} findings`
  return `${found} in ${totals.dirty} of ${files(totals.files)}: ${said}.${more}\n`
}

const report = (compiled: Compiled, { agent, tenant }: Of, { byAction, rows, totals, unread }: Tally) => ({
  policy: { hash: compiled.hash, mode: compiled.policy.mode, tenant: tenant ?? null, agent: agent ?? null },
  outcome: outcomeOf(new Set((["block", "redact", "monitor"] as const).filter((action) => byAction[action] > 0))),
  files: totals.files,
  bytes: totals.bytes,
  findings: rows.map(({ beyond, binary, column, confidence, end, file, flag, line, rule, start, tier, action }) => ({
    file,
    line: binary ? null : line,
    column: binary ? null : column,
    offset: start,
    length: end - start,
    rule,
    tier,
    action,
    confidence,
    flag: flag ?? null,
    beyond
  })),
  more: totals.findings - rows.length,
  unread
})

export const check = Effect.fnUntraced(function* (
  input: Of & { readonly paths: ReadonlyArray<string>; readonly json: boolean }
) {
  const io = yield* Io
  const { absolute } = io.surroundings
  const compiled = yield* ready(input)
  const all = tally()
  const unread = (one: Unread): void => void all.unread.push(one)
  for (const path of input.paths) {
    const found = path === STDIN ? [STDIN][Symbol.iterator]() : filesBelow(path, absolute, unread)
    for (;;) {
      const next = yield* Effect.promise(async () => found.next())
      if (next.done === true) break
      yield* checkFile(compiled, next.value, absolute, all)
    }
  }
  if (input.json) io.out(json(report(compiled, input, all)))
  else {
    io.out(lines(all.rows))
    if (all.totals.files > 0 || all.unread.length === 0) io.err(summary(all))
  }
  for (const { path, why } of all.unread) io.err(`exoclaw: ${escaped(path)} was not checked: ${why}.\n`)
  if (all.byAction.block > 0) return yield* failure("", exitCode.blocked)
  if (all.byAction.redact > 0) return yield* failure("", exitCode.redacted)
  if (all.unread.length > 0) return yield* failure("")
})
