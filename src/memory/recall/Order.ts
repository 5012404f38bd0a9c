/**
 * Places in order of their values. By merging runs, and not by the language's own sort: that calls a function for each
 * comparison, which was most of what a question cost.
 */

/** Places by falling value; of equal ones that which `first` says. */
export const falling = (values: Float64Array, first: "earlier" | "later"): Int32Array => {
  const { length } = values
  let from = new Int32Array(length)
  for (let i = 0; i < length; i++) from[i] = first === "earlier" ? i : length - 1 - i
  let into = new Int32Array(length)
  for (let width = 1; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length)
      const end = Math.min(start + 2 * width, length)
      let left = start
      let right = middle
      for (let at = start; at < end; at++) {
        const takesRight =
          left >= middle ||
          (right < end && (values[from[right] as number] as number) > (values[from[left] as number] as number))
        into[at] = from[takesRight ? right++ : left++] as number
      }
    }
    ;[from, into] = [into, from]
  }
  return from
}
