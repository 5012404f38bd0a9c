import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { Casil } from "../../src/casil/Casil.ts"
import type { CasilPolicy } from "../../src/casil/Policy.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"

const secret = `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`

const logged = (text: string, metadata: Partial<CasilPolicy["metadata"]> = {}) => {
  const lines: Array<string> = []
  const logger = Logger.make((options) => void lines.push(Logger.formatLogFmt.log(options)))
  return Effect.flatMap(Casil, (casil) => casil.text("prompt", text)).pipe(
    Effect.provide(Casil.layer({ onSecret: "redact", metadata: { ...defaultPolicy.metadata, ...metadata } })),
    Effect.provide(Logger.layer([logger])),
    Effect.as(lines)
  )
}

describe("what is kept of a verdict", () => {
  it.effect("T30: is logged with its rules and counts, never with what was found", () =>
    Effect.gen(function* () {
      const lines = yield* logged(`with ${secret}`)
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], "casil.outcome=allow_with_redaction")
      assert.include(lines[0], "casil.spans=1")
      assert.notInclude(lines[0], secret.slice(4, 12))
    })
  )

  it.effect("is not logged when nothing was found, nor when the policy says so", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logged("nothing here"), [])
      assert.deepStrictEqual(yield* logged(`with ${secret}`, { logs: false }), [])
    })
  )
})
