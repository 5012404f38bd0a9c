/** An expression as a program for a machine that is in many places at once (Thompson, 1968): never goes back. */
import { type CharClass, nothing } from "../CharClass.ts"
import { type Assertion, type CharSet, InvalidExpression, parse, type Tree } from "./Parse.ts"

export type Instruction =
  | { readonly op: "char"; readonly set: CharSet; readonly next: number }
  | { readonly op: "fork"; readonly next: number; readonly other: number }
  | { readonly op: "assert"; readonly assertion: Assertion; readonly next: number }
  | { readonly op: "match" }

export interface Program {
  readonly instructions: ReadonlyArray<Instruction>
  readonly start: number
  /** What a match may begin with. */
  readonly first: CharClass
}

/** Larger ones would cost each character too much. */
export const LARGEST = 512

class Compiler {
  readonly #instructions: Array<Instruction> = [{ op: "match" }]

  #add(instruction: Instruction): number {
    if (this.#instructions.length >= LARGEST) throw new InvalidExpression("it is too large")
    return this.#instructions.push(instruction) - 1
  }

  /** Compiles `tree` so that it goes on at `next`; says where it begins. */
  #into(tree: Tree, next: number): number {
    switch (tree._tag) {
      case "Set":
        return this.#add({ op: "char", set: tree.set, next })
      case "Assert":
        return this.#add({ op: "assert", assertion: tree.assertion, next })
      case "Sequence":
        return tree.parts.reduceRight((after, part) => this.#into(part, after), next)
      case "Either":
        return tree.ways
          .map((way) => this.#into(way, next))
          .reduceRight((other, way) => this.#add({ op: "fork", next: way, other }))
      case "Repeat":
        return this.#repeat(tree.part, tree.min, tree.max, next)
    }
  }

  #repeat(part: Tree, min: number, max: number, next: number): number {
    let after = next
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.#add({ op: "fork", next: 0, other: next })
      this.#instructions[loop] = { op: "fork", next: this.#into(part, loop), other: next }
      after = loop
    } else for (let i = min; i < max; i++) after = this.#add({ op: "fork", next: this.#into(part, after), other: next })
    for (let i = 0; i < min; i++) after = this.#into(part, after)
    return after
  }

  compile(tree: Tree): Omit<Program, "first"> {
    return { start: this.#into(tree, 0), instructions: this.#instructions }
  }
}

/** What the program comes to from its beginning before it takes a character, whatever stands around it. */
const beginnings = (instructions: ReadonlyArray<Instruction>, start: number): ReadonlyArray<Instruction> => {
  const seen = new Set<number>()
  const pending = [start]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    const instruction = instructions[at]
    if (instruction?.op === "fork") pending.push(instruction.next, instruction.other)
    if (instruction?.op === "assert") pending.push(instruction.next)
  }
  return [...seen].flatMap((at) => instructions[at] ?? [])
}

/** The characters with which a match may begin; everything beyond ASCII is one. */
const firstOf = (from: ReadonlyArray<Instruction>): CharClass => {
  const first = new Uint8Array(nothing.length)
  for (const instruction of from) {
    if (instruction.op !== "char") continue
    const { others, table } = instruction.set
    table.forEach((is, code) => (first[code] = (first[code] ?? 0) | is))
    if (others.size > 0) first[first.length - 1] = 1
  }
  return first
}

/** Compiles an expression; throws `InvalidExpression` with the reason. */
export const compileExpression = (source: string): Program => {
  const { instructions, start } = new Compiler().compile(parse(source))
  const from = beginnings(instructions, start)
  if (from.some(({ op }) => op === "match")) throw new InvalidExpression("it matches an empty text")
  return { instructions, start, first: firstOf(from) }
}
