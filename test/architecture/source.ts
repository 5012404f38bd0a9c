/** Reads TypeScript source as text: what it imports, and its code without its comments. */

/** One file: its path from the repository's root, with `/`, and its text. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

// A `/` after one of these begins a regular expression, after anything else it divides.
const beforeRegExp = /(?:^|[([{,;=:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|yield|await))\s*$/

const skipQuoted = (text: string, start: number): number => {
  let at = start + 1
  while (at < text.length && text[at] !== text[start] && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1
  return at + 1
}

const skipRegExp = (text: string, start: number): number => {
  let at = start + 1
  let inClass = false
  while (at < text.length && text[at] !== "\n" && (inClass || text[at] !== "/")) {
    if (text[at] === "[") inClass = true
    if (text[at] === "]") inClass = false
    at += text[at] === "\\" ? 2 : 1
  }
  return at + 1
}

/** The same text, as long and with the same lines, with every comment blanked. */
export const withoutComments = (text: string): string => {
  let out = ""
  let at = 0
  // Depth of braces in each `${` that is open, innermost last.
  const holes: Array<number> = []
  const copyTemplate = (): void => {
    while (at < text.length) {
      if (text[at] === "\\") {
        out += text.slice(at, at + 2)
        at += 2
      } else if (text.startsWith("${", at)) {
        out += "${"
        at += 2
        holes.push(0)
        return
      } else {
        out += text[at]
        if (text[at++] === "`") return
      }
    }
  }
  while (at < text.length) {
    const character = text[at]!
    if (text.startsWith("//", at) || text.startsWith("/*", at)) {
      const end = text[at + 1] === "/" ? text.indexOf("\n", at) : text.indexOf("*/", at + 2) + 2
      const stop = end <= at ? text.length : end
      out += text.slice(at, stop).replace(/[^\n]/g, " ")
      at = stop
    } else if (character === '"' || character === "'") {
      const stop = skipQuoted(text, at)
      out += text.slice(at, stop)
      at = stop
    } else if (character === "/" && beforeRegExp.test(out.slice(-40))) {
      const stop = skipRegExp(text, at)
      out += text.slice(at, stop)
      at = stop
    } else {
      const depth = holes.at(-1)
      out += character
      at++
      if (character === "`") copyTemplate()
      else if (depth !== undefined && character === "{") holes[holes.length - 1] = depth + 1
      else if (depth !== undefined && character === "}") {
        if (depth > 0) holes[holes.length - 1] = depth - 1
        else {
          holes.pop()
          copyTemplate()
        }
      }
    }
  }
  return out
}

/** Every module that the code names: static, type-only, re-exported, dynamic and in a type. */
export const importsOf = (code: string): ReadonlyArray<string> => {
  const statements = code.matchAll(/^\s*(?:import|export)\b(?:[^"'`;=()]*?\bfrom)?\s*"([^"]+)"/gm)
  const calls = code.matchAll(/\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g)
  return [...statements, ...calls].map((match) => match[1]!)
}
