/** The configuration file's JSON Schema (draft 2020-12), for editors. */
import * as Schema from "effect/Schema"
import { entries, type Entry, type Leaf, type Section } from "../config/Section.ts"
import { SettingsFile } from "./SettingsFile.ts"

interface JsonSchema {
  readonly [keyword: string]: unknown
}

const leafSchema = (leaf: Leaf): JsonSchema => {
  const { schema } = Schema.toJsonSchemaDocument(leaf.schema)
  const unit = leaf.unit === undefined ? "" : ` Unit: ${leaf.unit}.`
  return {
    ...schema,
    description: `${leaf.doc}${unit} Allowed: ${leaf.allowed}.`,
    ...(leaf.default === undefined ? {} : { default: leaf.default }),
    ...(leaf.example === undefined ? {} : { examples: [leaf.example] })
  }
}

const entrySchema = (entry: Entry): JsonSchema => {
  switch (entry.kind) {
    case "leaf":
      return leafSchema(entry)
    case "table":
      return { ...sectionSchema(entry.section), description: entry.doc }
    case "list":
      return { type: "array", description: entry.doc, items: sectionSchema(entry.section) }
    case "dictionary":
      return { type: "object", description: entry.doc, additionalProperties: sectionSchema(entry.section) }
  }
}

const sectionSchema = (section: Section): JsonSchema => {
  const known = entries(section)
  const required = known.filter(([, entry]) => entry.kind === "leaf" && entry.required).map(([name]) => name)
  return {
    type: "object",
    properties: Object.fromEntries(known.map(([name, entry]) => [name, entrySchema(entry)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false
  }
}

/** A JSON Schema of the whole file, keys in the order of the documentation. */
export const jsonSchema = (): JsonSchema => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "exoclaw configuration",
  ...sectionSchema(SettingsFile)
})
