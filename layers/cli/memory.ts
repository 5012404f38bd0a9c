/** `exoclaw memory search|show|forget|export|import`: what agents remember of whoever runs the command. */
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import type { ClientMethods } from "../client/index.ts"
import { codeInWords } from "../platform/ErrorCode.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { writerTo } from "./NewFile.ts"
import { client, type Target } from "./reach.ts"
import { json, many, oneLine, printable, table, time } from "./text.ts"

interface Of extends Target {
  readonly agent: string | undefined
}
interface Shown extends Of {
  readonly json: boolean
}

const agentOf = ({ agent }: Of) => (agent === undefined ? {} : { agent })

/** The largest parts of a score. */
const because = (why: ReadonlyArray<{ readonly why: string; readonly weight: number }>): string =>
  why
    .slice(0, 4)
    .map(({ weight, why: name }) => `${name} ${weight.toFixed(2)}`)
    .join(", ")

export const search = Effect.fnUntraced(function* (
  input: Shown & { readonly query: string; readonly limit: number | undefined }
) {
  const io = yield* Io
  const { use } = yield* client(input)
  const { limit, query } = input
  const found = yield* use(({ call }) =>
    call("memory.search", { query, ...agentOf(input), ...(limit === undefined ? {} : { limit }) })
  )
  if (input.json) return io.out(json(found))
  if (found.facts.length + found.hits.length === 0) return io.err("Memory has nothing of that.\n")
  if (found.facts.length > 0) {
    io.out(
      table(
        ["FACT", "SCORE", "SAYS", "STATUS", "FOUND BY"],
        found.facts.map(({ fact, score, shown, status, why }) => [
          fact,
          score.toFixed(2),
          oneLine(shown.replace(/^- /, ""), 90),
          status,
          because(why)
        ])
      )
    )
  }
  if (found.hits.length > 0) {
    if (found.facts.length > 0) io.out("\n")
    io.out(
      table(
        ["TURN", "SCORE", "WHEN", "WHO", "SAID", "FOUND BY"],
        found.hits.map(({ at, id, score, speaker, text, turnId, why }) => [
          turnId ?? id,
          score.toFixed(2),
          time(at),
          speaker,
          oneLine(text, 80),
          because(why)
        ])
      )
    )
  }
}, Effect.scoped)

export const show = Effect.fnUntraced(function* (input: Shown) {
  const io = yield* Io
  const { use } = yield* client(input)
  const facts: Array<ClientMethods["memory.facts"]["result"]["facts"][number]> = []
  for (let after = 0; ;) {
    const page = yield* use(({ call }) => call("memory.facts", { ...agentOf(input), after, limit: 500 }))
    facts.push(...page.facts)
    const last = page.facts.at(-1)
    if (last !== undefined && page.facts.length === 500) {
      after = last.fact
      continue
    }
    if (input.json) return io.out(json({ facts, held: page.held }))
    const { entities, statements, turns, utterances } = page.held
    if (facts.length > 0) {
      io.out(
        table(
          ["FACT", "ABOUT", "WHAT", "VALUE", "STATUS", "SOURCE", "FROM", "UNTIL", "SAID", "TURN"],
          facts.map((fact) => [
            fact.fact,
            fact.about,
            fact.attribute,
            oneLine(fact.value, 60),
            fact.status,
            fact.origin,
            fact.from,
            fact.until,
            time(fact.at),
            fact.turnId
          ])
        )
      )
    }
    return io.err(
      `${many(statements, "statement")}, ${entities} other people and things, ${many(utterances, "remembered utterance")}, ${many(turns, "turn")} in sessions.\n`
    )
  }
}, Effect.scoped)

interface Forget extends Shown {
  readonly turn: ReadonlyArray<string>
  readonly fact: ReadonlyArray<number>
  readonly text: string | undefined
  readonly all: boolean
  readonly rehearse: boolean
  readonly yes: boolean
}

type Forgotten = ClientMethods["memory.forget"]["result"]

/** What plugins keep, which forgetting leaves: counted by a text, else all of it. */
const keptElsewhere = ({ inPlugins }: Forgotten, byText: boolean): string => {
  if (inPlugins === 0) return ""
  const one = inPlugins === 1
  const values = `${many(inPlugins, "value")} that plugins keep for you, as notes do,`
  const what = byText ? `${values} ${one ? "says" : "say"} it too` : `${values} may say it too`
  return ` But ${what}: that is not memory and stays until the plugin deletes ${one ? "it" : "them"}, as note_delete does.`
}

const told = (done: Forgotten, byText: boolean): string => {
  const { after, before, left, scrubbed, turns } = done
  const kept = keptElsewhere(done, byText)
  const changed = turns > 0 || before.utterances > after.utterances || before.statements > after.statements
  if (!changed && left === 0) return `Memory has nothing of that; nothing was forgotten.${kept}\n`
  const gone = [
    many(turns, "turn"),
    // another conversation may have gone on meanwhile
    many(Math.max(0, before.utterances - after.utterances), "utterance"),
    many(Math.max(0, before.statements - after.statements), "statement")
  ].join(", ")
  const still =
    left === 0
      ? "Memory and sessions have nothing of it left."
      : `${many(left, "place")} still ${left === 1 ? "says" : "say"} it: turns that are not over yet. Forget again when they are.`
  const files = scrubbed ? "" : " Its traces in the database's log go when nobody reads it any more."
  return `Forgotten: ${gone}. ${still}${files}${kept}\n`
}

/** What a rehearsal found: also what no turn of a session has, as of an import. */
const wouldGo = ({ before, left, turns }: Forgotten, all: boolean): string => {
  const made = `${many(turns, "turn")} would be deleted, with all that was made of ${turns === 1 ? "it" : "them"}`
  if (all) return `${made}: ${many(before.utterances, "utterance")} and ${many(before.statements, "statement")} in all.`
  return `${made}${left > turns ? `; ${many(left, "place")} in all, imported ones too` : ""}.`
}

export const forget = Effect.fnUntraced(function* (input: Forget) {
  const io = yield* Io
  const { all, fact, text, turn } = input
  if (!all && turn.length + fact.length === 0 && text === undefined) {
    return yield* failure("Say what to forget: --turn, --fact, --text or --all.", exitCode.usage)
  }
  const byText = !all && turn.length + fact.length === 0
  const { use } = yield* client(input)
  const wanted = {
    ...agentOf(input),
    ...(turn.length === 0 ? {} : { turns: turn }),
    ...(fact.length === 0 ? {} : { facts: fact }),
    ...(text === undefined ? {} : { text }),
    ...(all ? { all } : {})
  }
  const ask = (rehearse: boolean) => use(({ call }) => call("memory.forget", { ...wanted, rehearse }))
  const counted = input.yes && !input.rehearse ? undefined : yield* ask(true)
  if (input.rehearse && counted !== undefined) {
    if (input.json) return io.out(json(counted))
    return io.out(`${wouldGo(counted, all)} Nothing was done.${keptElsewhere(counted, byText)}\n`)
  }
  if (!input.yes) {
    if (!io.terminal.stdin) {
      return yield* failure(
        "forget asks, and this is no terminal. Answer with --yes, or look first with --dry-run.",
        exitCode.usage
      )
    }
    const sure = yield* Prompt.run(
      Prompt.Confirm({
        message: `${counted === undefined ? "" : `${wouldGo(counted, all)} `}Delete for good?`,
        initial: false
      })
    ).pipe(Effect.mapError(() => failure("Nothing was forgotten.", exitCode.interrupted)))
    if (!sure) return io.err("Nothing was forgotten.\n")
  }
  const done = yield* ask(false)
  if (input.json) return io.out(json(done))
  io.out(told(done, byText))
}, Effect.scoped)

export const exported = Effect.fnUntraced(function* (input: Of & { readonly out: string | undefined }) {
  const io = yield* Io
  const { use } = yield* client(input)
  const write = yield* writerTo(input.out)
  let records = 0
  for (let after: string | undefined; ;) {
    const from = after
    const page = yield* use(({ call }) =>
      call("memory.export", { ...agentOf(input), ...(from === undefined ? {} : { after: from }) })
    )
    if (page.records.length > 0) yield* write(`${page.records.map((record) => JSON.stringify(record)).join("\n")}\n`)
    records += page.records.length
    if (page.next === null) break
    after = page.next
  }
  io.err(`${many(records, "record")}${input.out === undefined ? "" : `, in ${input.out}`}.\n`)
}, Effect.scoped)

export const imported = Effect.fnUntraced(function* (input: Shown & { readonly file: string }) {
  const io = yield* Io
  const path = io.surroundings.absolute(input.file)
  const text = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (cause) => failure(`${input.file} cannot be read (${codeInWords(cause)}).`, exitCode.usage)
  })
  const { portions } = yield* Effect.promise(() => import("./memoryRecords.ts"))
  const parts = yield* portions(input.file, text)
  const { use } = yield* client(input)
  let utterances = 0
  let statements = 0
  for (const { first, last, records } of parts) {
    const taken = yield* use(({ call }) => call("memory.import", { ...agentOf(input), records })).pipe(
      Effect.mapError(({ exitCode: code, message }) =>
        failure(
          `${message} That is of the records in lines ${first} to ${last} of ${input.file}; ` +
            `${first === 1 ? "nothing was imported" : "what stands before them was imported"}.`,
          code
        )
      )
    )
    utterances += taken.utterances
    statements += taken.statements
  }
  if (input.json) return io.out(json({ utterances, statements }))
  io.out(printable(`New in memory: ${many(utterances, "utterance")}, ${many(statements, "statement")}.\n`))
}, Effect.scoped)
