/** Holds a raw configuration against a section: every mistake, and every effective value with its source. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type ConfigReason, type Source, showSource } from "./ConfigError.ts"
import { type KeyPath, show } from "./KeyPath.ts"
import { nearest } from "./Nearest.ts"
import { describe, isTable, type RawTable } from "./RawTable.ts"
import { entries, type Leaf, type Section } from "./Section.ts"

/** One value in force. */
export interface Effective {
  readonly path: KeyPath
  readonly key: string
  /** As it would stand in the file. */
  readonly value: unknown
  readonly source: Source
  readonly leaf: Leaf
}

export interface Inspection {
  readonly reasons: ReadonlyArray<ConfigReason>
  readonly effective: ReadonlyArray<Effective>
}

/** Whether a value in the form of the file is one the key takes. */
export const accepts = (leaf: Leaf, value: unknown): boolean =>
  Result.isSuccess(Schema.decodeUnknownResult(leaf.schema, { onExcessProperty: "error" })(value))

/** "`place`: `key` must be ...; it is ...", without the value where it is a secret. */
export const invalidValue = (source: Source, path: KeyPath, leaf: Leaf, value: unknown): ConfigReason => {
  const key = show(path)
  const shown = leaf.secret === true ? "" : `; it is ${describe(value)}`
  return {
    _tag: "invalidValue",
    source,
    key,
    allowed: [leaf.allowed],
    message: `${showSource(source)}: "${key}" must be ${leaf.allowed}${shown}.`
  }
}

const notTable = (source: Source, path: KeyPath, what: string, value: unknown): ConfigReason => {
  const key = show(path)
  return {
    _tag: "invalidValue",
    source,
    key,
    allowed: [what],
    message: `${showSource(source)}: "${key}" must be ${what}; it is ${describe(value)}.`
  }
}

const unknownKey = (source: Source, path: KeyPath, name: string, known: ReadonlyArray<string>): ConfigReason => {
  const key = show(path)
  const suggestion = nearest(name, known)
  const hint = suggestion === undefined ? ": it is not known to this version." : `; did you mean "${suggestion}"?`
  return {
    _tag: "unknownKey",
    source,
    key,
    allowed: known,
    ...(suggestion === undefined ? {} : { suggestion }),
    message: `${showSource(source)}: unknown key "${key}"${hint} Allowed here: ${known.join(", ")}.`
  }
}

const missing = (source: Source, path: KeyPath, leaf: Leaf): ConfigReason => {
  const key = show(path)
  return {
    _tag: "missing",
    source,
    key,
    allowed: [leaf.allowed],
    message: `${showSource(source)}: "${key}" is missing; it must be ${leaf.allowed}.`
  }
}

/**
 * Checks `root` against `section`, key by key, so that one mistake hides no other. `sourceOf` tells where a given value
 * (or, for a value that is not given, its table) comes from.
 */
export const inspect = (section: Section, root: RawTable, sourceOf: (path: KeyPath) => Source): Inspection => {
  const reasons: Array<ConfigReason> = []
  const effective: Array<Effective> = []

  const inspectLeaf = (leaf: Leaf, path: KeyPath, given: boolean, value: unknown): void => {
    if (given) {
      const source = sourceOf(path)
      if (accepts(leaf, value)) effective.push({ path, key: show(path), value, source, leaf })
      else reasons.push(invalidValue(source, path, leaf, value))
    } else if (leaf.required) {
      reasons.push(missing(sourceOf(path), path, leaf))
    } else if (leaf.default !== undefined) {
      effective.push({ path, key: show(path), value: leaf.default, source: { _tag: "Default" }, leaf })
    }
  }

  const inspectBelow = (below: Section, path: KeyPath, value: unknown, what: string): void => {
    if (isTable(value)) inspectTable(below, value, path)
    else reasons.push(notTable(sourceOf(path), path, what, value))
  }

  const inspectTable = (here: Section, table: RawTable, path: KeyPath): void => {
    const known = entries(here)
    const names = known.map(([name]) => name)
    for (const name of Object.keys(table)) {
      if (!names.includes(name)) reasons.push(unknownKey(sourceOf([...path, name]), [...path, name], name, names))
    }
    for (const [name, entry] of known) {
      const at = [...path, name]
      const given = Object.hasOwn(table, name)
      const value = given ? table[name] : undefined
      switch (entry.kind) {
        case "leaf":
          inspectLeaf(entry, at, given, value)
          break
        case "table":
          if (given || !entry.optional) inspectBelow(entry.section, at, given ? value : {}, `a table: [${show(at)}]`)
          break
        case "list":
          if (Array.isArray(value)) {
            value.forEach((item: unknown, index) =>
              inspectBelow(entry.section, [...at, index], item, `a table: [[${show(at)}]]`)
            )
          } else if (given) reasons.push(notTable(sourceOf(at), at, `a list of tables: [[${show(at)}]]`, value))
          break
        case "dictionary":
          if (isTable(value)) {
            for (const [chosen, item] of Object.entries(value)) {
              inspectBelow(entry.section, [...at, chosen], item, `a table: [${show([...at, chosen])}]`)
            }
          } else if (given) reasons.push(notTable(sourceOf(at), at, `tables by name: [${show(at)}."name"]`, value))
          break
      }
    }
  }

  inspectTable(section, root, [])
  return { reasons, effective }
}
