/** Histories with questions about them: LoCoMo's format, and the plain one that `README.md` documents. */
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import type { Role } from "../../../src/memory/MemoryTurn.ts"

export interface EvalTurn {
  readonly id: string
  readonly conversation: string
  readonly at: number
  readonly role: Role
  readonly speaker: string | undefined
  readonly text: string
}

export interface EvalQuestion {
  readonly question: string
  /** Ids of the turns that answer it. */
  readonly evidence: ReadonlyArray<string>
  readonly category: string
  /** Unix time in milliseconds of its asking. */
  readonly now: number
}

export interface History {
  readonly name: string
  readonly turns: ReadonlyArray<EvalTurn>
  readonly questions: ReadonlyArray<EvalQuestion>
  /** Questions that name no turn of this history. */
  readonly dropped: number
}

type Json = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)
const records = (value: unknown): ReadonlyArray<Json> => (Array.isArray(value) ? value.filter(isRecord) : [])
const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined
/** The first of these keys that has something. */
const pick = (record: Json, ...keys: ReadonlyArray<string>): unknown =>
  keys.map((key) => record[key]).find((value) => value !== undefined && value !== null)

const day = 86_400_000

const spoken = /^(\d{1,2}):(\d{2})\s*(am|pm) on (\d{1,2}) (\w+),? (\d{4})$/i

/** A date in LoCoMo's words, ISO 8601, seconds or milliseconds. */
export const timeOf = (value: unknown): number | undefined => {
  if (typeof value === "number") return value < 1e11 ? value * 1000 : value
  if (typeof value !== "string") return undefined
  const words = spoken.exec(value.trim())
  if (words !== null) {
    const [, hour, minute, half, date, month, year] = words
    const noon = half?.toLowerCase() === "pm" ? 12 : 0
    return (
      Date.parse(`${month} ${date}, ${year} 00:00 UTC`) +
      ((Number(hour) % 12) + noon) * 3_600_000 +
      Number(minute) * 60_000
    )
  }
  // without a zone it is UTC
  const zoned = /[zZ]$|[+-]\d\d:?\d\d$|GMT|UTC/.test(value)
    ? value
    : `${value}${/\d:\d/.test(value) ? " UTC" : " 00:00 UTC"}`
  const parsed = [Date.parse(zoned), Date.parse(value)].find((at) => !Number.isNaN(at))
  return parsed
}

const locomoCategories: Readonly<Record<string, string>> = {
  "1": "multi-hop",
  "2": "temporal",
  "3": "open-domain",
  "4": "single-hop",
  "5": "adversarial"
}

/** `D1:03`, `D:1:3` and several in one string stand in the published file. */
const locomoIds = (evidence: unknown): ReadonlyArray<string> =>
  (Array.isArray(evidence) ? evidence : [evidence]).flatMap((one) =>
    [...String(one).matchAll(/D:?(\d+):0*(\d+)/g)].map(([, session, turn]) => `D${session}:${turn}`)
  )

const locomo = (record: Json, place: number): History => {
  const conversation = isRecord(record["conversation"]) ? record["conversation"] : {}
  const name = text(record["sample_id"]) ?? `conversation-${place + 1}`
  const turns: Array<EvalTurn> = []
  let last = 0
  for (let session = 1; conversation[`session_${session}_date_time`] !== undefined; session++) {
    const at = timeOf(conversation[`session_${session}_date_time`]) ?? last + day
    last = at
    for (const [i, turn] of records(conversation[`session_${session}`]).entries()) {
      const caption = text(turn["blip_caption"])
      turns.push({
        id: text(turn["dia_id"]) ?? `D${session}:${i + 1}`,
        conversation: `${name} session ${session}`,
        at: at + i * 1000,
        role: "user",
        speaker: text(turn["speaker"]),
        text: `${text(turn["text"]) ?? ""}${caption === undefined ? "" : ` [image: ${caption}]`}`
      })
    }
  }
  const questions = records(record["qa"]).map((qa) => ({
    question: text(qa["question"]) ?? "",
    evidence: locomoIds(qa["evidence"]),
    category: locomoCategories[text(qa["category"]) ?? ""] ?? "other",
    now: last + day
  }))
  return checked(name, turns, questions)
}

const plain = (record: Json, place: number): History => {
  const name = text(pick(record, "name", "id", "sample_id")) ?? `history-${place + 1}`
  let last = Date.UTC(2024, 0, 1)
  const turns = records(pick(record, "turns", "messages", "history")).map((turn, i): EvalTurn => {
    const at = timeOf(pick(turn, "at", "time", "date", "timestamp")) ?? last + 60_000
    last = at
    const role = text(turn["role"])
    return {
      id: text(pick(turn, "id", "message_id", "turn_id", "dia_id")) ?? String(i),
      conversation: text(pick(turn, "conversation", "session", "session_id")) ?? name,
      at,
      role: role === "assistant" || role === "ai" || role === "bot" ? "assistant" : "user",
      speaker: text(pick(turn, "speaker", "name")),
      text: text(pick(turn, "text", "content")) ?? ""
    }
  })
  const questions = records(pick(record, "questions", "qa", "probes")).map((qa) => ({
    question: text(pick(qa, "question", "query", "text")) ?? "",
    evidence: [pick(qa, "evidence", "gold", "gold_ids", "evidence_ids", "source_ids")]
      .flat(3)
      .flatMap((id) => text(id) ?? []),
    category: text(pick(qa, "category", "type", "question_type")) ?? "all",
    now: timeOf(pick(qa, "now", "at", "date")) ?? last + day
  }))
  return checked(name, turns, questions)
}

/** Without empty turns, repeated ids, and questions that name no turn. */
const checked = (name: string, turns: ReadonlyArray<EvalTurn>, questions: ReadonlyArray<EvalQuestion>): History => {
  const byId = new Map(turns.filter((turn) => turn.text.trim() !== "").map((turn) => [turn.id, turn]))
  const usable = questions
    .map((question) => ({
      ...question,
      evidence: [...new Set(question.evidence)].filter((id) => byId.has(id))
    }))
    .filter(({ evidence, question }) => evidence.length > 0 && question !== "")
  return { name, turns: [...byId.values()], questions: usable, dropped: questions.length - usable.length }
}

/** What is wrong with a file, in a sentence with its name. */
export class DataError extends Error {}

const lineOf = (line: string, number: number, file: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    throw new DataError(`${file}:${number}: this is no JSON.`)
  }
}

/** One JSON value, or one on each line. */
const parse = (content: string, file: string): ReadonlyArray<unknown> => {
  try {
    const value: unknown = JSON.parse(content)
    return Array.isArray(value) ? value : [value]
  } catch {
    return content.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [lineOf(line, i + 1, file)]))
  }
}

const historyOf = (record: unknown, place: number, file: string): History => {
  const where = `${file}: history ${place + 1}`
  if (!isRecord(record)) throw new DataError(`${where} is no object.`)
  const isLocomo = isRecord(record["conversation"])
  const turns = pick(record, "turns", "messages", "history")
  if (!isLocomo && !Array.isArray(turns)) {
    const keys = Object.keys(record).slice(0, 8).join(", ")
    throw new DataError(
      `${where} has neither "conversation" (LoCoMo) nor "turns" (plain); it has ${keys || "nothing"}.`
    )
  }
  if (!Array.isArray(isLocomo ? record["qa"] : pick(record, "questions", "qa", "probes"))) {
    throw new DataError(`${where} has no list of ${isLocomo ? '"qa"' : '"questions"'}.`)
  }
  const history = isLocomo ? locomo(record, place) : plain(record, place)
  if (history.turns.length === 0) {
    const wanted = isLocomo ? '"session_1" with "session_1_date_time"' : '"turns" with a "text" each'
    throw new DataError(`${where} (${history.name}) has no turns; it needs ${wanted}.`)
  }
  return history
}

/** Fails with a `DataError` where the file cannot be read, is in neither format, or has no question with an answer. */
export const loadHistories = (file: string): ReadonlyArray<History> => {
  let content: string
  try {
    const bytes = readFileSync(file)
    content = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8")
  } catch (error) {
    throw new DataError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  const histories = parse(content, file).map((record, place) => historyOf(record, place, file))
  const asked = histories.reduce((sum, { questions }) => sum + questions.length, 0)
  if (asked > 0) return histories
  const dropped = histories.reduce((sum, { dropped }) => sum + dropped, 0)
  throw new DataError(
    dropped === 0 ? `${file} has no questions.` : `${file}: none of ${dropped} questions names a turn as its evidence.`
  )
}
