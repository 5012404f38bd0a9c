/** What a model costs, where anybody knows. */
import * as Context from "effect/Context"
import type { PriceClass } from "../budget/Price.ts"
import { priceTable, priceTableVersion, type TableRow } from "./PriceTable.ts"

export class Prices extends Context.Service<
  Prices,
  {
    /** The dearest price that may apply to a call of this model; undefined where it is unpriced. */
    readonly lookup: (provider: string, model: string) => PriceClass | undefined
  }
>()("exoclaw/model/Prices") {}

/** Prices by model name, or by `provider/model`, which wins. */
export type PriceOverrides = Readonly<Record<string, PriceClass>>

// Vendors sell one model under its name, its name with a date, and "-latest".
const dated = /-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$/

const fromRow = ([input, output, cacheRead, cacheWrite]: TableRow): PriceClass => ({
  input,
  output,
  cacheRead,
  cacheWrite,
  version: priceTableVersion
})

/** The overrides first, then the dated table of the package. */
export const pricesWith = (overrides: PriceOverrides = {}): Prices["Service"] => {
  const own = new Map(Object.entries(overrides))
  return {
    lookup: (provider, model) => {
      const configured = own.get(`${provider}/${model}`) ?? own.get(model)
      if (configured !== undefined) return configured
      const rows = priceTable.get(provider)
      const row = rows?.get(model) ?? rows?.get(model.replace(dated, ""))
      return row === undefined ? undefined : fromRow(row)
    }
  }
}
