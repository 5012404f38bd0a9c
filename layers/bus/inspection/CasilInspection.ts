/**
 * Inspection on the bus by Casil: every text of a message, JSON and Protocol Buffers by their fields, anything else byte
 * by byte. What is written instead decodes as before.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { refuse } from "../../../src/bus/BusError.ts"
import { BusInspection } from "../../../src/bus/inspection/BusInspection.ts"
import type { Content, InspectionNote } from "../../../src/bus/Message.ts"
import { Casil, Circumstances } from "../../../src/casil/Casil.ts"
import { textsOf } from "../../../src/casil/Decision.ts"
import { scopeOf } from "../../../src/casil/Scope.ts"
import { type Inspected, open } from "../../../src/casil/Inspected.ts"
import { secretsIn } from "../../../src/casil/PublicNames.ts"
import { combine } from "../../../src/casil/Verdict.ts"
import { bytesOfText, textOfBytes } from "../../../src/casil/LooseUtf8.ts"
import { protobuf, type Shape } from "../../../src/casil/Protobuf.ts"
import { json, jsonObject, MAX_DEPTH, type Walker } from "../../../src/casil/Walker.ts"
import type { Json, JsonObject } from "../../../src/domain/Json.ts"
import { rewrite, textsIn } from "./JsonText.ts"
import { protobufType } from "./MediaType.ts"

type Shapes = typeof import("./Shapes.ts")

/**
 * The contract's schemas and the library that reads them, with the first message that is inspected: a tenth of all the
 * code, which a gateway without a client of the bus need not load. From then on nothing waits.
 */
const contract = Effect.suspend(() =>
  loaded === undefined
    ? Effect.map(
        Effect.promise(() => import("./Shapes.ts")),
        (shapes) => (loaded = shapes)
      )
    : Effect.succeed(loaded)
)
let loaded: Shapes | undefined

export interface Options {
  /** Globs over `room:channel`, as Casil's policy has them. */
  readonly scope: { readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string> }
  /** Whether verdicts are kept with the messages. */
  readonly notes: boolean
}

const nameIsSecret = refuse(
  "content_blocked",
  "A name, of the room, the channel, the sender or the message, looks like a secret."
)

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** How a body is read, how it is walked, and how it is written again. */
interface Reading {
  readonly value: Json | Uint8Array
  readonly walk: Walker<Json | Uint8Array>
  readonly write: (value: Json | Uint8Array) => Content["body"]
}

const isBytes = (value: Json | Uint8Array): value is Uint8Array => value instanceof Uint8Array

const jsonOnly: Walker<Json | Uint8Array> = (value, visit) => (isBytes(value) ? value : json(value, visit))

const asJson = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

const asText = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

const looksLikeJson = (text: string): boolean => /^\s*[[{"]/.test(text)

const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125] as const

/** How many texts and keys stand in JSON as it is written, and how deep. */
const writtenIn = (text: string): { readonly texts: number; readonly depth: number } => {
  const texts = textsIn(text)
  let depth = 0
  let deepest = 0
  let next = 0
  for (let i = 0; i < text.length; i++) {
    const [start = -1, end = -1] = texts[next] ?? []
    if (i === start) {
      next++
      i = end - 1
      continue
    }
    const code = text.charCodeAt(i)
    if (code === OPEN_LIST || code === OPEN_OBJECT) deepest = Math.max(deepest, ++depth)
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--
  }
  return { texts: texts.length, depth: deepest }
}

/**
 * JSON whose fields are all of it: where a key is there twice, the first is not in the value, and yet is passed on; what
 * is too deep cannot be walked. Such is looked at as the text that it is.
 */
const readable = (text: string): Json | undefined => {
  if (!looksLikeJson(text)) return undefined
  const { depth, texts } = writtenIn(text)
  const value = depth > MAX_DEPTH ? undefined : asJson(text)
  return value === undefined || textsOf(value, json).length !== texts ? undefined : value
}

const readingOfText = (text: string, write: (text: string) => Content["body"]): Reading => {
  const value = readable(text)
  return value === undefined
    ? { value: text, walk: jsonOnly, write: (rewritten) => write(String(rewritten)) }
    : { value, walk: jsonOnly, write: (after) => write(isBytes(after) ? text : rewrite(text, value, after)) }
}

const readingOfMessage = (body: Uint8Array, shape: Shape | undefined): Reading => {
  const walk = protobuf(shape)
  return {
    value: body,
    walk: (value, visit) => (isBytes(value) ? walk(value, visit) : value),
    write: (value) => (isBytes(value) ? value : body)
  }
}

const readingOf = ({ body, contentType }: Content, shapes: Shapes): Reading => {
  if (typeof body === "string") return readingOfText(body, (text) => text)
  const type = protobufType(contentType)
  if (type !== undefined) {
    return readingOfMessage(body, type.message === undefined ? undefined : shapes.shapeNamed(type.message))
  }
  const text = asText(body)
  if (text !== undefined) return readingOfText(text, (rewritten) => new TextEncoder().encode(rewritten))
  // what is no text may still have a secret in it
  return { value: textOfBytes(body), walk: jsonOnly, write: (value) => bytesOfText(String(value)) }
}

/** All of a message that its publisher wrote. */
interface Parts {
  readonly body: Json | Uint8Array
  readonly contentType: string
  readonly key: string
  readonly headers: JsonObject
  readonly annotations: Uint8Array | undefined
}

const walkParts =
  (body: Reading["walk"], shapes: Shapes): Walker<Parts> =>
  (parts, visit) => {
    const under =
      (name: string) =>
      (text: string, path: string): string =>
        visit(text, `/${name}${path}`)
    const walked: Parts = {
      body: body(parts.body, under("body")),
      contentType: visit(parts.contentType, "/content_type"),
      key: visit(parts.key, "/key"),
      headers: jsonObject(parts.headers, under("headers")),
      annotations:
        parts.annotations === undefined
          ? undefined
          : protobuf(shapes.annotations())(parts.annotations, under("annotations"))
    }
    const same =
      walked.body === parts.body &&
      walked.contentType === parts.contentType &&
      walked.key === parts.key &&
      walked.headers === parts.headers &&
      walked.annotations === parts.annotations
    return same ? parts : walked
  }

const noteOf = (inspected: Inspected<Parts>): InspectionNote | undefined => {
  const verdict = combine(inspected.verdicts)
  if (verdict === undefined) return undefined
  const { outcome, policy, reason, risk, rules } = verdict
  return { outcome, reason, risk, rules: [...rules], policy }
}

const rewritten = (content: Content, reading: Reading, before: Parts, after: Parts): Content =>
  before === after
    ? content
    : {
        body: after.body === before.body ? content.body : reading.write(after.body),
        contentType: after.contentType,
        key: after.key,
        headers: Object.fromEntries(Object.entries(after.headers).map(([name, value]) => [name, String(value)])),
        annotations: after.annotations
      }

export const layer = ({ notes, scope }: Options): Layer.Layer<BusInspection, never, Casil> =>
  Layer.effect(
    BusInspection,
    Effect.map(Casil, (casil) => {
      const covered = scopeOf(scope.include, scope.exclude)
      return {
        covers: covered.matches,
        names: (names, { channel, client, room, tenant }) =>
          secretsIn(casil, "bus", names).pipe(
            Effect.provideService(Circumstances, { room, channel, tenant, client, named: true }),
            Effect.flatMap((rules) => (rules.length === 0 ? Effect.void : nameIsSecret))
          ),
        screen: (content, { channel, client, room, tenant }) =>
          Effect.flatMap(contract, (shapes) => {
            const reading = readingOf(content, shapes)
            const { annotations, contentType, headers, key } = content
            const value: Parts = { body: reading.value, contentType, key, headers, annotations }
            return Effect.map(casil.value("bus", value, walkParts(reading.walk, shapes)), (inspected) => ({
              content: rewritten(content, reading, value, open(inspected)),
              note: notes ? noteOf(inspected) : undefined
            }))
          }).pipe(
            Effect.provideService(Circumstances, {
              room,
              channel,
              tenant,
              client,
              stream: JSON.stringify([tenant, room, channel, client])
            }),
            Effect.mapError((error) => refuse("content_blocked", error.message))
          )
      }
    })
  )
