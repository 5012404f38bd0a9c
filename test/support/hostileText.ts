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
    colons: fill("123456789:AA", length)
  }
  for (const { anchors, id } of structural) {
    const [anchor = ""] = anchors
    texts[`${id} apart`] = fill(`${anchor} `, length)
    texts[`${id} touching`] = fill(anchor, length)
    texts[`${id} escaped`] = fill(`%20${anchor}`, length)
    texts[`${id} with tail`] = fill(`.${anchor}${sample("abcXYZ012", 30, 3)}`, length)
    texts[`${id} backslashed`] = fill(`\\n${anchor}`, length)
  }
  return texts
}
