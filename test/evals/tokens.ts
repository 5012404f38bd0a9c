/**
 * How far the token estimate is from exact counts, by family of models: `npm run eval:tokens -- --data FILE`, where FILE
 * is JSON (every string in it is a text) or plain text (every paragraph is), gzipped or not. Without data, the
 * repository's own documents and sources are measured. Anthropic's tokenizer is not public: how far its models are from
 * the estimate is learned from what they say they used (`TokenFactor.ts`), and their exact counts come from the vendor.
 */
import * as cl100k from "gpt-tokenizer/encoding/cl100k_base"
import * as o200k from "gpt-tokenizer/encoding/o200k_base"
import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { gunzipSync } from "node:zlib"
import { estimateTokens, utf8Bytes } from "../../src/model/TokenEstimate.ts"

const root = path.join(import.meta.dirname, "..", "..")
const plain = { disallowedSpecial: new Set<string>() }
const families = [
  { name: "o200k_base (gpt-4o, gpt-4.1, gpt-5, o1, o3, o4)", count: (text: string) => o200k.countTokens(text, plain) },
  { name: "cl100k_base (gpt-4, gpt-3.5)", count: (text: string) => cl100k.countTokens(text, plain) }
]

/** Shorter texts have so few tokens that one of them is a large error; they count in the total only. */
const shortest = 80
/** What a tokenizer would take too long for is no text. */
const longestWord = /\S{2000}/

const stringsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(stringsIn)
      : []

const textsOf = (file: string): ReadonlyArray<string> => {
  const bytes = fs.readFileSync(file)
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8")
  return /\.json(?:\.gz)?$/.test(file) ? stringsIn(JSON.parse(text)) : text.split(/\n\s*\n/)
}

const own = (folder: string, ending: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(root, folder, name))

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`
const at = (sorted: ReadonlyArray<number>, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

const measure = (title: string, all: ReadonlyArray<string>): void => {
  const texts = all.filter((text) => text.trim() !== "" && !longestWord.test(text))
  process.stdout.write(
    `\n${title}: ${texts.length} texts, ${texts.reduce((sum, one) => sum + one.length, 0)} characters\n`
  )
  const estimates = texts.map(estimateTokens)
  const estimated = estimates.reduce((sum, one) => sum + one, 0)
  const bytes = texts.reduce((sum, one) => sum + utf8Bytes(one), 0)
  for (const { count, name } of families) {
    const counts = texts.map(count)
    const exact = counts.reduce((sum, one) => sum + one, 0)
    if (exact === 0) continue
    const errors = texts
      .flatMap((text, n) =>
        text.length < shortest ? [] : [Math.abs((estimates[n] ?? 0) - (counts[n] ?? 0)) / (counts[n] ?? 1)]
      )
      .toSorted((a, b) => a - b)
    const single = `per text p50 ${percent(at(errors, 0.5))}, p95 ${percent(at(errors, 0.95))}`
    const faulty = texts.filter((_, n) => (counts[n] ?? 0) < 0.6 * (estimates[n] ?? 0)).length
    process.stdout.write(
      `  ${name}\n    ${exact} tokens, total error ${percent(estimated / exact - 1)}, ${single}; ` +
        `bytes are ${(bytes / exact).toFixed(2)} times the tokens; ${faulty} texts under 60 % of their estimate\n`
    )
  }
}

const { values } = parseArgs({ options: { data: { type: "string", multiple: true } } })
if (values.data === undefined) {
  measure("documents", own("docs", ".md").flatMap(textsOf))
  measure("sources", own("src", ".ts").flatMap(textsOf))
}
for (const file of values.data ?? [])
  measure(path.basename(file), textsOf(path.resolve(process.env["INIT_CWD"] ?? process.cwd(), file)))
