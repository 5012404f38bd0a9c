/** Globs over `room:channel`: `*` stands for any text, `?` for one character. No backtracking but to the last star. */

export const matches = (glob: string, text: string): boolean => {
  let at = 0
  let star = -1
  let retry = 0
  let pattern = 0
  while (at < text.length) {
    const char = glob[pattern]
    if (char === "*") {
      star = pattern++
      retry = at
    } else if (char !== undefined && (char === "?" || char === text[at])) {
      pattern++
      at++
    } else if (star >= 0) {
      // the last star takes one character more
      pattern = star + 1
      at = ++retry
    } else return false
  }
  while (glob[pattern] === "*") pattern++
  return pattern === glob.length
}

export interface InspectionScope {
  readonly include: ReadonlyArray<string>
  /** Wins over `include`. */
  readonly exclude: ReadonlyArray<string>
}

export const inScope = ({ exclude, include }: InspectionScope, name: string): boolean =>
  include.some((glob) => matches(glob, name)) && !exclude.some((glob) => matches(glob, name))
