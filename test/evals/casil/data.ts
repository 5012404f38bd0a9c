/** The data that inspection is measured with, as `--data DIR` holds it. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { gunzipSync } from "node:zlib"

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

const read = (file: string): Buffer => {
  const bytes = fs.readFileSync(file)
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}

const walk = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name)
    return entry.isDirectory() ? walk(name) : [name]
  })

const BLOCK = 512

/** Unpacks an archive of plain files into a fresh folder. */
const unpack = (archive: string): string => {
  const bytes = read(archive)
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
  [folder, path.dirname(folder)].flatMap((place) =>
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
  const rows: ReadonlyArray<Label> = JSON.parse(read(path.join(place, "labels.json")).toString("utf8"))
  const labels = Map.groupBy(rows, ({ file }) => file)
  const known = walk(place).map((file) => path.relative(place, file))
  const files = known
    .filter((name) => name.includes(path.sep) && !name.endsWith("labels.json"))
    .toSorted()
    .map((name) => ({
      name,
      repository: name.split(path.sep)[1] ?? "",
      text: fs.readFileSync(path.join(place, name), "utf8")
    }))
  return { files, labels }
}

const examples = <A>(folder: string, begin: string): ReadonlyArray<A> =>
  named(folder, begin)
    .slice(0, 1)
    .flatMap((file) => JSON.parse(read(file).toString("utf8")) as ReadonlyArray<A>)

export const tokenExamples = (folder: string): ReadonlyArray<TokenExample> => examples(folder, "token-examples")
export const piiExamples = (folder: string): ReadonlyArray<PiiExample> => examples(folder, "pii")

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
