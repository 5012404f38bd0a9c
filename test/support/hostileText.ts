/** Texts made to cost an inspection as much as they can. */
import { structural } from "../../src/casil/rules/structural.ts"
import { sample } from "../../src/casil/Sample.ts"

const fill = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)

/** Hostile texts of `length` characters, by name. */
export const hostile = (length: number): Record<string, string> => {
  const texts: Record<string, string> = {
    "user info without end": fill("://a:", length),
    "many user infos": fill("://a:b@ ", length),
    "JWT headers": fill(
      `${
        structural
          .find(({ id }) => id === "json-web-token")
          ?.example(1)
          .secret.split(".")[0]
      }.`,
      length
    ),
    "JWT headers apart": fill("eyJhbGciOiJIUzI1NiJ9.eyJ.x ", length),
    "JWT without end": fill(`eyJ${sample("abcXYZ012", 4000, 1)}.`, length),
    "key without end": structural[0]?.anchors[0] + fill("QUJD\n", length - 40),
    "begin lines": fill(structural[0]?.anchors[0] ?? "", length),
    "begin lines with body": fill(`${structural[0]?.anchors[0] ?? ""}\n${sample("abcXYZ012", 64, 2)}\n`, length),
    "begin lines in long bodies": fill(`${structural[0]?.anchors[0] ?? ""}${"ab ".repeat(2600)}`, length),
    "all anchors": fill(structural.flatMap(({ anchors }) => anchors).join(" "), length),
    "all anchors, touching": fill(structural.flatMap(({ anchors }) => anchors).join(""), length),
    "all examples": fill(
      structural.flatMap(({ example }) => [0, 1, 2, 3].map((seed) => example(seed).text)).join(" "),
      length
    ),
    dashes: "-".repeat(length),
    colons: fill("123456789:AA", length),
    "names of secrets": fill("key=abcd ", length),
    "names with values": fill('password: "Xk29fQ-7bLmZ", ', length),
    "names in names": fill("secret-token-key-", length),
    "names without end": fill("password=", length),
    "names in calls": fill("token(key(secret(", length),
    "names in lists": fill('"keys":["aB3x","aB4x","aB5x",', length),
    base64: fill("QUtJQWFiY2RlZmdoaWprbG1ub3A", length),
    "base64 in base64": fill("UVVJUWFHSmpaR1ZtWjJocGFtdHNiVzV2Y0E9PQ", length),
    hex: fill("414b4941", length),
    percent: fill("%41%4b%49%41", length),
    escapes: fill("\\u0041\\u004b", length),
    invisible: fill("A\u200bK\u200bI\u200bA\u200b", length),
    "look-alikes": fill("\u0410\u041a\u0406\u0410", length),
    numbers: fill("4111 1111 1111 ", length),
    "at signs": fill("a@b.", length),
    dots: fill("1.1.1.", length)
  }
  // each rule in one of these ways: together they have them all
  const ways: ReadonlyArray<readonly [string, (anchor: string) => string]> = [
    ["apart", (anchor) => `${anchor} `],
    ["touching", (anchor) => anchor],
    ["escaped", (anchor) => `%20${anchor}`],
    ["with tail", (anchor) => `.${anchor}${sample("abcXYZ012", 30, 3)}`],
    ["backslashed", (anchor) => `\\n${anchor}`]
  ]
  structural.forEach(({ anchors, id }, i) => {
    const [name, write] = ways[i % ways.length] ?? ["apart", (anchor: string) => anchor]
    texts[`${id} ${name}`] = fill(write(anchors[0] ?? ""), length)
  })
  return texts
}
