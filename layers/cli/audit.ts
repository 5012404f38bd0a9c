/** `exoclaw audit query|verify|key`. */
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { AuditKind } from "../../src/audit/AuditEvent.ts"
import type { ChainHead } from "../../src/audit/Chain.ts"
import { nearest } from "../../src/config/Nearest.ts"
import { defaultKeyFile, find, isPublicKey } from "../audit/AuditKey.ts"
import { trustOf } from "../audit/CheckpointNote.ts"
import { verifyFile } from "../audit/verifyFile.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { operator, settingsOf, type Target, type Where } from "./reach.ts"
import { json, table, time } from "./text.ts"

interface Query extends Target {
  readonly after: number | undefined
  readonly limit: number
  readonly kind: string | undefined
  readonly tenant: string | undefined
  readonly json: boolean
}

/** A kind that there is, where one is named: nothing found must not mean that it was misspelt. */
export const kindOf = Effect.fnUntraced(function* (kind: string | undefined) {
  const kinds: ReadonlyArray<string> = AuditKind.literals
  if (kind === undefined || kinds.includes(kind)) return
  const meant = nearest(kind, kinds)
  const hint = meant === undefined ? "" : ` Did you mean "${meant}"?`
  return yield* failure(`--kind: there is no kind "${kind}".${hint} There are: ${kinds.join(", ")}.`, exitCode.usage)
})

export const query = Effect.fnUntraced(function* (input: Query) {
  const io = yield* Io
  const { after, kind, limit, tenant } = input
  yield* kindOf(kind)
  const { use } = yield* operator(input)
  const { entries } = yield* use(({ call }) =>
    call("audit.query", {
      limit,
      ...(after === undefined ? {} : { after }),
      ...(kind === undefined ? {} : { kind }),
      ...(tenant === undefined ? {} : { tenant })
    })
  )
  if (input.json) return io.out(json(entries))
  if (entries.length === 0) return io.err("No entry of the audit log matches.\n")
  io.out(
    table(
      ["POSITION", "TIME", "KIND", "PRINCIPAL", "OUTCOME", "DETAILS"],
      entries.map(({ at, event, seq }) => [
        seq,
        time(at),
        event.kind,
        event.principal,
        event.outcome,
        Object.entries(event.data)
          .map(([name, value]) => `${name}=${String(value)}`)
          .join(" ")
      ])
    )
  )
  const last = entries.at(-1)
  if (last !== undefined && entries.length === limit) io.err(`There may be more: --after ${last.seq}.\n`)
}, Effect.scoped)

const anchorOf = Effect.fnUntraced(function* (text: string | undefined) {
  if (text === undefined) return undefined
  const [, seq, hash = ""] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined) {
    return yield* failure("--anchor must be POSITION:HASH, as `exoclaw audit verify` printed it.", exitCode.usage)
  }
  return { seq: Number(seq), hash } satisfies ChainHead
})

/** The database that is named, or the one in the state folder. */
export const databaseOf = Effect.fnUntraced(function* (input: Where & { readonly file: string | undefined }) {
  const { surroundings } = yield* Io
  const path =
    input.file === undefined
      ? join((yield* settingsOf(input)).stateDir, "exoclaw.db")
      : surroundings.absolute(input.file)
  if (existsSync(path)) return path
  return yield* failure(`There is no database at ${path}: name the state folder with --state.`, exitCode.usage)
})

/** Where this user's key is. */
export const keyFile = Effect.map(Io, ({ surroundings }) => defaultKeyFile(surroundings.variables, surroundings.home))

/** A public key, or the one in a file. */
const keyOf = Effect.fnUntraced(function* (given: string) {
  if (isPublicKey(given)) return given
  const { surroundings } = yield* Io
  const text = yield* Effect.tryPromise({
    try: () => readFile(surroundings.absolute(given), "utf8"),
    catch: () => failure(`--key: ${given} is neither a key nor a file that can be read.`, exitCode.usage)
  })
  const key = text.trim()
  if (isPublicKey(key)) return key
  return yield* failure(`--key: ${given} does not hold a key as \`exoclaw audit key\` prints it.`, exitCode.usage)
})

interface Verify extends Where {
  readonly file: string | undefined
  readonly key: ReadonlyArray<string>
  readonly anchor: string | undefined
  readonly json: boolean
}

/** The database, and what is known of its log. */
const given = Effect.fnUntraced(function* (input: Verify) {
  const anchor = yield* anchorOf(input.anchor)
  const keys = yield* Effect.forEach(input.key, keyOf)
  const path = yield* databaseOf(input)
  const known = { ...(yield* trustOf(yield* keyFile, path)), anchor }
  // who names a key wants to see it
  return { path, trust: keys.length === 0 ? known : { ...known, keys, demanded: true } }
})

export const verify = Effect.fnUntraced(function* (input: Verify) {
  const io = yield* Io
  const { path, trust } = yield* given(input)
  const { broken, entries, first, head, signed } = yield* verifyFile(path, trust)
  const { checkpoints, last } = signed
  const known = last !== undefined && trust.keys?.includes(last.key) === true
  if (input.json) {
    const found = { path, entries, first, head, broken: broken ?? null }
    io.out(json({ ...found, signed: { checkpoints, last: last === undefined ? null : { ...last, known } } }))
  }
  if (broken !== undefined) return yield* failure(`${path}: ${broken.why}.`, exitCode.auditBroken)
  if (input.json) return
  io.out(`The chain is whole: ${entries} entries.\n`)
  if (first > 1)
    io.out(`Entries 1 to ${first - 1} were taken out when they were old enough; the mark of that is signed.\n`)
  if (last === undefined) io.out("Nothing of it is signed yet.\n")
  else {
    const whose = known ? "a key that is trusted here" : "a key that is not known here: name the right one with --key"
    io.out(`Signed up to entry ${last.seq}, ${time(last.at)}, by ${last.key}, ${whose}.\n`)
  }
  if (entries > 0) io.out(`Note its end elsewhere, to prove it later: --anchor ${first + entries - 1}:${head}\n`)
})

export const key = Effect.gen(function* () {
  const io = yield* Io
  const path = yield* keyFile
  const found = yield* find(path)
  if (found === undefined) {
    return yield* failure(`There is no key at ${path} yet: a gateway makes it when it first signs.`)
  }
  io.out(`${found.publicKey}\n`)
})
