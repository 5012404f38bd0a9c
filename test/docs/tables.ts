/**
 * The tables of docs/ that are made from the code. Between `<!-- NAME -->` and `<!-- /NAME -->` of a page stands what the
 * function of that name says; `node_modules/.bin/node test/docs/tables.ts` writes them anew.
 */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type * as Rpc from "effect/rpc/Rpc"
import * as RpcSchema from "effect/rpc/RpcSchema"
import * as Schema from "effect/Schema"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { auditKinds } from "../../src/audit/AuditKinds.ts"
import * as Counters from "../../src/casil/Counters.ts"
import { meanings } from "../../src/casil/Verdict.ts"
import { entries, type Leaf, type Section } from "../../src/config/Section.ts"
import { ClientRpcs, OpenRpcs } from "../../src/gateway/ClientRpcs.ts"
import { errorClasses } from "../../src/gateway/GatewayError.ts"
import { OperatorRpcs } from "../../src/gateway/OperatorRpcs.ts"
import { RequiredScope, Summary } from "../../src/gateway/ScopedRpc.ts"
import * as Metrics from "../../src/domain/Metrics.ts"
import { Series } from "../../src/domain/Series.ts"
import { forms } from "../../src/sandbox/Capability.ts"
import { EventBody } from "../../src/session/TurnEvent.ts"
import { SettingsFile } from "../../src/settings/SettingsFile.ts"
import { floors } from "../architecture/rules.ts"
import { root } from "../support/repository.ts"

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n")

interface Shape {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: ReadonlyArray<string>
}

/** The fields of an object, an optional one with its question mark. */
const fields = (of: Schema.Top): string => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(of)
  const { $ref } = schema as Shape
  const named = $ref === undefined ? undefined : definitions[$ref.slice($ref.lastIndexOf("/") + 1)]
  const { properties = {}, required = [] } = (named ?? schema) as Shape
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? name : `${name}?`))
    .join(", ")
}

const methods = (...groups: ReadonlyArray<{ readonly requests: ReadonlyMap<string, Rpc.Any> }>): string =>
  table(
    ["method", "scope", "parameters", "what it does"],
    groups
      .flatMap(({ requests }) => [...requests.values()])
      .map((any) => {
        const rpc = any as Rpc.AnyWithProps
        return [
          `\`${rpc._tag}\`${RpcSchema.isStreamSchema(rpc.successSchema) ? " (events)" : ""}`,
          Context.get(rpc.annotations, RequiredScope) ?? "none",
          fields(rpc.payloadSchema),
          Context.get(rpc.annotations, Summary)
        ]
      })
  )

const keys = (section: Section, prefix: string): ReadonlyArray<ReadonlyArray<string>> =>
  entries(section).flatMap(([name, entry]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`
    switch (entry.kind) {
      case "leaf":
        return [[`\`${path}\``, valueOf(entry), `${entry.doc} Allowed: ${entry.allowed}.`]]
      case "table":
        return keys(entry.section, path)
      case "list":
        return keys(entry.section, `${path}[]`)
      case "dictionary":
        return keys(entry.section, `${path}."NAME"`)
    }
  })

const valueOf = (leaf: Leaf): string => {
  const unit = leaf.unit === undefined ? "" : ` ${leaf.unit}`
  if (leaf.default !== undefined) return `\`${JSON.stringify(leaf.default)}\`${unit}`
  return leaf.required ? "required" : "none"
}

/** What the registry says of every metric once each was recorded; what a histogram has beside its labels is its unit. */
const metrics = (): string => {
  const context = Context.empty()
  const labels = new Proxy<Readonly<Record<string, string>>>({}, { get: () => "x" })
  for (const one of [...Object.values(Metrics), ...Object.values(Counters)]) {
    if (one instanceof Series) one.recordUnsafe(labels as never, 0)
  }
  return table(
    ["metric", "kind", "labels", "what it is"],
    Metric.snapshotUnsafe(context)
      .map(({ attributes = {}, description = "", id, type }) => {
        const { unit, ...told } = attributes
        const kind = unit === undefined ? type.toLowerCase() : `${type.toLowerCase()}, ${unit}`
        return [`\`${id}\``, kind, Object.keys(told).join(", "), description]
      })
      .toSorted(([left = ""], [right = ""]) => (left < right ? -1 : 1))
  )
}

/** Every generated table, by the page it stands in and its name there. */
export const tables: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  "docs/protocol.md": {
    "client methods": () => methods(OpenRpcs, ClientRpcs),
    "operator methods": () => methods(OperatorRpcs),
    errors: () =>
      table(
        ["code", "name", "data"],
        errorClasses.map(({ code, schema }) => [
          String(code),
          schema.identifier,
          fields(schema)
            .split(", ")
            .filter((name) => name !== "_tag" && name !== "message")
            .join(", ")
        ])
      ),
    events: () =>
      table(
        ["type", "data"],
        EventBody.members.map((member) => [`\`${member.fields.type.literal}\``, fields(member.fields.data)])
      )
  },
  "docs/architecture.md": {
    floors: () => {
      const rooms = floors.map((floor) => floor.filter((room) => existsSync(join(root, "src", room))).join("  "))
      return ["```text", ...rooms, "```"].join("\n")
    }
  },
  "docs/runbook.md": {
    metrics,
    "audit kinds": () =>
      table(
        ["kind", "written when", "data"],
        Object.entries(auditKinds).map(([kind, { data, says }]) => [`\`${kind}\``, says, data.join(", ")])
      )
  },
  "docs/plugins.md": {
    capabilities: () =>
      table(
        ["form"],
        Object.values(forms).map((form) => [`\`${form}\``])
      )
  },
  "docs/casil.md": {
    codes: () =>
      table(
        ["reason", "what it means"],
        Object.entries(meanings).map(([code, meaning]) => [`\`${code}\``, meaning])
      ),
    keys: () =>
      table(
        ["key", "default", "what it does"],
        keys(SettingsFile, "").filter(([key]) => key?.startsWith("`casil.") === true)
      )
  },
  "docs/configuration.md": {
    // an agent has one form or the other: the second is the first, several times
    keys: () =>
      table(
        ["key", "default", "what it does"],
        keys(SettingsFile, "").filter(([key]) => key?.startsWith("`agents[]") === false)
      )
  }
}

const between = (name: string) => new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`)

/** A page with its tables as the code says they are. */
export const current = (page: string): { readonly is: string; readonly shouldBe: string } => {
  const is = readFileSync(join(root, page), "utf8")
  const shouldBe = Object.entries(tables[page] ?? {}).reduce((text, [name, make]) => {
    if (!between(name).test(text)) throw new Error(`${page} has no place for the table "${name}"`)
    return text.replace(between(name), (_, start: string, end: string) => `${start}${make()}${end}`)
  }, is)
  return { is, shouldBe }
}

if (import.meta.main) for (const page of Object.keys(tables)) writeFileSync(join(root, page), current(page).shouldBe)
