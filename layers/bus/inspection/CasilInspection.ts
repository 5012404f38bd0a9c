/** Inspection on the bus by Casil: every text of a message, JSON by its fields, anything else byte by byte. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { refuse } from "../../../src/bus/BusError.ts"
import { BusInspection } from "../../../src/bus/inspection/BusInspection.ts"
import type { Content, InspectionNote } from "../../../src/bus/Message.ts"
import { Casil, Circumstances } from "../../../src/casil/Casil.ts"
import { scopeOf } from "../../../src/casil/Scope.ts"
import { type Inspected, open } from "../../../src/casil/Inspected.ts"
import { combine } from "../../../src/casil/Verdict.ts"
import { jsonObject } from "../../../src/casil/Walker.ts"
import type { Json, JsonObject } from "../../../src/domain/Json.ts"

export interface Options {
  /** Globs over `room:channel`, as Casil's policy has them. */
  readonly scope: { readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string> }
  /** Whether verdicts are kept with the messages. */
  readonly notes: boolean
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** How a body is read, and how it is written again. */
interface Reading {
  readonly value: Json
  readonly write: (value: Json) => Content["body"]
}

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

const readingOfText = (text: string, write: (text: string) => Content["body"]): Reading => {
  const json = looksLikeJson(text) ? asJson(text) : undefined
  return json === undefined
    ? { value: text, write: (value) => write(String(value)) }
    : { value: json, write: (value) => write(JSON.stringify(value)) }
}

const readingOf = ({ body }: Content): Reading => {
  if (typeof body === "string") return readingOfText(body, (text) => text)
  const text = asText(body)
  if (text !== undefined) return readingOfText(text, (rewritten) => new TextEncoder().encode(rewritten))
  // what is no text may still have a secret in it: a byte is a character then, and stays one
  return {
    value: Buffer.from(body).toString("latin1"),
    write: (value) => new Uint8Array(Buffer.from(String(value), "latin1"))
  }
}

const annotationsOf = ({ annotations }: Content): string =>
  annotations === undefined ? "" : Buffer.from(annotations).toString("latin1")

const noteOf = (inspected: Inspected<JsonObject>): InspectionNote | undefined => {
  const verdict = combine(inspected.verdicts)
  if (verdict === undefined) return undefined
  const { outcome, policy, reason, risk, rules } = verdict
  return { outcome, reason, risk, rules: [...rules], policy }
}

const rewritten = (content: Content, reading: Reading, before: JsonObject, after: JsonObject): Content =>
  before === after
    ? content
    : {
        body: after["body"] === before["body"] ? content.body : reading.write(after["body"] ?? ""),
        contentType: String(after["content_type"] ?? ""),
        key: String(after["key"] ?? ""),
        headers: Object.fromEntries(
          Object.entries((after["headers"] ?? {}) as JsonObject).map(([name, value]) => [name, String(value)])
        ),
        // they are encoded: a part of them cannot be replaced
        annotations: after["annotations"] === before["annotations"] ? content.annotations : undefined
      }

export const layer = ({ notes, scope }: Options): Layer.Layer<BusInspection, never, Casil> =>
  Layer.effect(
    BusInspection,
    Effect.map(Casil, (casil) => {
      const covered = scopeOf(scope.include, scope.exclude)
      return {
        covers: covered.matches,
        screen: (content, { channel, room, tenant }) =>
          Effect.suspend(() => {
            const reading = readingOf(content)
            const value: JsonObject = {
              body: reading.value,
              content_type: content.contentType,
              key: content.key,
              headers: content.headers,
              annotations: annotationsOf(content)
            }
            return Effect.map(casil.value("bus", value, jsonObject), (inspected) => ({
              content: rewritten(content, reading, value, open(inspected)),
              note: notes ? noteOf(inspected) : undefined
            }))
          }).pipe(
            Effect.provideService(Circumstances, { room, channel, tenant }),
            Effect.mapError((error) => refuse("content_blocked", error.message))
          )
      }
    })
  )
