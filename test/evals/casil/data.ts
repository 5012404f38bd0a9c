/**
 * The data that inspection is measured with, as `--data DIR` holds it. Of these, whatever is there:
 *
 * - `labels.json` and `data/REPOSITORY/...`, or an archive `creddata*.tar.gz` of both: files with labelled lines. A label is
 *   `{ "file": "data/REPOSITORY/...", "ls": 3, "le": 3, "vs": 11, "ve": 27, "gt": "T", "cat": "Password" }`: lines from 1,
 *   where in its first and last line the value begins and ends (-1: not known), whether it is a secret (T), none (F) or
 *   a template (X), and of which categories, with colons between them.
 * - `token-examples*.json`: `[{ "rule": "vendor.1", "label": 1, "text": "...", "generic": false }]`, 1 for texts with a
 *   secret and 0 for texts without; `generic` where the rule is a vague one.
 * - `pii*.json`: `[{ "full_text": "...", "spans": [{ "entity_type": "US_SSN", "entity_value": "...", "start_position": 3,
 *   "end_position": 14 }] }]`; a text without spans has nothing to find.
 * - `injection*.json`: as `eval:injection` takes it; only how many of its texts have a hint is counted here.
 *
 * The last three may also lie in the folder beside; all may be packed with gzip.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { gunzipSync } from "node:zlib"
import { openScratch } from "../../support/scratch.ts"
import { load } from "../injection/data.ts"

/** A label of CredData: lines from 1, and where the value is in its first and last line, if that is known. */
export interface Label {
  readonly gt: "T" | "F" | "X"
  readonly cat: string
  readonly file: string
  readonly ls: number
  readonly le: number
  readonly vs: number
  readonly ve: number
}

export interface Credentials {
  readonly files: ReadonlyArray<{ readonly name: string; readonly repository: string; readonly text: string }>
  readonly labels: ReadonlyMap<string, ReadonlyArray<Label>>
  /** Files that are labelled and not there. */
  readonly missing: number
}

/** A text that a rule of another scanner was made for: whether it holds a secret, and whether the rule is a vague one. */
export interface TokenExample {
  readonly rule: string
  readonly label: 0 | 1
  readonly text: string
  readonly generic?: boolean
}

export interface PiiExample {
  readonly full_text: string
  readonly spans: ReadonlyArray<{
    readonly entity_type: string
    readonly entity_value: string
    readonly start_position: number
    readonly end_position: number
  }>
}

/** Data that cannot be measured with, in words. */
export class InvalidData extends Error {
  override readonly name = "InvalidData"
}

const read = (file: string): Buffer => {
  const bytes = fs.readFileSync(file)
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}

type Row = Readonly<Record<string, unknown>>

/** The rows of a JSON file; `wrong` says what is wrong with one. */
const rowsOf = <A>(file: string, wrong: (row: Row) => string | undefined): ReadonlyArray<A> => {
  let value: unknown
  try {
    value = JSON.parse(read(file).toString("utf8"))
  } catch (cause) {
    throw new InvalidData(`${file} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  if (!Array.isArray(value)) throw new InvalidData(`${file} must be an array`)
  value.forEach((row: unknown, index) => {
    const why = typeof row === "object" && row !== null ? wrong(row as Row) : "it is no object"
    if (why !== undefined) throw new InvalidData(`${file}, entry ${index}: ${why}`)
  })
  return value as ReadonlyArray<A>
}

const typed =
  (
    kinds: Readonly<Record<string, "string" | "number" | "object">>,
    more: (row: Row) => string | undefined = () => undefined
  ) =>
  (row: Row): string | undefined => {
    const wrong = Object.entries(kinds).find(([key, kind]) => typeof row[key] !== kind)
    return wrong === undefined
      ? more(row)
      : `"${wrong[0]}" must be ${wrong[1] === "object" ? "a list" : `a ${wrong[1]}`}`
  }

const wrongLabel = typed(
  { file: "string", cat: "string", gt: "string", ls: "number", le: "number", vs: "number", ve: "number" },
  ({ gt, le, ls }) =>
    !["T", "F", "X"].includes(String(gt))
      ? `"gt" must be "T", "F" or "X"; it is ${JSON.stringify(gt)}`
      : Number(ls) < 1 || Number(le) < Number(ls)
        ? `its lines ${String(ls)} to ${String(le)} are none`
        : undefined
)

const walk = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name)
    return entry.isDirectory() ? walk(name) : [name]
  })

const BLOCK = 512

/** Unpacks an archive of plain files into a fresh folder. */
const unpack = (archive: string): string => {
  const bytes = read(archive)
  openScratch()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-eval-"))
  process.once("exit", () => fs.rmSync(folder, { recursive: true, force: true }))
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const field = (from: number, length: number) =>
      bytes.toString("utf8", at + from, at + from + length).split("\0")[0] ?? ""
    const size = Number.parseInt(field(124, 12).trim() || "0", 8)
    const name = [field(345, 155), field(0, 100)].filter((part) => part !== "").join("/")
    if (name === "") break
    const file = path.join(folder, name)
    if (!file.startsWith(folder)) throw new Error(`${archive} holds ${name}`)
    if ((field(156, 1) || "0") === "0") {
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, bytes.subarray(at + BLOCK, at + BLOCK + size))
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return folder
}

/** The files of `folder` and of the folder it is in whose names begin so. */
const named = (folder: string, begin: string): ReadonlyArray<string> =>
  [folder, path.dirname(folder)]
    .filter((place) => fs.statSync(place).isDirectory())
    .flatMap((place) =>
      fs
        .readdirSync(place)
        .filter((name) => name.startsWith(begin) && /\.(json|tar)(\.gz)?$/.test(name))
        .map((name) => path.join(place, name))
    )

/** The labelled files: `labels.json` beside them, or in an archive `creddata*`. Nothing if there are none. */
export const credentials = (folder: string): Credentials | undefined => {
  const archive = named(folder, "creddata")[0]
  const place = fs.existsSync(path.join(folder, "labels.json"))
    ? folder
    : archive === undefined
      ? undefined
      : unpack(archive)
  if (place === undefined) return undefined
  const rows = rowsOf<Label>(path.join(place, "labels.json"), wrongLabel)
  // some have the folder in the name, some not
  const isIn = (name: string) => fs.existsSync(path.join(place, name))
  const labels = Map.groupBy(rows, ({ file }) =>
    isIn(file) || !isIn(path.join("data", file)) ? file : path.join("data", file)
  )
  const known = walk(place).map((file) => path.relative(place, file))
  const files = known
    .filter((name) => name.includes(path.sep) && !name.endsWith("labels.json"))
    .toSorted()
    .map((name) => ({
      name,
      repository: name.split(path.sep)[1] ?? "",
      text: fs.readFileSync(path.join(place, name), "utf8")
    }))
  const there = new Set(files.map(({ name }) => name))
  const missing = [...labels.keys()].filter((name) => !there.has(name))
  if (files.length === 0) throw new InvalidData(`${place} has labels.json, but no files in data/`)
  if (missing.length === labels.size && missing.length > 0) {
    throw new InvalidData(
      `none of the ${missing.length} files that labels.json names is in ${place}; the first is ${missing[0]}`
    )
  }
  return { files, labels: new Map([...labels].filter(([name]) => there.has(name))), missing: missing.length }
}

/** The rows of the first file that is named so; nothing if there is none. */
const examples = <A>(
  folder: string,
  begin: string,
  wrong: (row: Row) => string | undefined
): ReadonlyArray<A> | undefined => {
  const [file] = named(folder, begin)
  return file === undefined ? undefined : rowsOf<A>(file, wrong)
}

export const tokenExamples = (folder: string): ReadonlyArray<TokenExample> | undefined =>
  examples(folder, "token-examples", typed({ rule: "string", text: "string", label: "number" }))
export const piiExamples = (folder: string): ReadonlyArray<PiiExample> | undefined =>
  examples(
    folder,
    "pii",
    typed({ full_text: "string", spans: "object" }, ({ spans }) => {
      if (!Array.isArray(spans)) return '"spans" must be a list'
      const wrong = typed({ entity_type: "string", start_position: "number", end_position: "number" })
      return spans.map((span: Row) => wrong(span)).find((why) => why !== undefined)
    })
  )

/** Texts with orders and texts without, of published attacks; nothing if there are none. */
export const injectionTexts = (folder: string) => {
  const [file] = named(folder, "injection")
  if (file === undefined) return undefined
  const { attempts, tasks } = load(file)
  return {
    attacks: attempts.filter(({ goal, route }) => goal === "egress" && route === "fetched"),
    harmless: tasks.flatMap(({ document, question }) => [document, question])
  }
}

/** Lines of a text, from 1. */
export class Lines {
  readonly #starts: ReadonlyArray<number>

  constructor(text: string) {
    const starts = [0]
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1)
    this.#starts = starts
  }

  /** Where a line begins. */
  start(line: number): number {
    return this.#starts[line - 1] ?? Number.POSITIVE_INFINITY
  }

  /** The line that holds a position. */
  of(position: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return low
  }
}
