/** Holds source files to the rules of `rules.ts`; every violation is one sentence that names the file. */
import * as path from "node:path"
import {
  type Allowed,
  busAssembly,
  busLayers,
  composers,
  floors,
  forbiddenInSrc,
  generated,
  longestFile,
  moduleOwners,
  only,
  owned,
  publicFolders
} from "./rules.ts"
import { importsOf, type SourceFile, withoutComments } from "./source.ts"

/** What the checker needs to know besides the files. */
export interface Surroundings {
  /** The packages that the published program may load. */
  readonly dependencies: ReadonlyArray<string>
  readonly allowed: ReadonlyArray<Allowed>
}

interface Edge {
  readonly from: string
  readonly to: string
}

const floorOf = (room: string): number => floors.findIndex((floor) => floor.includes(room))
const folderOf = (file: string): string => file.split("/")[1]!
const isUnder = (file: string, places: ReadonlyArray<string>): boolean =>
  places.some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place))
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/")

const external = (file: string, name: string, dependencies: ReadonlyArray<string>): string | undefined => {
  if (name === "effect" || name === "@effect/platform-node")
    return `${file} imports the barrel "${name}": name the module`
  const owner = Object.entries(moduleOwners).find(([module]) => name === module || name.startsWith(`${module}/`))
  if (owner !== undefined && !isUnder(file, owner[1]))
    return `${file} imports ${name}, which belongs to ${owner[1].join(", ") || "nobody"}`
  if (file.startsWith("src/"))
    return name.startsWith("effect/") ? undefined : `${file} imports ${name}: src/ knows only effect`
  if (name.startsWith("node:")) return undefined
  return dependencies.includes(packageOf(name))
    ? undefined
    : `${file} imports ${name}, which is no dependency of package.json`
}

const fromSrc = (file: string, target: string): string | undefined => {
  if (!target.startsWith("src/")) return `${file} imports ${target}: src/ knows only src/`
  const [from, to] = [folderOf(file), folderOf(target)]
  if (from === to) return undefined
  const allowance = only[from]
  if (allowance !== undefined && !allowance.includes(to))
    return `${file} imports ${target}: ${from} knows ${allowance.join(", ") || "nobody"}`
  return floorOf(to) < floorOf(from) ? `${file} imports ${target}: ${to} is a floor above ${from}` : undefined
}

const fromLayers = (file: string, target: string): string | undefined => {
  if (target.startsWith("src/")) return undefined
  if (!target.startsWith("layers/")) return `${file} imports ${target}: layers/ knows only src/ and layers/`
  const [from, to] = [folderOf(file), folderOf(target)]
  if (from === to || composers.includes(from) || isUnder(target, generated)) return undefined
  if (publicFolders.includes(to) && target.split("/").length === 3) return undefined
  return `${file} imports ${target}: a backend uses no sibling's internals`
}

const relative = (file: string, target: string): string | undefined => {
  if (file.startsWith("src/")) return fromSrc(file, target)
  if (file.startsWith("layers/")) return fromLayers(file, target)
  return /^(?:src|layers|examples)\//.test(target)
    ? undefined
    : `${file} imports ${target}: an example knows only src/ and layers/`
}

const imports = (file: SourceFile, code: string, present: ReadonlySet<string>, around: Surroundings) => {
  const violations: Array<string> = []
  const edges: Array<Edge> = []
  const targets: Array<string> = []
  for (const name of importsOf(code)) {
    if (!name.startsWith(".")) {
      const violation = external(file.path, name, around.dependencies)
      if (violation !== undefined) violations.push(violation)
      continue
    }
    const target = path.posix.join(path.posix.dirname(file.path), name)
    targets.push(target)
    if (!present.has(target) && !target.endsWith(".json"))
      violations.push(`${file.path} imports ${name}, which does not exist`)
    const violation = relative(file.path, target)
    if (violation !== undefined) violations.push(violation)
    if (isUnder(target, generated)) continue
    edges.push({ from: file.path, to: target })
  }
  return { violations: [...violations, ...layering(file.path, targets)], edges }
}

/** Circles between the folders of one tree, each as the way round it. */
const circles = (tree: string, edges: ReadonlyArray<Edge>): ReadonlyArray<string> => {
  const reached = new Map<string, Set<string>>()
  for (const { from, to } of edges) {
    // A file directly in layers/ is no folder: the graph and the program stand above all of them.
    if (![from, to].every((file) => file.startsWith(`${tree}/`) && file.split("/").length > 2)) continue
    const [a, b] = [folderOf(from), folderOf(to)]
    if (a !== b) reached.set(a, (reached.get(a) ?? new Set()).add(b))
  }
  const found = new Set<string>()
  const walk = (folder: string, way: ReadonlyArray<string>): void => {
    const start = way.indexOf(folder)
    if (start >= 0) {
      const round = way.slice(start)
      // One circle is met once per folder on it: name it from its first in the alphabet.
      const first = round.indexOf([...round].sort()[0]!)
      const ordered = [...round.slice(first), ...round.slice(0, first)]
      found.add(`${tree}/: ${[...ordered, ordered[0]].join(" -> ")} is a circle`)
      return
    }
    for (const next of reached.get(folder) ?? []) walk(next, [...way, folder])
  }
  for (const folder of reached.keys()) walk(folder, [])
  return [...found]
}

/** Circles between files: whoever reads one of them has to read them all. Each as one way round it. */
const rounds = (edges: ReadonlyArray<Edge>): ReadonlyArray<string> => {
  const reached = new Map<string, Array<string>>()
  for (const { from, to } of edges) reached.set(from, [...(reached.get(from) ?? []), to])
  const found: Array<string> = []
  const done = new Set<string>()
  const walk = (file: string, way: ReadonlyArray<string>): void => {
    const start = way.indexOf(file)
    if (start >= 0) found.push(`${[...way.slice(start), file].join(" -> ")} is a circle`)
    if (start >= 0 || done.has(file)) return
    for (const next of reached.get(file) ?? []) walk(next, [...way, file])
    done.add(file)
  }
  for (const file of reached.keys()) walk(file, [])
  return found
}

const texts = (file: SourceFile, code: string, allowances: ReadonlyArray<Allowed>, used: Set<Allowed>) => {
  const violations: Array<string> = []
  code.split("\n").forEach((line, index) => {
    const place = `${file.path}:${index + 1}`
    const allowance = allowances.find((one) => one.file === file.path && line.includes(one.line))
    const complain = (violation: string): void => {
      if (allowance === undefined) violations.push(violation)
      else used.add(allowance)
    }
    if (file.path.startsWith("src/")) {
      for (const { text, instead } of forbiddenInSrc) {
        const match = text.exec(line)
        if (match !== null) complain(`${place} has \`${match[0].trim()}\`: use ${instead}`)
      }
    }
    for (const { text, owners, why } of owned) {
      const match = text.exec(line)
      if (match !== null && !isUnder(file.path, owners)) complain(`${place} has \`${match[0]}\`: ${why}`)
    }
  })
  return violations
}

const busLayerOf = (file: string): string | undefined =>
  Object.keys(busLayers).find((name) => isUnder(file, busLayers[name]!.files))

/** What the bus's layers have to do with one another. */
const layering = (file: string, targets: ReadonlyArray<string>): ReadonlyArray<string> => {
  const isBus = (path: string) => path.startsWith("src/bus/") || path.startsWith("layers/bus/")
  if (!isBus(file) || isUnder(file, busAssembly)) return []
  const layer = busLayerOf(file)
  if (layer === undefined) return [`${file} is in no layer of the bus`]
  return targets.filter(isBus).flatMap((target) => {
    const other = busLayerOf(target)
    if (other === layer) return []
    if (other === undefined || !busLayers[layer]!.uses.includes(other))
      return [`${file} imports ${target}: the bus's ${layer} does not use its ${other ?? "assembly"}`]
    return target.startsWith("src/")
      ? []
      : [`${file} imports ${target}: of the bus's ${other} only its port in src/ is for others`]
  })
}

/** Service keys that are minted in more than one place: the key is the service's identity at run time. */
const twiceMinted = (code: ReadonlyMap<string, string>): ReadonlyArray<string> => {
  const minted = new Map<string, Array<string>>()
  for (const [file, text] of code) {
    for (const match of text.matchAll(
      /\bContext\.(?:Service|Reference)\b[^"`']{0,300}?["'`](exoclaw\/[^"'`]+)["'`]/g
    )) {
      minted.set(match[1]!, [...(minted.get(match[1]!) ?? []), file])
    }
  }
  return [...minted].flatMap(([key, files]) =>
    files.length > 1 ? [`the key ${key} is minted in ${files.join(" and ")}`] : []
  )
}

/** Every violation of the rules in these files of `src/`, `layers/` and `examples/`. */
export const check = (files: ReadonlyArray<SourceFile>, around: Surroundings): ReadonlyArray<string> => {
  const present = new Set(files.map((file) => file.path))
  const used = new Set<Allowed>()
  const edges: Array<Edge> = []
  const violations: Array<string> = []
  const code = new Map(files.map((file) => [file.path, withoutComments(file.text)]))
  for (const file of files.filter(({ path }) => !isUnder(path, generated))) {
    const text = code.get(file.path)!
    const found = imports(file, text, present, around)
    edges.push(...found.edges)
    violations.push(...found.violations)
    if (file.path.startsWith("examples/")) continue
    violations.push(...texts(file, text, around.allowed, used))
    const lines = file.text.trimEnd().split("\n").length
    if (lines > longestFile) violations.push(`${file.path} has ${lines} lines: more than one noun lives there`)
    if (file.path.startsWith("src/") && floorOf(folderOf(file.path)) < 0)
      violations.push(`${file.path} is in no room of the house`)
  }
  const stale = around.allowed.filter((allowance) => !used.has(allowance))
  return [
    ...violations,
    ...circles("src", edges),
    ...circles("layers", edges),
    ...rounds(edges),
    ...twiceMinted(code),
    ...stale.map((allowance) => `the exception for ${allowance.file} (${allowance.line}) is not needed any more`)
  ]
}
