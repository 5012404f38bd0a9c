/**
 * Places in order of their values. By merging runs, and not by the language's own sort: that calls a function for each
 * comparison, which was most of what a question cost.
 */
import { scratch } from "./Scratch.ts"

/** Places by falling value; of equal ones that which `first` says. */
export const falling = (values: Float64Array, first: "earlier" | "later"): Int32Array => {
  scratch.fit(0, values.length)
  scratch.column("values", values.length).set(values)
  return scratch.falling("values", values.length, first).slice()
}
