/** Who is meant: a mention becomes one of the beings that memory knows, or a new one. */
import { animals, singular, things } from "../extract/Vocabulary.ts"
import { meId } from "./Fact.ts"
import type { EntityRow, FactIndex } from "./FactIndex.ts"
import { keyOf } from "./FactKey.ts"
import type { Mention } from "./Statement.ts"

const headOf = (role: string): string => singular(role.split(" ").at(-1) ?? role)

/** Of these people have several, so that another name is another one. */
const several = new Set(
  `sister brother sibling son daughter child kid aunt uncle cousin niece nephew grandson granddaughter friend roommate
   flatmate housemate neighbor neighbour colleague coworker co-worker teacher grandmother grandfather grandma grandpa`.split(
    /\s+/
  )
)
/** The name of a thing of one's own may change; that of a being does so only when it is corrected. */
const mayBeRenamed = (head: string): boolean => things.has(head) || animals.has(head) || !several.has(head)

/** Beings of one role, or of one name, that are looked at: of thousands, the newest. */
const mostAlike = 64

const touched = (index: FactIndex, row: EntityRow, n: number, change: Partial<EntityRow> = {}): number => {
  index.putEntity({ ...row, ...change, last: n })
  return row.id
}

const latest = (rows: ReadonlyArray<EntityRow>): EntityRow | undefined =>
  rows.reduce<EntityRow | undefined>(
    (best, row) => (best === undefined || row.last >= best.last ? row : best),
    undefined
  )

export interface Naming {
  readonly name: string
  readonly corrects: boolean
}

/** The number of whom a mention means. `naming`: the statement gives it this name. */
export const resolve = (index: FactIndex, mention: Mention, n: number, naming?: Naming): number => {
  const { name, of, role } = mention
  if (role === "me") return meId
  const named = name === undefined ? undefined : keyOf(name)
  if (role === undefined) {
    const known = named === undefined ? undefined : latest(index.byName(named, mostAlike))
    if (known !== undefined) return touched(index, known, n)
    return index.addEntity({ owner: undefined, role: undefined, head: undefined, name, key: named, last: n }).id
  }
  const owner = of === undefined ? meId : resolve(index, of, n)
  const head = headOf(role)
  const candidates = index.byRole(owner, head, mostAlike)
  const given = named ?? (naming === undefined || naming.corrects ? undefined : keyOf(naming.name))
  if (given !== undefined) {
    const alike = index.byName(given, mostAlike)
    const same = alike.findLast((row) => row.owner === owner && row.head === head)
    if (same !== undefined) return touched(index, same, n)
    const unnamed = latest(candidates.filter((row) => row.key === undefined && (row.role === role || head === role)))
    if (unnamed !== undefined) return touched(index, unnamed, n, named === undefined ? {} : { name, key: named })
    // "Anna lives in Rome", and later "my sister Anna"
    const stranger = latest(alike.filter((row) => row.owner === undefined))
    if (stranger !== undefined) return touched(index, stranger, n, { owner, role, head })
    if (named === undefined && candidates.length > 0 && mayBeRenamed(head)) return pick(index, candidates, role, n)
    return index.addEntity({ owner, role, head, name, key: named, last: n }).id
  }
  if (candidates.length > 0) return pick(index, candidates, role, n)
  return index.addEntity({ owner, role, head, name: undefined, key: undefined, last: n }).id
}

/** Without a name: the one with this very role, else the one that was spoken of last. */
const pick = (index: FactIndex, candidates: ReadonlyArray<EntityRow>, role: string, n: number): number => {
  const exact = candidates.filter((row) => row.role === role)
  const row = latest(exact.length > 0 ? exact : candidates)
  return row === undefined ? meId : touched(index, row, n)
}
