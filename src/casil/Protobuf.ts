/**
 * Walks the texts of a Protocol Buffers message, by its schema where that is known and by its looks where it is not, and
 * writes the message again around what was replaced: it decodes in the same schema.
 */
import { bytesOfText, textOfBytes, utf8Of } from "./LooseUtf8.ts"
import { fieldsOf, LENGTH_DELIMITED, replaced, type WireField } from "./ProtobufWire.ts"
import { escape, type Walker } from "./Walker.ts"

/** What a field of a schema holds. */
export type Kind =
  | { readonly _tag: "Text" }
  | { readonly _tag: "Bytes" }
  /** Numbers, which are left alone. */
  | { readonly _tag: "Other" }
  | { readonly _tag: "Message"; readonly shape: () => Shape }
  /** A map: entries of a key and a value. */
  | { readonly _tag: "Entries"; readonly key: Kind; readonly value: Kind }

/** A schema: fields by their number. */
export type Shape = ReadonlyMap<number, { readonly name: string; readonly kind: Kind }>

/** Deeper messages are looked at as bytes. */
const DEEPEST = 32
/** How deep messages are guessed. */
const DEEPEST_GUESS = 6
const KEY = 1
const VALUE = 2

/** Text that people write has no characters below the blank but those that separate lines and columns. */
const looksLikeText = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127) return false
  }
  return true
}

type Visit = (text: string, path: string) => string

/** Texts, and bytes too: there may be a secret among them. */
const visitBytes = (content: Uint8Array, visit: Visit, path: string): Uint8Array => {
  const text = textOfBytes(content)
  const seen = visit(text, path)
  return seen === text ? content : bytesOfText(seen)
}

/** A field of which no schema says what it is: a message, text, or bytes. */
const visitUnknown = (content: Uint8Array, visit: Visit, path: string, depth: number): Uint8Array => {
  const text = utf8Of(content)
  const fields = depth < DEEPEST_GUESS ? fieldsOf(content) : undefined
  const message = fields === undefined ? content : walkFields(content, fields, undefined, visit, path, depth + 1)
  if (text !== undefined && looksLikeText(text)) {
    // what may be either is looked at as both
    const seen = visitBytes(content, visit, path)
    return message === content ? seen : message
  }
  return fields === undefined ? visitBytes(content, visit, path) : message
}

const visitKind = (content: Uint8Array, kind: Kind, visit: Visit, path: string, depth: number): Uint8Array => {
  switch (kind._tag) {
    case "Text":
    case "Bytes":
      return visitBytes(content, visit, path)
    case "Other":
      return content
    case "Entries":
      return visitEntry(content, kind, visit, path, depth)
    case "Message": {
      const fields = depth < DEEPEST ? fieldsOf(content) : undefined
      return fields === undefined
        ? visitBytes(content, visit, path)
        : walkFields(content, fields, kind.shape(), visit, path, depth + 1)
    }
  }
}

/** An entry of a map: its value stands under its key. */
const visitEntry = (
  content: Uint8Array,
  { key, value }: Extract<Kind, { readonly _tag: "Entries" }>,
  visit: Visit,
  path: string,
  depth: number
): Uint8Array => {
  const fields = fieldsOf(content)
  if (fields === undefined) return visitBytes(content, visit, path)
  const named = fields.findLast(({ number, type }) => number === KEY && type === LENGTH_DELIMITED)
  const name = named === undefined ? "" : (utf8Of(content.subarray(named.from, named.to)) ?? "")
  const at = `${path}/${escape(name)}`
  return eachOf(content, fields, ({ number }, inside) =>
    number === KEY
      ? visitKind(inside, key, visit, `${at}#`, depth)
      : number === VALUE
        ? visitKind(inside, value, visit, at, depth)
        : visitUnknown(inside, visit, at, depth)
  )
}

const eachOf = (
  bytes: Uint8Array,
  fields: ReadonlyArray<WireField>,
  each: (field: WireField, content: Uint8Array) => Uint8Array
): Uint8Array => {
  const contents = new Map<number, Uint8Array>()
  fields.forEach((field, i) => {
    if (field.type !== LENGTH_DELIMITED || field.from === field.to) return
    const content = bytes.subarray(field.from, field.to)
    const seen = each(field, content)
    if (seen !== content) contents.set(i, seen)
  })
  return replaced(bytes, fields, contents)
}

const walkFields = (
  bytes: Uint8Array,
  fields: ReadonlyArray<WireField>,
  shape: Shape | undefined,
  visit: Visit,
  path: string,
  depth: number
): Uint8Array =>
  eachOf(bytes, fields, ({ number }, content) => {
    const known = shape?.get(number)
    return known === undefined
      ? visitUnknown(content, visit, `${path}/${number}`, depth)
      : visitKind(content, known.kind, visit, `${path}/${known.name}`, depth)
  })

/**
 * Texts of a message in the order in which they stand; the path is made of the names of its fields, or of their numbers
 * where no schema tells names. Bytes that are no message are looked at as one text.
 */
export const protobuf =
  (shape?: Shape): Walker<Uint8Array> =>
  (bytes, visit) => {
    const fields = fieldsOf(bytes)
    return fields === undefined ? visitBytes(bytes, visit, "") : walkFields(bytes, fields, shape, visit, "", 0)
  }
