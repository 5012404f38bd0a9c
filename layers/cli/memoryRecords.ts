/** The lines of a file as records of memory, in portions for a call each; the first that is none is told by its line. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { MemoryRecord } from "../../src/gateway/MemoryRpcs.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"

/** Records in one call, and their characters: a frame has a limit. */
const mostRecords = 200
const mostLength = 300_000

/** Records of these lines of a file. */
export interface Portion {
  readonly records: Array<MemoryRecord>
  readonly first: number
  last: number
}

const decode = Schema.decodeUnknownExit(MemoryRecord)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()
const kinds: ReadonlyArray<unknown> = MemoryRecord.members.map(({ fields }) => fields.kind.literal)
/** Some of a record's mistakes tell what kind of file it is. */
const mostIssues = 3

const kindOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined

const segment = (key: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof key === "object" ? key.key : key)

/** What was expected, field by field; never the value that stands there. */
const expected = (value: unknown, error: Schema.SchemaError): string => {
  if (!kinds.includes(kindOf(value))) return `kind: Expected ${kinds.map((kind) => JSON.stringify(kind)).join(" or ")}`
  return issuesOf(error.issue)
    .issues.slice(0, mostIssues)
    .map(({ message, path = [] }) => `${path.map(segment).join(".")}: ${message}`)
    .join("; ")
}

const recordOf = (line: string, place: string) => {
  const refuse = (why: string) => Effect.fail(failure(`${place}: ${why}. Nothing was imported.`, exitCode.usage))
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return refuse("this line is no JSON")
  }
  const decoded = decode(value, { errors: "all" })
  if (Exit.isSuccess(decoded)) return Effect.succeed(decoded.value)
  const reason = decoded.cause.reasons.find(Cause.isFailReason)
  return refuse(
    `this line is no record as \`memory export\` writes them${reason === undefined ? "" : `: ${expected(value, reason.error)}`}`
  )
}

/** Reads all of them before any is sent. */
export const portions = Effect.fnUntraced(function* (path: string, text: string) {
  const parts: Array<Portion> = []
  let length = 0
  // editors of some systems put a mark before the first line
  for (const [i, line] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    if (line.trim() === "") continue
    const record = yield* recordOf(line, `${path}:${i + 1}`)
    length += line.length
    const part = parts.at(-1)
    if (part === undefined || part.records.length >= mostRecords || length > mostLength) {
      parts.push({ records: [record], first: i + 1, last: i + 1 })
      length = line.length
    } else {
      part.records.push(record)
      part.last = i + 1
    }
  }
  return parts
})
