/** What a model costs, where anybody knows. */
import * as Context from "effect/Context"
import type { PriceClass } from "../budget/Price.ts"
import { lookup } from "../budget/PriceList.ts"

export class Prices extends Context.Service<
  Prices,
  {
    /** The price of a call of this model at an instant, Unix milliseconds; undefined where it is unpriced. */
    readonly lookup: (provider: string, model: string, at?: number) => PriceClass | undefined
  }
>()("exoclaw/model/Prices") {}

/** Prices by model name, or by `provider/model`, which wins. */
export type PriceOverrides = Readonly<Record<string, PriceClass>>

/** A vendor at another address is `VENDOR@ADDRESS`; its models are priced as the vendor's own. */
const vendorOf = (provider: string): string => provider.split("@", 1)[0] ?? provider

/** The overrides first, then the dated table of the package. */
export const pricesWith = (overrides: PriceOverrides = {}): Prices["Service"] => {
  const own = new Map(Object.entries(overrides))
  return { lookup: (provider, model, at) => lookup(vendorOf(provider), model, own, at) }
}
