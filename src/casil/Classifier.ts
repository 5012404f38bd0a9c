/**
 * Links of the chain that an embedding program adds, each a Layer: rules to look for, what content is, and whether it
 * may pass. Pure and synchronous; one that throws is an inspection that failed. At most `limits.maxPolicies` of them.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Circumstances } from "./Circumstances.ts"
import type { Finding } from "./Finding.ts"
import type { CustomRule } from "./Policy.ts"
import type { Surface } from "./Surface.ts"
import type { Verdict } from "./Verdict.ts"

/** What a link is shown. */
export interface Block {
  readonly surface: Surface
  readonly circumstances: Circumstances
  /** The texts of the block, at most as much as is inspected; none of a stream, whose text is never in one piece. */
  readonly texts: ReadonlyArray<string>
  readonly findings: ReadonlyArray<Finding>
}

export interface Classifier {
  /** Lower-case words joined by dashes; the rule id of what it blocks. */
  readonly id: string
  /** Rules that look for more than ours do, in streams too. */
  readonly rules?: ReadonlyArray<CustomRule>
  /** What it says of the block; the gravest risk of all links counts, and every flag. */
  readonly classify?: (block: Block) => {
    readonly kind?: Verdict["kind"]
    readonly risk?: Verdict["risk"]
    readonly flags?: ReadonlyArray<string>
  }
  /** Whether content with this verdict may pass. It can only be stricter than the policy. */
  readonly mayPass?: (verdict: Verdict, block: Block) => boolean
}

/** The chain, in the order in which its Layers were provided. */
export const Classifiers: Context.Reference<ReadonlyArray<Classifier>> = Context.Reference(
  "exoclaw/casil/Classifiers",
  { defaultValue: (): ReadonlyArray<Classifier> => [] }
)

/** Adds links to the chain of the `Casil` that is built on it. */
export const layerOf = (links: ReadonlyArray<Classifier>): Layer.Layer<never> =>
  Layer.effectContext(Effect.map(Classifiers, (chain) => Context.make(Classifiers, [...chain, ...links])))

/** Adds one. */
export const layer = (classifier: Classifier): Layer.Layer<never> => layerOf([classifier])
