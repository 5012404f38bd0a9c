/**
 * The texts of a JSON value without the value around them, as `json` walks it. A path is put together when somebody asks
 * for it: there is one for each text, and hardly any is read.
 */
import type { Json } from "../domain/Json.ts"
import { fieldName, isIndex } from "./Names.ts"
import { escape, isArray, LONGEST_PATH, MAX_DEPTH, stem, stemOfArray, TooDeep, type Visited } from "./Walker.ts"

class Text implements Visited {
  readonly text: string
  readonly key: boolean
  readonly name: string
  readonly #under: string
  readonly #last: string | number

  constructor(text: string, key: boolean, name: string, under: string, last: string | number) {
    this.text = text
    this.key = key
    this.name = name
    this.#under = under
    this.#last = last
  }

  get path(): string {
    const path = `${this.#under}/${typeof this.#last === "string" ? escape(this.#last) : this.#last}`
    return this.key ? `${path}#` : path
  }
}

/** Marks in paths: a key that holds one of them is a name in parts, or is written otherwise. */
const isMark = (code: number): boolean => code === 46 || code === 47 || code === 126 || code === 35

/** Whether a key is one part of a path as it stands. */
const isPart = (key: string): boolean => {
  if (key === "" || key.length > LONGEST_PATH) return false
  for (let i = 0; i < key.length; i++) if (isMark(key.charCodeAt(i))) return false
  return true
}

/** Adds the texts in `value`, which is at `path`; `name` is that of its field. */
const collect = (value: object, into: Array<Visited>, path: string, name: string, depth: number): void => {
  if (depth >= MAX_DEPTH) throw new TooDeep()
  if (isArray(value as Json)) {
    const all = value as ReadonlyArray<Json>
    const under = stemOfArray(path)
    const own = under === path ? name : fieldName(`${under}/0`)
    for (let i = 0; i < all.length; i++) {
      const child = all[i]
      if (typeof child === "string") into.push(new Text(child, false, own, under, i))
      else if (typeof child === "object" && child !== null) collect(child, into, `${under}/${i}`, own, depth + 1)
    }
    return
  }
  const under = stem(path)
  const outer = under === path ? name : fieldName(under)
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, Json>)[key]
    const own = !isPart(key) ? fieldName(`${under}/${escape(key)}`) : isIndex(key) ? outer : key
    into.push(new Text(key, true, own, under, key))
    if (typeof child === "string") into.push(new Text(child, false, own, under, key))
    else if (typeof child === "object" && child !== null)
      collect(child, into, `${under}/${escape(key)}`, own, depth + 1)
  }
}

/** Texts and keys of a JSON value, in the order in which `json` visits them. */
export const jsonTexts = (value: Json): ReadonlyArray<Visited> => {
  if (typeof value === "string") return [{ text: value, path: "", key: false, name: "" }]
  if (typeof value !== "object" || value === null) return []
  const texts: Array<Visited> = []
  collect(value, texts, "", "", 0)
  return texts
}
