import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as AnotherProvider from "../../examples/another-provider.ts"
import * as CustomGraph from "../../examples/custom-graph.ts"
import * as GovernedEffectAi from "../../examples/governed-effect-ai.ts"
import * as InspectionChain from "../../examples/inspection-chain.ts"
import * as LanguageModelProvider from "../../examples/language-model-provider.ts"
import * as OidcAuthenticator from "../../examples/oidc-authenticator.ts"
import * as SandboxDouble from "../../examples/sandbox-double.ts"
import { root } from "../support/repository.ts"

const folder = join(root, "examples")

/** What a program prints, each call of the console as one array; its log apart. */
const printed = <E>(program: Effect.Effect<unknown, E>) =>
  Effect.gen(function* () {
    const lines: Array<ReadonlyArray<any>> = []
    const log = (...said: ReadonlyArray<unknown>) => void lines.push(said)
    yield* Effect.provideService(Effect.provide(program, Logger.layer([])), Console.Console, { ...console, log })
    return lines
  })

describe("examples", () => {
  it.effect("custom-graph: one message through an in-memory graph gives an answer and its receipt", () =>
    Effect.gen(function* () {
      const [[text], [receipt]] = (yield* printed(CustomGraph.program)) as any
      assert.include(text, "Luna")
      assert.strictEqual(receipt.calls.length, 1)
      assert.strictEqual(receipt.totalTokens, receipt.calls[0].inputTokens + receipt.calls[0].outputTokens)
      assert.isTrue(receipt.blocks.some(({ kind }: { readonly kind: string }) => kind === "soul"))
    })
  )

  it.effect("another-provider: an adapter that knows no budget is charged to the ledger", () =>
    Effect.gen(function* () {
      const [[text], [calls], [account]] = (yield* printed(AnotherProvider.program)) as any
      assert.match(text, /have \d+ words/)
      assert.strictEqual(calls[0].provider, "counter")
      assert.deepInclude(account, { spent: calls[0].inputTokens + calls[0].outputTokens, held: 0 })
    })
  )

  it.effect("language-model-provider: a LanguageModel Layer is given the limit that the hold covers", () =>
    Effect.gen(function* () {
      const [[text], [calls]] = (yield* printed(LanguageModelProvider.program)) as any
      assert.include(text, "At most 100 tokens")
      assert.deepInclude(calls[0], { provider: "almanac", inputTokens: 20, outputTokens: 9, basis: "usage" })
    })
  )

  it.effect("inspection-chain: a rule of one's own redacts, and a policy of one's own refuses what is classified", () =>
    Effect.gen(function* () {
      const [[answer], [refused]] = (yield* printed(InspectionChain.program)) as any
      assert.notInclude(answer, "424242")
      assert.match(refused, /^refused: The prompt was blocked .*medical-stays-here/)
    })
  )

  it.effect("governed-effect-ai: the same program is answered, redacted, clamped and refused", () =>
    Effect.gen(function* () {
      const [[first], [second], [third]] = (yield* printed(GovernedEffectAi.program)) as any
      assert.include(first, "Luna")
      assert.include(second, "[redacted:aws-access-key-id]")
      assert.notInclude(second, "AKIA")
      assert.match(third, /^refused: .*QuotaExhaustedError.*limit 190 tokens/)
    })
  )

  it.effect("sandbox-double: the tool is a function, the loop and the receipt are real", () =>
    Effect.gen(function* () {
      const [[text], [, heard, , tools]] = (yield* printed(SandboxDouble.program)) as any
      assert.include(text, "echo: hi")
      assert.deepStrictEqual(heard, ["hi"])
      assert.deepInclude(tools[0], { name: "echo", calls: 1, errors: 0 })
    })
  )

  it.effect("oidc-authenticator: the signer's principal is in the session key, a stranger's token is refused", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* printed(OidcAuthenticator.program), [
        ["helper:example:oidc%3Aada:main"],
        ["A valid token is needed."]
      ])
    })
  )

  it("each has at most sixty lines and stands in the table of examples/README.md", () => {
    const table = readFileSync(join(folder, "README.md"), "utf8")
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "README.md")
      .map(({ name }) => name)
    assert.isAbove(files.length, 8)
    for (const name of files) {
      assert.include(table, `\`${name}\``)
      const lines = readFileSync(join(folder, name), "utf8").trimEnd().split("\n").length
      if (name !== "config.toml") assert.isAtMost(lines, 60, name)
    }
  })
})
