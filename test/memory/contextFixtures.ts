/** What the tests of the context compiler share. */
import { dayOf } from "../../src/memory/Calendar.ts"
import { assert } from "@effect/vitest"
import * as fc from "fast-check"
import { compile, type Compiled, type ContextInput } from "../../src/memory/ContextCompiler.ts"
import { type ContextLimits, defaultContextLimits } from "../../src/memory/ContextLimits.ts"
import type { Fact } from "../../src/memory/facts/Fact.ts"
import type { Known } from "../../src/memory/MemoryChoice.ts"
import type { Hit } from "../../src/memory/Recall.ts"

export const empty: ContextInput = {
  system: undefined,
  soul: undefined,
  tools: [],
  recent: [],
  user: "hello",
  exchanges: []
}

export const compiled = (input: Partial<ContextInput>, limits: Partial<ContextLimits> = {}): Compiled => {
  const result = compile({ ...empty, ...input }, { ...defaultContextLimits, ...limits })
  assert.strictEqual(result._tag, "Compiled")
  if (result._tag !== "Compiled") throw new Error("too long")
  return result.value
}

export const sum = (value: Compiled, kinds?: ReadonlyArray<string>) =>
  value.blocks.reduce((all, { kind, tokens }) => (kinds?.includes(kind) === false ? all : all + tokens), 0)

/** Every text of the request, as a vendor would see it. */
export const texts = (value: Compiled): ReadonlyArray<string> => [
  ...value.system,
  ...value.tools.flatMap(({ description, inputSchema, name }) => [name, description, JSON.stringify(inputSchema)]),
  ...value.messages.flatMap(({ content }) =>
    typeof content === "string"
      ? [content]
      : content.flatMap((part) =>
          part.type === "text"
            ? [part.text]
            : part.type === "tool-call"
              ? [part.name, JSON.stringify(part.params)]
              : part.type === "tool-result"
                ? [String(part.result)]
                : []
        )
  )
]

/** Said by the user on 11 March 2026, unless told. */
export const factOf = (part: Partial<Fact>): Fact => ({
  n: 1,
  entity: 0,
  object: undefined,
  attribute: "note",
  value: "v",
  key: "v",
  slot: undefined,
  status: "holds",
  confidence: 1,
  from: undefined,
  until: undefined,
  by: undefined,
  about: { id: 0, owner: undefined, role: "me", name: undefined },
  owner: undefined,
  objectEntity: undefined,
  turn: undefined,
  origin: "rules",
  at: 1_773_187_200_000,
  day: 20_523,
  ...part
})

/** Said so many days after 14 November 2023. */
export const hitOf = (text: string, n = 0, day = 0, score = 1): Hit => ({
  turn: {
    id: `h${n}`,
    conversation: "c",
    at: 1_700_000_000_000 + day * 86_400_000,
    role: "user",
    speaker: undefined,
    text,
    turn: undefined,
    n,
    tokens: 0
  },
  day: dayOf(1_700_000_000_000) + day,
  score,
  why: [],
  tokens: 0
})

/** Memory that holds such texts. */
export const knownOf = (text: fc.Arbitrary<string>): fc.Arbitrary<Known> =>
  fc.record({
    instructions: fc.array(
      text.map((value) => factOf({ attribute: "instruction", value: value.slice(0, 500) })),
      { maxLength: 5 }
    ),
    facts: fc.array(
      fc.record({
        fact: text.map((value) => factOf({ value: value.slice(0, 160) })),
        worth: fc.double({ min: 0, max: 1, noNaN: true })
      }),
      { maxLength: 30 }
    ),
    recalled: fc
      .array(fc.record({ text, score: fc.double({ min: -5, max: 5, noNaN: true }), day: fc.nat({ max: 900 }) }), {
        maxLength: 30
      })
      .map((all) =>
        all.toSorted((a, b) => a.day - b.day).map(({ day, score, text: said }, n) => hitOf(said, n, day, score))
      )
  })
