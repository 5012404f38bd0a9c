/** Shapes of the chat methods (DESIGN 4.1). */
import * as Schema from "effect/Schema"
import { AgentId, IdempotencyKey, TurnId } from "../domain/Ids.ts"
import { Receipt } from "../session/Receipt.ts"
import { EventBody, StopReason } from "../session/TurnEvent.ts"

const wellFormed = Schema.makeFilter((text: string) => text.isWellFormed() || "must be well-formed Unicode")

/** A name of a place or person on a channel: 1 to 256 characters. */
export const Name = Schema.String.pipe(Schema.check(Schema.isBetweenLength(1, 256), wellFormed))

/** Bytes of UTF-8 that a message may have. The handler holds it, so that the answer is `TooLarge` with this number. */
export const contentLimit = 262_144

/** The text of a message: not empty. */
export const Content = Schema.String.pipe(Schema.check(Schema.isMinLength(1), wellFormed))

export const ChatSend = {
  content: Content,
  /** Default `websocket`. */
  channel: Schema.optionalKey(Name),
  /** Default: the principal. Another one needs `session:any`. */
  account: Schema.optionalKey(Name),
  /** Default `main`. */
  peer: Schema.optionalKey(Name),
  guild: Schema.optionalKey(Name),
  team: Schema.optionalKey(Name),
  /** Asks for this agent instead of the routed one. */
  agent: Schema.optionalKey(AgentId),
  idempotencyKey: Schema.optionalKey(IdempotencyKey),
  /** Output tokens per model call, at most the agent's own limit. */
  maxTokens: Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))))
}

/** What `chat.send` and `chat.resume` answer with in the end. */
export const ChatResult = Schema.Struct({
  turnId: TurnId,
  sessionKey: Schema.String,
  text: Schema.String,
  stopReason: StopReason,
  receipt: Schema.NullOr(Receipt)
})
export type ChatResult = typeof ChatResult.Type

const place = {
  /** Id of the request that asked; the wire adapter fills it in. */
  requestId: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite, Schema.Null])),
  turnId: TurnId,
  seq: Schema.Int
}

/** A turn's event as the notification `chat.event` carries it. */
export const ChatEvent = Schema.Union([
  Schema.Struct({ ...place, ...EventBody.members[0].fields }),
  Schema.Struct({ ...place, ...EventBody.members[1].fields }),
  Schema.Struct({ ...place, ...EventBody.members[2].fields }),
  Schema.Struct({ ...place, ...EventBody.members[3].fields }),
  Schema.Struct({ ...place, ...EventBody.members[4].fields }),
  Schema.Struct({ ...place, ...EventBody.members[5].fields }),
  Schema.Struct({ ...place, ...EventBody.members[6].fields }),
  Schema.Struct({ ...place, ...EventBody.members[7].fields }),
  Schema.Struct({ ...place, ...EventBody.members[8].fields })
])
export type ChatEvent = typeof ChatEvent.Type

/** Elements of the streaming methods: events, and the result as the last. */
export const ChatElement = Schema.Union([ChatEvent, ChatResult])
export type ChatElement = typeof ChatElement.Type

/** True for the element that becomes the response's result. */
export const isChatResult = (element: ChatElement): element is ChatResult => !("seq" in element)
