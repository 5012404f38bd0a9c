/**
 * GitLab: a prefix per kind of token, twenty or more characters; routable tokens add `.` and nine more.
 * Source: GitLab documentation, "Token overview", token prefixes.
 */
import { alnum, BASE64URL, chars, has, token } from "../CharClass.ts"
import { looksRandom } from "../Randomness.ts"
import { none, type Rule, run } from "../Rule.ts"
import { sample } from "../Sample.ts"

const PREFIXES = [
  "glpat-",
  "gloas-",
  "gldt-",
  "glrt-",
  "glcbt-",
  "glptt-",
  "glft-",
  "glimt-",
  "glagent-",
  "glsoat-",
  "glffct-"
]
const ROUTE = 9
const content = chars(`${BASE64URL}.`)

const isRoute = (text: string): boolean => {
  if (text.length !== ROUTE) return false
  for (let i = 0; i < ROUTE; i++) if (!has(alnum, text.charCodeAt(i))) return false
  return true
}

export const gitlabToken: Rule = {
  id: "gitlab-token",
  anchors: PREFIXES,
  lead: none,
  left: content,
  steps: [run(content, 20, 320)],
  right: token,
  accept: (candidate) => {
    const dot = candidate.indexOf(".")
    const plain = dot < 0 ? candidate : candidate.slice(0, dot)
    const random = plain.slice(plain.indexOf("-") + 1)
    if (random.length < 20 || !looksRandom(random)) return 0
    if (dot < 0) return candidate.length
    // `.xx.yyyyyyy`, or nine in one; else the dot ends a sentence
    const rest = candidate.slice(dot + 1).replaceAll(".", "")
    return isRoute(rest) ? candidate.length : dot
  },
  example: (seed) => {
    const prefix = PREFIXES[seed % PREFIXES.length] ?? ""
    const routable = seed % 2 === 0 ? "" : `.01.${sample("0123456789abcdef", 7, seed)}`
    const secret = prefix + sample(BASE64URL, routable === "" ? 20 : 27, seed) + routable
    return { text: secret, secret }
  },
  counterExamples: () => [
    "glpat-",
    `glpat-${sample(BASE64URL, 19, 1)}`,
    `glpat-${"x".repeat(20)}`,
    "glrt-runner-token-goes-here."
  ]
}
