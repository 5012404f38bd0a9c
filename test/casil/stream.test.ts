import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { type Blocked, Casil } from "../../src/casil/Casil.ts"
import { MAX_HELD } from "../../src/casil/engine/Cursor.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { sample } from "../../src/casil/Sample.ts"
import { combine, type Verdict } from "../../src/casil/Verdict.ts"

interface Seen {
  readonly text: string
  readonly pieces: ReadonlyArray<string>
  readonly verdict: Verdict | undefined
  readonly error: string | undefined
}

const collect = (policy: Partial<CasilPolicy>, chunks: Stream.Stream<string, string>): Effect.Effect<Seen> =>
  Effect.gen(function* () {
    const casil = yield* Casil
    const pieces: Array<string> = []
    const verdicts: Array<Verdict> = []
    const exit = yield* chunks.pipe(
      casil.stream("answer"),
      Stream.runForEach((piece) =>
        Effect.sync(() => {
          pieces.push(piece.value)
          verdicts.push(...piece.verdicts)
        })
      ),
      Effect.exit
    )
    return {
      text: pieces.join(""),
      pieces,
      verdict: combine(verdicts),
      error: Exit.isFailure(exit) ? String((Cause.squash(exit.cause) as Blocked | string).toString()) : undefined
    }
  }).pipe(Effect.provide(Casil.layer(policy)))

const run = (policy: Partial<CasilPolicy>, chunks: ReadonlyArray<string>): Seen =>
  Effect.runSync(collect(policy, Stream.fromIterable(chunks).pipe(Stream.rechunk(1))))

const chop = (text: string, cuts: ReadonlyArray<number> | null): ReadonlyArray<string> => {
  if (cuts === null) return text.split("")
  const sorted = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  return sorted.slice(1).map((end, i) => text.slice(sorted[i], end))
}

const secretText = fc
  .tuple(fc.nat(structural.length - 1), fc.nat(1000))
  .map(([rule, seed]) => structural[rule]?.example(seed).text ?? "")
const damaged = fc.tuple(secretText, fc.nat(80)).map(([text, cut]) => text.slice(0, Math.max(1, text.length - cut)))
const anchor = fc.constantFrom(...structural.flatMap(({ anchors }) => anchors))
const ordinary = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "😀",
    "\ud83d",
    "\ude00",
    " ",
    ".",
    "%20",
    "\\n",
    "\n",
    "://",
    "@",
    ":",
    "e",
    "eyJ",
    "-----",
    "the list: "
  ),
  fc.lorem()
)
const text = fc
  .array(fc.oneof({ weight: 2, arbitrary: secretText }, damaged, anchor, { weight: 3, arbitrary: ordinary }), {
    maxLength: 8
  })
  .map((parts) => parts.join(""))
/** Where to cut; nothing for after every code unit. */
const cuts = fc.option(fc.array(fc.nat(4000), { maxLength: 12 }))

const limits = (
  maxInspectBytes: number,
  maxPayloadBytes: number,
  oversize: CasilPolicy["limits"]["oversize"]
): CasilPolicy["limits"] => ({ ...defaultPolicy.limits, maxInspectBytes, maxPayloadBytes, oversize })

const POLICIES: Record<string, Partial<CasilPolicy>> = {
  redact: {},
  block: { onSecret: "block" },
  monitor: { mode: "monitor" },
  "redact a prefix": { limits: limits(150, 400, "inspect_prefix") },
  "block what is oversize": { limits: limits(150, 400, "block") },
  "allow what is oversize": { limits: limits(100, 120, "allow") },
  "block secrets in a prefix": {
    onSecret: "block",
    limits: limits(150, 400, "inspect_prefix")
  }
}

describe("Casil.stream", () => {
  for (const [name, policy] of Object.entries(POLICIES)) {
    it(`gives the same verdict and the same text for every chunking of a text (${name})`, () => {
      fc.assert(
        fc.property(text, cuts, (text, cuts) => {
          const whole = run(policy, [text])
          const parts = run(policy, chop(text, cuts))
          assert.strictEqual(parts.text, whole.text)
          assert.strictEqual(parts.error, whole.error)
          // of a text that was blocked, the verdict is the error
          if (whole.error === undefined && text !== "") assert.deepStrictEqual(parts.verdict, whole.verdict)
        }),
        { numRuns: 300 }
      )
    })

    it(`agrees with the inspection of the whole text (${name})`, () => {
      fc.assert(
        fc.property(text, cuts, (text, cuts) => {
          const streamed = run(policy, chop(text, cuts))
          const exit = Effect.runSyncExit(
            Effect.flatMap(Casil, (casil) => casil.text("answer", text)).pipe(Effect.provide(Casil.layer(policy)))
          )
          assert.strictEqual(streamed.error !== undefined, Exit.isFailure(exit))
          if (!Exit.isSuccess(exit)) return
          assert.strictEqual(streamed.text, exit.value.value)
          if (text !== "") assert.deepStrictEqual(streamed.verdict, exit.value.verdicts[0])
        }),
        { numRuns: 200 }
      )
    })
  }

  it("fails late with Blocked, before anything of the secret and after everything before it", () => {
    for (const rule of structural) {
      const { secret, text } = rule.example(5)
      const whole = `before ${text} after`
      const seen = run({ onSecret: "block" }, whole.split(""))
      assert.include(seen.error, rule.id)
      assert.notInclude(seen.error, secret)
      assert.strictEqual(seen.text, whole.slice(0, whole.indexOf(secret)))
    }
  })

  it("delivers ordinary text with the chunk that brought it", () => {
    const words =
      "Here is the list: first, we take the tram to https://example.com/a/b, then: walk. Skating is fun - really ".split(
        /(?<= )/
      )
    assert.deepStrictEqual(run({}, words).pieces, words)
    const code = [
      "const x = 1;\n",
      "// skip -- ---\n",
      "if (a:b) { return `x` }\n",
      "ghost = eyes + 1\n",
      "größe: 😀\n"
    ]
    assert.deepStrictEqual(run({}, code).pieces, code)
  })

  it("holds a possible beginning of a secret only until it turns out to be none", () => {
    assert.deepStrictEqual(run({}, ["a g", "hp", "_x y"]).pieces, ["a ", "ghp_x ", "y"])
    assert.deepStrictEqual(run({}, ["see http:", "//", "host", "/1 "]).pieces, ["see http:", "//host/1 "])
    // a word may turn out to hide something in its encoding, so it travels as a whole
    assert.deepStrictEqual(run({}, ["it is un", "believ", "able, "]).pieces, ["it is ", "unbelievable, "])
  })

  it("keeps the halves of a surrogate pair together, and gives a lonely half at the end", () => {
    assert.deepStrictEqual(run({}, ["a \ud83d", "\ude00 b"]).pieces, ["a ", "😀 ", "b"])
    assert.deepStrictEqual(run({}, ["a \ud83d"]).pieces, ["a ", "\ud83d"])
  })

  it("holds no more than its bound of a candidate that never ends", () => {
    const begin =
      structural
        .find(({ id }) => id === "json-web-token")
        ?.example(0)
        .secret.split(".")[0] ?? ""
    for (const endless of [`eyJ${"a".repeat(20)}`, "://user:"]) {
      const chunks = [endless, ...Array.from({ length: 200 }, (_, i) => sample("abcXYZ012", 100, i))]
      const seen = run({}, chunks)
      assert.strictEqual(seen.text, chunks.join(""))
      assert.isBelow(Math.max(...seen.pieces.map(({ length }) => length)), MAX_HELD + 200)
    }
    // a header that is one makes the rest a token, however long: dropped as it comes, named once
    const token = [
      begin,
      ".eyJ",
      ...Array.from({ length: 300 }, (_, i) => sample("abcXYZ012", 100, i)),
      ".sig and more"
    ]
    assert.deepStrictEqual(run({}, token).text, "[redacted:json-web-token] and more")
    assert.strictEqual(run({ onSecret: "block" }, token).text, "")
  })

  it("redacts all of a private key that is longer than what is held", () => {
    const [anchor = ""] = structural.find(({ id }) => id === "private-key")?.anchors ?? []
    const lines = Array.from({ length: 400 }, (_, i) => `${i === 0 ? "MII" : ""}${sample("abcXYZ012+/", 64, i)}\n`)
    const end = anchor.replace("BEGIN", "END")
    const seen = run({}, [`key:\n${anchor}\n`, ...lines, `${end}\nbye`])
    assert.strictEqual(seen.text, `key:\n${anchor}[redacted:private-key]${end}\nbye`)
  })

  it("passes an upstream failure on, and nothing of what was undecided", () => {
    const secret = structural.find(({ id }) => id === "github-token")?.example(1).secret ?? ""
    const chunks = Stream.concat(Stream.make("so: ", secret.slice(0, 20)), Stream.fail("gone"))
    const seen = Effect.runSync(collect({}, chunks))
    assert.strictEqual(seen.text, "so: ")
    assert.include(seen.error, "gone")
  })

  it("passes chunks as they are when it is off or the surface is out of scope", () => {
    const secret = structural.find(({ id }) => id === "github-token")?.example(1).secret ?? ""
    for (const policy of [{ enabled: false }, { surfaces: ["prompt" as const] }]) {
      const seen = run(policy, ["a ", secret])
      assert.deepStrictEqual(seen.pieces, ["a ", secret])
      assert.include(["CASIL_DISABLED", "CASIL_OUT_OF_SCOPE"], seen.verdict?.reason)
    }
  })
})
