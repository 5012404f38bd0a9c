/** `memory.export` and `memory.import`: a memory as records, page by page. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Casil, type Walker } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import { type GatewayError, InvalidParams } from "../../src/gateway/GatewayError.ts"
import type { MemoryRecord } from "../../src/gateway/MemoryRpcs.ts"
import type { Principal } from "../../src/identity/Principal.ts"
import type { Mention } from "../../src/memory/facts/Statement.ts"
import { dayLength } from "../../src/memory/Calendar.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { asImported, Imports } from "../../src/memory/Imports.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { Recall } from "../../src/memory/Recall.ts"
import * as errors from "./errors.ts"

const exportPage = 200
/** Characters of records in one page of an export: a frame must not be cut for its size. */
const exportLength = 500_000

/** Clocks of two machines differ; nothing was said on a day that is still to come. */
const latest = dayLength

type Visit = (text: string, path: string) => string

const seen = <K extends string>(key: K, text: string | undefined, visit: Visit): { readonly [P in K]?: string } =>
  text === undefined ? {} : ({ [key]: visit(text, key) } as { readonly [P in K]: string })

const seenMention = <M extends Mention>(mention: M, visit: Visit): M => ({
  ...mention,
  ...seen("name", mention.name, visit),
  ...seen("role", mention.role, visit),
  ...(mention.of === undefined ? {} : { of: seenMention(mention.of, visit) })
})

/** Every text of records that come in, names and ids too: nobody knows who wrote the file. */
const walk: Walker<{ readonly records: ReadonlyArray<MemoryRecord> }> = ({ records }, visit) => ({
  records: records.map((record) => {
    if (record.kind === "utterance") {
      const { conversation, id, speaker, text } = record
      const names = { id: visit(id, "id"), conversation: visit(conversation, "conversation") }
      return { ...record, ...names, text: visit(text, "text"), ...seen("speaker", speaker, visit) }
    }
    const { about, attribute, object, replaces, slot, value } = record.said
    const said = {
      ...record.said,
      about: seenMention(about, visit),
      attribute: visit(attribute, "attribute"),
      value: visit(value, "value"),
      ...(object === undefined ? {} : { object: seenMention(object, visit) }),
      ...seen("replaces", replaces, visit),
      ...seen("slot", slot, visit)
    }
    return { ...record, said }
  })
})

/** Handlers, given whose memory an agent's name means. */
export const transfer = Effect.fnUntraced(function* (
  scopeFor: (agent: string | undefined) => Effect.Effect<MemoryScope, GatewayError, Principal>
) {
  const casil = yield* Casil
  const facts = yield* FactStore
  const imports = yield* Imports
  const recall = yield* Recall
  const store = yield* MemoryStore

  /** `u12`: behind the 12th utterance; `s3`: all utterances, and behind the third statement. */
  const placeOf = (
    after: string | undefined
  ): { readonly utterances: number; readonly statements: number } | undefined => {
    const match = /^([us])(\d{1,15})$/.exec(after ?? "u0")
    if (match === null) return undefined
    const place = Number(match[2])
    return match[1] === "u" ? { utterances: place, statements: 0 } : { utterances: Infinity, statements: place }
  }

  const exported = Effect.fn("Gateway.memory.export")(
    function* ({
      after,
      agent,
      limit = exportPage
    }: {
      readonly agent?: string
      readonly after?: string
      readonly limit?: number
    }) {
      const scope = yield* scopeFor(agent)
      const place = placeOf(after)
      if (place === undefined) return yield* new InvalidParams({ message: "`after` is the `next` of an earlier page." })
      const records: Array<MemoryRecord> = []
      if (place.utterances !== Infinity) {
        let length = 0
        let last = place.utterances
        const turns = yield* store.page(scope, place.utterances, limit)
        for (const { at, conversation, id, n, role, speaker, text } of turns) {
          length += text.length
          if (length > exportLength && records.length > 0) break
          last = n
          records.push({
            kind: "utterance",
            id,
            conversation,
            at,
            role,
            text,
            ...(speaker === undefined ? {} : { speaker })
          })
        }
        const complete = records.length === turns.length && turns.length < limit
        return { records, next: complete ? "s0" : `u${last}` }
      }
      const statements = yield* facts.statements(scope, place.statements, limit)
      for (const { at, day, said } of statements) records.push({ kind: "statement", at, day, said })
      const last = statements.at(-1)
      return { records, next: last === undefined || statements.length < limit ? null : `s${last.n}` }
    },
    Effect.catchTag("MemoryError", errors.ofMemory)
  )

  const imported = Effect.fn("Gateway.memory.import")(
    function* ({ agent, records }: { readonly agent?: string; readonly records: ReadonlyArray<MemoryRecord> }) {
      const scope = yield* scopeFor(agent)
      const now = yield* Clock.currentTimeMillis
      // it would hold against all that is said from now on, and no retention would reach it
      const early = records.findIndex(({ at }) => at > now + latest)
      if (early >= 0) {
        return yield* new InvalidParams({ message: `records[${early}].at is in the future: nobody has said that yet.` })
      }
      // it comes in as any message does: what is redacted is not stored
      const inspected = yield* Effect.mapError(casil.value("prompt", { records }, walk), errors.ofBlocked)
      const taken = open(inspected).records
      const utterances = yield* recall.remember(
        scope,
        taken.flatMap((record) =>
          record.kind === "utterance" ? [{ ...record, speaker: record.speaker, turn: undefined }] : []
        )
      )
      let statements = 0
      for (const record of taken) {
        if (record.kind !== "statement") continue
        const { at, day } = record
        const said = asImported(record.said, imports)
        statements += yield* facts.learn(scope, { turn: undefined, origin: "import", at, day, statements: [said] })
      }
      return { utterances, statements }
    },
    Effect.catchTag("MemoryError", errors.ofMemory)
  )

  return { exported, imported }
})
