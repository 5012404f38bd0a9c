/** Prices: those of the configuration over those of the package. */
import * as Layer from "effect/Layer"
import { type PriceOverrides, Prices, pricesWith } from "../../src/model/Prices.ts"

export const layer = (overrides: PriceOverrides): Layer.Layer<Prices> => Layer.succeed(Prices, pricesWith(overrides))

/** The package's own table only. */
export const layerTable: Layer.Layer<Prices> = layer({})
