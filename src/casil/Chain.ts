/** The chain of classifiers, asked in order. */
import type { Block, Classifier } from "./Classifier.ts"
import type { Classification } from "./Conclusion.ts"
import type { Verdict } from "./Verdict.ts"

const RISKS: ReadonlyArray<Verdict["risk"]> = ["low", "medium", "high"]

/** What all links say of a block: the last kind named, the gravest risk, every flag. */
export const classify = (chain: ReadonlyArray<Classifier>, block: Block): Classification => {
  let kind: Verdict["kind"] = block.circumstances.kind ?? "data"
  let risk: Verdict["risk"] = "low"
  const flags = new Set<string>()
  for (const link of chain) {
    const said = link.classify?.(block)
    if (said === undefined) continue
    kind = said.kind ?? kind
    if (said.risk !== undefined && RISKS.indexOf(said.risk) > RISKS.indexOf(risk)) risk = said.risk
    for (const flag of said.flags ?? []) flags.add(flag)
  }
  return { kind, risk, flags: [...flags] }
}

/** The first link that does not let content with this verdict pass. */
export const refusing = (chain: ReadonlyArray<Classifier>, verdict: Verdict, block: Block): string | undefined =>
  chain.find((link) => link.mayPass !== undefined && !link.mayPass(verdict, block))?.id
