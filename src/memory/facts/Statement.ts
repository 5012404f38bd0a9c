/**
 * Statements as memory keeps them: what was said, by which message, in which order. Everything else that memory knows of
 * facts is a fold over them, so a statement that is forgotten is as if it had never been made.
 */
import * as Schema from "effect/Schema"
import { firstDay, lastDay } from "../Calendar.ts"
import type { TurnId } from "../../domain/Ids.ts"
import type { Instruction, Stated } from "../extract/Stated.ts"

const name = Schema.String.pipe(Schema.check(Schema.isMaxLength(200)))
const Mention1 = Schema.Struct({ role: Schema.optionalKey(name), name: Schema.optionalKey(name) })
const Mention2 = Schema.Struct({ ...Mention1.fields, of: Schema.optionalKey(Mention1) })
/** Somebody or something: the user (`me`), what is the user's or an owned one's, or who has a name only. */
export const Mention = Schema.Struct({ ...Mention1.fields, of: Schema.optionalKey(Mention2) })
export type Mention = typeof Mention.Type

const day = Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: firstDay, maximum: lastDay }))))

export const Statement = Schema.Struct({
  about: Mention,
  attribute: Schema.String.pipe(Schema.check(Schema.isBetweenLength(1, 100))),
  value: Schema.String.pipe(Schema.check(Schema.isMaxLength(500))),
  object: Schema.optionalKey(Mention),
  mode: Schema.Literals(["holds", "held", "denied", "ended"]),
  /** The matter on which one value takes the place of another; none where several hold at once. */
  slot: Schema.optionalKey(Schema.String.pipe(Schema.check(Schema.isMaxLength(200)))),
  corrects: Schema.optionalKey(Schema.Literal(true)),
  replaces: Schema.optionalKey(Schema.String.pipe(Schema.check(Schema.isMaxLength(500)))),
  /** Days since 1970-01-01. */
  from: day,
  until: day,
  confidence: Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1 })))
})
export type Statement = typeof Statement.Type

/** What an export of it could be imported again: nobody's name has a thousand letters. */
export const isKeepable: (said: Statement) => boolean = Schema.is(Statement)

/** Who found it: the rules, a model that read the user's message, or a file that was imported. */
export const FactOrigin = Schema.Literals(["rules", "model", "import"])
export type FactOrigin = typeof FactOrigin.Type

/** A statement in its place. */
export interface Kept {
  /** In order of arrival in its scope, never used twice. */
  readonly n: number
  /** The message that made it; undefined where it was imported. */
  readonly turn: TurnId | undefined
  readonly origin: FactOrigin
  /** Unix time in milliseconds at which it was said. */
  readonly at: number
  /** That time as a day of the user's calendar. */
  readonly day: number
  readonly said: Statement
}

/** A standing instruction is a fact about the user by this name, one for each matter. */
export const instruction = "instruction"

const mention = (from: Stated["about"]): Mention => ({
  ...(from.role === undefined ? {} : { role: from.role }),
  ...(from.name === undefined ? {} : { name: from.name.toWellFormed() }),
  ...(from.of === undefined ? {} : { of: mention(from.of) })
})

export const ofStated = (stated: Stated): Statement => ({
  about: mention(stated.about),
  attribute: stated.attribute.toWellFormed(),
  value: stated.value.toWellFormed(),
  ...(stated.object === undefined ? {} : { object: mention(stated.object) }),
  mode: stated.mode,
  ...(stated.many ? {} : { slot: stated.attribute.toWellFormed() }),
  ...(stated.corrects ? { corrects: true as const } : {}),
  ...(stated.replaces === undefined ? {} : { replaces: stated.replaces.toWellFormed() }),
  ...(stated.from === undefined ? {} : { from: stated.from }),
  ...(stated.until === undefined ? {} : { until: stated.until }),
  confidence: stated.confidence
})

export const ofInstruction = ({ key, text }: Instruction): Statement => ({
  about: { role: "me" },
  attribute: instruction,
  value: text.slice(0, 500).toWellFormed(),
  mode: "holds",
  slot: `${instruction}:${key}`.slice(0, 200).toWellFormed(),
  confidence: 1
})
