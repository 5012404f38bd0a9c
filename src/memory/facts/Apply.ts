/** One statement after all earlier ones: what it adds, what it ends, what it corrects. Deterministic. */
import type { Derived } from "./Fact.ts"
import type { FactIndex } from "./FactIndex.ts"
import { keyOf } from "./FactKey.ts"
import { resolve } from "./Resolve.ts"
import type { Kept } from "./Statement.ts"

/** What cannot both be so of one thing. */
const opposites: ReadonlyMap<string, string> = new Map([
  ["likes", "dislikes"],
  ["dislikes", "likes"]
])

/** Below this, a statement does not take the place of one that is surer. */
const doubt = 0.6
const sure = 0.8

const live = (rows: ReadonlyArray<Derived>): ReadonlyArray<Derived> => rows.filter(({ status }) => status === "holds")

/** Ends a fact on a day; what began after that day was not so at all. */
const end = (index: FactIndex, row: Derived, until: number, by: number | undefined): void => {
  const last = row.from !== undefined && row.from > until ? row.from : until
  index.put({ ...row, status: "ended", until: last, by })
}

const correct = (index: FactIndex, row: Derived, by: number): void => {
  index.put({ ...row, status: "corrected", by })
}

const nameEntity = (index: FactIndex, entity: number, value: string): void => {
  const row = index.entity(entity)
  if (row !== undefined) index.putEntity({ ...row, name: value, key: keyOf(value) })
}

/** The same value, or the same being as the value. */
const isSame = (row: Derived, key: string, object: number | undefined): boolean =>
  object === undefined || row.object === undefined ? row.key === key : row.object === object

/** "I no longer have a dog" ends having Luna, whatever it was called. */
const isDenied = (index: FactIndex, row: Derived, key: string): boolean => {
  if (row.key === key) return true
  const head = row.object === undefined ? undefined : index.entity(row.object)?.head
  return head !== undefined && head === key.split(" ").at(-1)
}

/**
 * By what a statement that arrives late was over already: the same was said to be over later, another value took its
 * place that is over too, or all of the matter was ended.
 */
const overSince = (index: FactIndex, row: Derived, known: ReadonlyArray<Derived>): Derived | undefined => {
  const { at, attribute, entity, key, object, slot } = row
  const isLater = (old: Derived): boolean => old.at > at
  const over = known.filter(({ status }) => status === "ended")
  // what ended it, else the statement that it was so once
  const ending = (old: Derived): Derived => (old.by === undefined ? undefined : index.row(old.by)) ?? old
  return (
    over
      .filter((old) => isSame(old, key, object))
      .map(ending)
      .find(isLater) ??
    (slot === undefined ? undefined : over.find((old) => old.by !== undefined && isLater(old))) ??
    index
      .enders(entity, attribute)
      .find((old) => isLater(old) && old.n !== row.n && old.slot === slot && (old.value === "" || old.key === key))
  )
}

export const apply = (index: FactIndex, { at, day, n, origin, said }: Kept): void => {
  const { about, attribute, confidence, corrects, from, mode, replaces, slot, until, value } = said
  const naming = attribute === "name" && mode === "holds" ? { name: value, corrects: corrects === true } : undefined
  const entity = resolve(index, about, n, naming)
  const denies = mode === "denied" || mode === "ended"
  // what somebody does not have is nobody
  const object = said.object === undefined || denies ? undefined : resolve(index, said.object, n)
  const key = keyOf(value)
  const keys = replaces === undefined ? [key] : [key, keyOf(replaces)]
  const known = index.ofAttribute(entity, attribute, keys).filter((row) => row.slot === slot)
  const row: Derived = {
    n,
    entity,
    object,
    attribute,
    value,
    key,
    slot,
    status: "holds",
    confidence,
    from,
    until,
    by: undefined,
    at,
    day
  }
  /**
   * What the rules find arrives in the order in which it was said, whatever a clock says; what a model finds, or a file
   * brings, arrives late, and changes nothing that was said after it.
   */
  const isLater = (old: Derived): boolean => origin !== "rules" && old.at > at
  const earlier = (rows: ReadonlyArray<Derived>): ReadonlyArray<Derived> => live(rows).filter((old) => !isLater(old))

  if (denies) {
    const ended = earlier(known).filter((old) => value === "" || isDenied(index, old, key))
    for (const old of ended) {
      if (corrects === true) correct(index, old, n)
      else end(index, old, until ?? from ?? day, n)
    }
    const isOver = known.some((old) => isLater(old) && old.status === "holds" && isDenied(index, old, key))
    index.put({ ...row, status: mode === "ended" || isOver ? "applied" : "denied" })
    return
  }
  if (mode === "held") {
    const same = earlier(known).find(
      (old) => isSame(old, key, object) || (attribute === "has" && isDenied(index, old, key))
    )
    if (same !== undefined) end(index, same, until ?? day, n)
    const before = same ?? known.find((old) => old.status === "ended" && isSame(old, key, object))
    index.put(
      before === undefined
        ? { ...row, status: "ended", until: until ?? day }
        : { ...row, status: "repeats", by: before.n }
    )
    return
  }
  const same = live(known).find((old) => isSame(old, key, object))
  if (same !== undefined) {
    if (confidence > same.confidence) index.put({ ...same, confidence })
    index.put({ ...row, status: "repeats", by: same.n })
    return
  }
  const others = slot === undefined ? [] : live(known)
  if (corrects !== true && confidence < doubt && others.some((old) => old.confidence >= sure)) {
    index.put({ ...row, status: "doubtful", by: others[0]?.n })
    return
  }
  const later = others.find((old) => old.from !== undefined && from !== undefined && from < old.from)
  if (corrects !== true && later?.from !== undefined) {
    // told late: it was so before what is known
    index.put({ ...row, status: "ended", until: later.from, by: later.n })
    return
  }
  const since =
    others.find(isLater) ??
    known.find((old) => isLater(old) && old.status === "denied" && old.key === key) ??
    (origin === "rules" ? undefined : overSince(index, row, known))
  if (since !== undefined) {
    index.put({ ...row, status: "ended", until: since.from ?? since.day, by: since.n })
    return
  }
  for (const old of others) {
    if (corrects === true) correct(index, old, n)
    else end(index, old, from ?? day, n)
  }
  if (slot === undefined && replaces !== undefined) {
    const wrong = earlier(known).find((old) => old.key === keyOf(replaces))
    if (wrong !== undefined) correct(index, wrong, n)
  }
  // it is so after all
  for (const old of known)
    if (old.status === "denied" && old.key === key && !isLater(old)) index.put({ ...old, status: "applied", by: n })
  const opposite = opposites.get(attribute)
  if (opposite !== undefined) {
    const others = live(index.ofAttribute(entity, opposite, [key])).filter((old) => old.key === key)
    const since =
      others.find(isLater) ?? known.find((old) => isLater(old) && old.status === "denied" && old.key === key)
    if (since !== undefined) {
      index.put({ ...row, status: "ended", until: since.day, by: since.n })
      return
    }
    for (const old of others) end(index, old, day, n)
  }
  index.put(row)
  if (attribute === "name") nameEntity(index, entity, value)
}
