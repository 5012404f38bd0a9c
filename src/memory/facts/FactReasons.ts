/** Why a fact was found by a question, as a search shows it: the parts of its worth. Pure. */
import type { Fact } from "./Fact.ts"
import { touches, worthOf } from "./FactChoice.ts"
import type { Reason } from "../Recall.ts"

const place = (fact: Fact): ReadonlyArray<readonly [string, string | undefined]> => {
  const { about, attribute, objectEntity, owner, value } = fact
  return [
    ["entity", about.role === "me" ? undefined : `${about.role ?? ""} ${about.name ?? ""}`],
    ["neighbour", owner === undefined || owner.role === "me" ? undefined : `${owner.role ?? ""} ${owner.name ?? ""}`],
    ["neighbour", objectEntity?.name],
    ["attribute", attribute],
    ["value", value]
  ]
}

/** Undefined where the question has nothing to do with it. */
export const explain = (
  fact: Fact,
  wanted: ReadonlySet<string>,
  today: number
): { readonly score: number; readonly why: ReadonlyArray<Reason> } | undefined => {
  const found = place(fact).flatMap(([why, text]) => (text !== undefined && touches(text, wanted) ? [why] : []))
  const score = worthOf(fact, wanted, today)
  if (found.length === 0 || score <= 0) return undefined
  const none = worthOf(fact, new Set(), today)
  const each = (score - none) / found.length
  return {
    score,
    why: [
      ...[...new Set(found)].map((why) => ({ why, weight: each * found.filter((one) => one === why).length })),
      ...(none > 0 ? [{ why: "standing", weight: none }] : [])
    ]
  }
}
