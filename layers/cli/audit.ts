/** `exoclaw audit query|verify`. */
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { ChainHead } from "../../src/audit/Chain.ts"
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

export const query = Effect.fnUntraced(function* (input: Query) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const { after, kind, limit, tenant } = input
  const { entries } = yield* use(({ call }) =>
    call("audit.query", {
      limit,
      ...(after === undefined ? {} : { after }),
      ...(kind === undefined ? {} : { kind }),
      ...(tenant === undefined ? {} : { tenant })
    })
  )
  if (input.json) return io.out(json(entries))
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
}, Effect.scoped)

const anchorOf = Effect.fnUntraced(function* (text: string | undefined) {
  if (text === undefined) return undefined
  const [, seq, hash = ""] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined) {
    return yield* failure("--anchor must be POSITION:HASH, as `exoclaw audit verify` printed it.", exitCode.usage)
  }
  return { seq: Number(seq), hash } satisfies ChainHead
})

interface Verify extends Where {
  readonly file: string | undefined
  readonly anchor: string | undefined
  readonly json: boolean
}

export const verify = Effect.fnUntraced(function* (input: Verify) {
  const io = yield* Io
  const anchor = yield* anchorOf(input.anchor)
  const path =
    input.file === undefined
      ? join((yield* settingsOf(input)).stateDir, "exoclaw.db")
      : io.surroundings.absolute(input.file)
  if (!existsSync(path)) {
    return yield* failure(`There is no database at ${path}: name the state folder with --state.`, exitCode.usage)
  }
  const verdict = yield* verifyFile(path, { anchor })
  const { broken, entries, head } = verdict
  if (input.json) io.out(json({ path, entries, head, broken: broken ?? null }))
  if (broken !== undefined) return yield* failure(`${path}: ${broken.why}.`, exitCode.auditBroken)
  if (input.json) return
  io.out(`The chain is whole: ${entries} entries.\n`)
  if (entries > 0) io.out(`Note its end elsewhere, to prove it later: --anchor ${entries}:${head}\n`)
})
