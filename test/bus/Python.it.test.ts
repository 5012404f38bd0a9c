/** The Python client's own tests, against a real bus. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../support/repository.ts"
import { listening } from "./listening.ts"
import { installed, run } from "./python.ts"

describe.skipIf(!installed())("the Python client of the bus", () => {
  it.live(
    "passes its own tests against a real bus, in both encodings",
    () =>
      Effect.gen(function* () {
        const { url } = yield* listening()
        const ran = yield* Effect.promise(() =>
          run(["-W", "error::DeprecationWarning:exoclaw_bus", "-m", "unittest", "discover", "-s", "tests"], {
            EXOCLAW_BUS_URL: url
          })
        )
        assert.strictEqual(ran.code, 0, ran.err)
        // none skipped, none forgotten
        const tests = ["test_bus.py", "test_positions.py"].flatMap((file) =>
          readFileSync(join(root, "sdk/python/tests", file), "utf8").match(/def test_/g)
        )
        const inBoth = readFileSync(join(root, "sdk/python/tests/test_bus.py"), "utf8").match(/def test_/g) ?? []
        assert.match(ran.err, new RegExp(`^Ran ${tests.length + inBoth.length} tests[^]*\\nOK$`, "m"))
      }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "Fatal")),
    60_000
  )
})
