/**
 * How a subsystem declares its section of the configuration: a `Schema.Struct` whose keys carry a default and a
 * description. The schema decodes; the description is what `config print`, `config schema`, the environment names and
 * the error messages are made from.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A schema whose decoding needs no service. */
export type Codec = Schema.Top & Schema.ConstraintCodec<unknown, unknown, never, unknown>

/** A section: a struct made of the keys below. */
export type Section = Codec & { readonly fields: Schema.Struct.Fields }

/** What a person is told about a key. */
export interface Doc {
  /** What it does, one sentence. */
  readonly doc: string
  /** The values it takes, so that "must be ..." reads well. */
  readonly allowed: string
  /** Unit of a number: `seconds`, `bytes`, `tokens`. */
  readonly unit?: string
  /** A value as somebody could write it, for keys without a default. */
  readonly example?: unknown
  /** Never shown, nor part of an error. */
  readonly secret?: boolean
}

/** A key with a value of its own. */
export interface Leaf extends Doc {
  readonly kind: "leaf"
  readonly schema: Codec
  readonly default?: unknown
  readonly required: boolean
}
/** `[name]` */
export interface Table {
  readonly kind: "table"
  readonly section: Section
  readonly doc: string
  /** Absent means absent, rather than all defaults. */
  readonly optional: boolean
}
/** `[[name]]` */
export interface List {
  readonly kind: "list"
  readonly section: Section
  readonly doc: string
}
/** `[name."anything"]` */
export interface Dictionary {
  readonly kind: "dictionary"
  readonly section: Section
  readonly doc: string
}
export type Entry = Leaf | Table | List | Dictionary

declare module "effect/Schema" {
  namespace Annotations {
    interface Annotations {
      readonly "exoclaw/config"?: Entry | undefined
    }
  }
}

const note = <S extends Schema.Top>(schema: S, entry: Entry): S["Rebuild"] =>
  schema.pipe(Schema.annotateKey({ "exoclaw/config": entry }))

/** A key with a default, given as it would stand in the file. */
export const key = <S extends Codec>(schema: S, doc: Doc & { readonly default: S["Encoded"] }) =>
  note(schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(doc.default))), {
    ...doc,
    kind: "leaf",
    schema,
    required: false
  })

/** A key that may be absent and then has no value. */
export const optional = <S extends Codec>(schema: S, doc: Doc & { readonly example: S["Encoded"] }) =>
  note(Schema.optionalKey(schema), { ...doc, kind: "leaf", schema, required: false })

/** A key that must be given. */
export const required = <S extends Codec>(schema: S, doc: Doc & { readonly example: S["Encoded"] }) =>
  note(schema, { ...doc, kind: "leaf", schema, required: true })

/** A table in which every key has a default or may be absent, so that the table may be absent too. */
export const table = <S extends Section>(section: S, doc: string) =>
  note(section.pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))), {
    kind: "table",
    section,
    doc,
    optional: false
  })

/** A table whose absence means something else than its defaults. */
export const optionalTable = <S extends Section>(section: S, doc: string) =>
  note(Schema.optionalKey(section), { kind: "table", section, doc, optional: true })

/** A list of tables, empty by default. */
export const list = <S extends Section>(section: S, doc: string) =>
  note(Schema.Array(section).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))), { kind: "list", section, doc })

/** Tables by a name of the operator's choice, none by default. */
export const dictionary = <S extends Section>(section: S, doc: string) => {
  const record = Schema.Record(Schema.String, section)
  // Decoded rather than written: TypeScript cannot see that no table at all fits every section.
  const none = Schema.decodeUnknownEffect(Schema.toEncoded(record))({})
  return note(record.pipe(Schema.withDecodingDefaultKey(none)), { kind: "dictionary", section, doc })
}

/** The entries of a section in the order they were declared. */
export const entries = (section: Section): ReadonlyArray<readonly [name: string, entry: Entry]> =>
  Object.entries(section.fields).flatMap(([name, field]) => {
    const entry = Schema.resolveAnnotationsKey(field)?.["exoclaw/config"]
    return entry === undefined ? [] : [[name, entry] as const]
  })
