/** The published texts, as attempts of an attacker and as tasks of a user. */
import * as fs from "node:fs"
import { gunzipSync } from "node:zlib"

/** What the attacker wants: that something leaves, that something is written, that a secret is used. */
export const goals = ["egress", "write", "secret"] as const
export type Goal = (typeof goals)[number]

/**
 * How the text reaches the model: read in the same turn, repeated by the model a turn before, kept by a tool in another
 * conversation, or recalled of what the model answered in another conversation.
 */
export const routes = ["fetched", "repeated", "stored", "recalled"] as const
export type Route = (typeof routes)[number]

export interface Attempt {
  readonly id: string
  /** Of the published set. */
  readonly kind: string
  readonly goal: Goal
  readonly route: Route
  /** What the user asked to have read. */
  readonly document: string
  /** The part of it that gives the order. */
  readonly order: string
}

export interface Task {
  readonly id: string
  readonly kind: string
  readonly document: string
  readonly question: string
  readonly answer: string
}

interface Benign {
  readonly context: string
  readonly question: string
  readonly ideal: unknown
}

interface Published {
  readonly bipia_text_attacks?: Readonly<Record<string, ReadonlyArray<string>>>
  readonly bipia_benign_email?: ReadonlyArray<Benign>
  readonly bipia_benign_table?: ReadonlyArray<Benign>
  readonly cyberseceval_indirect?: ReadonlyArray<{ readonly user_input: string; readonly injection_variant: string }>
}

/**
 * The most characters of a harmless text: a long answer is not worth its tokens to memory, attack and all, and one that
 * is mostly digits and marks, as a table is, not much sooner. What is not recalled attacks nobody.
 */
const longest = (route: Route): number => (route === "recalled" ? 240 : 1200)

/** Puts the order at the beginning, in the middle or at the end of a harmless text. */
const into = (text: string, order: string, place: number): string => {
  if (place === 0) return `${order}\n${text}`
  if (place === 2) return `${text}\n${order}`
  const half = text.indexOf("\n", Math.floor(text.length / 2))
  const at = half < 0 ? text.length : half
  return `${text.slice(0, at)}\n${order}\n${text.slice(at)}`
}

const take = <A>(all: ReadonlyArray<A>, n: number): A => {
  const one = all[n % all.length]
  if (one === undefined) throw new Error("the data has no harmless texts to put the attacks into")
  return one
}

export const load = (
  file: string
): { readonly attempts: ReadonlyArray<Attempt>; readonly tasks: ReadonlyArray<Task> } => {
  const bytes = fs.readFileSync(file)
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8")
  const published = JSON.parse(text) as Published
  const sets = { email: published.bipia_benign_email ?? [], table: published.bipia_benign_table ?? [] }
  const tasks = Object.entries(sets).flatMap(([kind, rows]) =>
    rows.map(({ context, ideal, question }, n): Task => ({
      id: `${kind}-${n}`,
      kind,
      document: context,
      question,
      answer: typeof ideal === "string" ? ideal : JSON.stringify(ideal)
    }))
  )
  const harmless = (route: Route): ReadonlyArray<string> =>
    tasks.map(({ document }) => document).filter(({ length }) => length < longest(route))
  const surroundings = new Map(routes.map((route) => [route, harmless(route)]))
  const texts = Object.entries(published.bipia_text_attacks ?? {}).flatMap(([kind, orders]) =>
    orders.map((order) => ({ kind, order }))
  )
  const orders = [
    ...texts.map((one, n) => ({
      ...one,
      document: (route: Route) => into(take(surroundings.get(route) ?? [], n), one.order, n % 3)
    })),
    ...(published.cyberseceval_indirect ?? []).map(({ injection_variant, user_input }) => ({
      kind: injection_variant,
      order: user_input,
      document: () => user_input
    }))
  ]
  const attempts = orders.flatMap((one, n) =>
    goals.flatMap((goal) =>
      routes.map((route): Attempt => ({
        ...one,
        document: one.document(route),
        goal,
        route,
        id: `${n}-${goal}-${route}`
      }))
    )
  )
  return { attempts, tasks }
}

/** Words that find a document again, without the order as it stands there. */
export const keywords = (document: string): string =>
  [...new Set(document.match(/[\p{L}\p{N}]{4,}/gu))]
    .toSorted((a, b) => b.length - a.length)
    .slice(0, 20)
    .join(", ")

/** What is left of a text when lines were broken or joined on its way. */
export const essence = (text: string): string => text.replace(/\s+/g, " ").trim()
