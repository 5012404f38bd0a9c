/** One script of frames and expectations, through both clients, in both encodings, with inspection and without. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import { join } from "node:path"
import { root } from "../support/repository.ts"
import * as conformance from "./conformance.ts"
import { listening } from "./listening.ts"
import * as python from "./python.ts"

const secret = `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`
const hasPython = python.installed()

for (const inspected of [false, true]) {
  for (const json of [false, true]) {
    describe(`the conformance script, ${json ? "in JSON" : "binary"}, inspection ${inspected ? "on" : "off"}`, () => {
      const bus = listening(inspected ? { inspection: { scope: { include: ["*"], exclude: [] }, notes: true } } : {})
      const quietly = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.provideService(Effect.scoped(effect), References.MinimumLogLevel, "Fatal")

      it.live("holds for the TypeScript client", () =>
        quietly(
          Effect.gen(function* () {
            const { url } = yield* bus
            assert.deepStrictEqual(yield* Effect.promise(() => conformance.run({ url, json, inspected, secret })), [])
          })
        )
      )

      it.live.skipIf(!hasPython)("holds for the Python client", () =>
        quietly(
          Effect.gen(function* () {
            const { url } = yield* bus
            const script = join(root, "test/bus/conformance.json")
            const ran = yield* Effect.promise(() =>
              python.run(["tests/conformance.py", script], {
                EXOCLAW_BUS_URL: url,
                EXOCLAW_BUS_SECRET: secret,
                EXOCLAW_BUS_JSON: json ? "1" : "0",
                EXOCLAW_BUS_INSPECTED: inspected ? "1" : "0"
              })
            )
            assert.deepStrictEqual([ran.out, ran.code], ["every step held\n", 0], ran.err)
          })
        )
      )
    })
  }
}
