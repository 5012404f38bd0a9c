/** The inspection thread: decides on one long block after the other. */
import { parentPort } from "node:worker_threads"
import { type Compiled, compileWith } from "../../src/casil/Compiled.ts"
import { ownRules } from "../../src/casil/OwnRules.ts"
import { judge, type Judgement } from "../../src/casil/Decision.ts"
import type { InspectionOrder, InspectionReport } from "./InspectionMessage.ts"

/** Policies made ready: as many as there are overrides. */
const known = new Map<string, Compiled>()
const MOST_KNOWN = 256

const compiledFor = ({ key, policy }: InspectionOrder): Compiled => {
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= MOST_KNOWN) known.clear()
  const made = compileWith(ownRules(), policy)
  known.set(key, made)
  return made
}

const judged = (order: InspectionOrder): Judgement | undefined => {
  try {
    return judge(compiledFor(order), order.texts, order)
  } catch {
    return undefined
  }
}

parentPort?.on("message", (order: InspectionOrder) => {
  parentPort?.postMessage({ id: order.id, judgement: judged(order) } satisfies InspectionReport, [])
})
