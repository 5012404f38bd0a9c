/** The same plugin in three languages: one contract, and modules that are what their sources say. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { agreesWithManifest, answer, patience, refusal, withPlugin } from "./support.ts"

interface Language {
  readonly name: string
}
const { committedHash, LANGUAGES, moduleOf, rebuild } = (await import(
  String(new URL("../../scripts/build-languages.mjs", import.meta.url))
)) as {
  readonly LANGUAGES: ReadonlyArray<
    Language & { readonly needs: string; readonly everywhere?: boolean; readonly find: () => string | undefined }
  >
  readonly moduleOf: (language: Language) => string
  readonly committedHash: (language: Language) => string
  readonly rebuild: (language: Language) => { readonly sha256: string; readonly same: boolean }
}

const described = {
  name: "echo",
  description: "Repeats a message word for word.",
  inputSchema: {
    type: "object",
    properties: { message: { type: "string", description: "What to repeat." } },
    required: ["message"],
    additionalProperties: false
  },
  idempotent: true
}

const committed = LANGUAGES.filter(({ name }) => name.startsWith("echo-")).map((language) => ({
  name: language.name,
  entry: { path: moduleOf(language) }
}))
for (const { entry, name } of [{ name: "echo", entry: {} }, ...committed]) {
  layer(withPlugin(name, entry), patience)(`the contract, by ${name}`, (it) => {
    it.effect("describes its tool", () =>
      Effect.map(Sandbox, ({ tools }) => assert.deepStrictEqual(tools, [{ ...described, plugin: name } as never]))
    )

    it.effect("repeats any text, whatever characters it has and whatever stands around it", () =>
      Effect.gen(function* () {
        const texts = fc.sample(fc.string({ unit: "grapheme-composite", maxLength: 40 }), { numRuns: 150, seed: 71 })
        const hard = ["", '"', "\\", '\\"', "}],{", "\u0000\u001f\n\t", "🐈‍⬛ é ß 漢字", "message", "x".repeat(20_000)]
        for (const text of [...hard, ...texts.map((one) => one.toWellFormed())]) {
          assert.strictEqual(yield* answer("echo", { message: text }), `echo: ${text}`)
        }
        for (const more of fc.sample(fc.jsonValue({ maxDepth: 3 }), { numRuns: 100, seed: 72 })) {
          const around = { before: [more, { message: "no" }], message: "hi", zz: more, "mes\\sage": 1 }
          assert.strictEqual(yield* answer("echo", JSON.parse(JSON.stringify(around))), "echo: hi")
        }
      })
    )

    it.effect("says what it needs", () =>
      Effect.gen(function* () {
        for (const input of [
          {},
          { message: 1 },
          { message: null },
          { other: "x" },
          { message: ["x"] },
          { message: {} }
        ]) {
          assert.strictEqual(yield* refusal("echo", input), 'echo needs {"message": text}')
        }
      })
    )

    it.effect("says in plugin.toml what it says when asked", () => agreesWithManifest)
  })
}

describe("a module that is part of the repository", () => {
  for (const language of LANGUAGES) {
    it(`${language.name}.wasm has the hash that stands beside it`, () => {
      const hash = createHash("sha256")
        .update(readFileSync(moduleOf(language)))
        .digest("hex")
      assert.strictEqual(hash, committedHash(language))
      const line = readFileSync(`${moduleOf(language)}.sha256`, "utf8")
      assert.strictEqual(line, `${hash}  ${language.name}.wasm\n`)
    })

    // a compiler that comes with the repository is there, and is the version that the hash was made with
    const certain = language.everywhere === true
    it.skipIf(!certain && language.find() === undefined)(
      `${language.name}.wasm is what its source compiles to${certain ? "" : `, where ${language.needs} is installed`}`,
      () => {
        const built = rebuild(language)
        if (certain) assert.isTrue(built.same)
        if (built.same) assert.strictEqual(built.sha256, committedHash(language))
      },
      patience.timeout
    )
  }
})
