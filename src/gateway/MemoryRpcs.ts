/** The methods of one's own memory: what an agent remembers of the caller, and nobody else's. */
import * as Rpc from "effect/rpc/Rpc"
import * as Schema from "effect/Schema"
import { TurnId } from "../domain/Ids.ts"
import { dayLength, firstDay, lastDay } from "../memory/Calendar.ts"
import { longestText } from "../memory/MemoryTurn.ts"
import { FactOrigin, Statement } from "../memory/facts/Statement.ts"
import { Name } from "./Chat.ts"
import { GatewayError } from "./GatewayError.ts"
import { scoped } from "./ScopedRpc.ts"

const count = Schema.Int
const text = Schema.String
const agent = Schema.optionalKey(Name)
const limit = (maximum: number) =>
  Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum }))))
const after = Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0))))
const said = Schema.String.pipe(Schema.check(Schema.isBetweenLength(1, 2_000)))

/** A part of a score: what it was found by (`words`, `vector`, `date`, `entity`, `neighbour` ...), and what that added. */
export const Reason = Schema.Struct({ why: text, weight: Schema.Finite })

export const FactInfo = Schema.Struct({
  /** Its number: for `memory.forget`. */
  fact: count,
  /** Whom or what it is about: "me", "dog Luna", "sister's dog". */
  about: text,
  attribute: text,
  value: text,
  status: Schema.Literals(["holds", "planned", "ended", "corrected", "denied", "doubtful"]),
  /** ISO days: from inclusive, until exclusive. */
  from: Schema.NullOr(text),
  until: Schema.NullOr(text),
  confidence: Schema.Finite,
  origin: FactOrigin,
  /** The message that said so; null where it was imported. */
  turnId: Schema.NullOr(TurnId),
  /** When it was said, Unix milliseconds. */
  at: count,
  /** As a model reads it. */
  shown: text
})

const Hit = Schema.Struct({
  id: text,
  turnId: Schema.NullOr(TurnId),
  conversation: text,
  at: count,
  speaker: text,
  text,
  score: Schema.Finite,
  why: Schema.Array(Reason)
})

const Held = Schema.Struct({ turns: count, utterances: count, statements: count, entities: count })

const name = Schema.String.pipe(Schema.check(Schema.isBetweenLength(1, 512)))
/** Of the years 1 to 9999: others are days of no calendar, and nobody's clock shows them. */
const recordedDay = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: firstDay, maximum: lastDay })))
const recordedAt = Schema.Int.pipe(
  Schema.check(Schema.isBetween({ minimum: firstDay * dayLength, maximum: (lastDay + 1) * dayLength - 1 }))
)
/** A line of an export. */
export const MemoryRecord = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("utterance"),
    id: name,
    conversation: name,
    at: recordedAt,
    role: Schema.Literals(["user", "assistant"]),
    speaker: Schema.optionalKey(name),
    text: Schema.String.pipe(Schema.check(Schema.isMaxLength(longestText)))
  }),
  Schema.Struct({
    kind: Schema.Literal("statement"),
    at: recordedAt,
    /** Days since 1970-01-01, in the time zone it was said in. */
    day: recordedDay,
    said: Statement
  })
])
export type MemoryRecord = typeof MemoryRecord.Type

export const memoryRpcs = [
  scoped(
    "memory:read",
    "What an agent remembers of the caller that has to do with `query`: earlier turns and facts, best first, each with why it was found.",
    Rpc.make("memory.search", {
      payload: { query: said, agent, limit: limit(100) },
      success: Schema.Struct({
        hits: Schema.Array(Hit),
        facts: Schema.Array(Schema.Struct({ ...FactInfo.fields, score: Schema.Finite, why: Schema.Array(Reason) }))
      }),
      error: GatewayError
    })
  ),
  scoped(
    "memory:read",
    "The facts an agent knows of the caller, in order of learning, with what became of each. `after` is the last `fact` of an earlier page.",
    Rpc.make("memory.facts", {
      payload: { agent, after, limit: limit(500) },
      success: Schema.Struct({ facts: Schema.Array(FactInfo), held: Held }),
      error: GatewayError
    })
  ),
  scoped(
    "memory:write",
    "Forgets for good: turns with their history, facts with the turns that said them, whatever says `text`, or all. `rehearse` only counts.",
    Rpc.make("memory.forget", {
      payload: {
        agent,
        turns: Schema.optionalKey(Schema.Array(TurnId).pipe(Schema.check(Schema.isMaxLength(500)))),
        facts: Schema.optionalKey(Schema.Array(count).pipe(Schema.check(Schema.isMaxLength(500)))),
        text: Schema.optionalKey(Schema.String.pipe(Schema.check(Schema.isBetweenLength(2, 200)))),
        all: Schema.optionalKey(Schema.Boolean),
        rehearse: Schema.optionalKey(Schema.Boolean)
      },
      success: Schema.Struct({
        before: Held,
        after: Held,
        turns: count,
        /** Places that still say the text: turns that are not over. In a rehearsal: places that do. */
        left: count,
        /** Values that plugins keep for the caller: that say `text` where nothing else is asked, else all. They stay. */
        inPlugins: count,
        /** Whether the database's log was cut, so that its files hold no remains. */
        scrubbed: Schema.Boolean
      }),
      error: GatewayError
    })
  ),
  scoped(
    "memory:read",
    "All that an agent remembers of the caller, as records, a page at a time; `next` is the `after` of the next page.",
    Rpc.make("memory.export", {
      payload: { agent, after: Schema.optionalKey(text), limit: limit(500) },
      success: Schema.Struct({ records: Schema.Array(MemoryRecord), next: Schema.NullOr(text) }),
      error: GatewayError
    })
  ),
  scoped(
    "memory:write",
    "Takes records of an export into the caller's memory, each once. What comes from them counts as untrusted text.",
    Rpc.make("memory.import", {
      payload: { agent, records: Schema.Array(MemoryRecord).pipe(Schema.check(Schema.isMaxLength(500))) },
      success: Schema.Struct({ utterances: count, statements: count }),
      error: GatewayError
    })
  )
] as const
