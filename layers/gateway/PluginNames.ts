/** Stops the start where the configuration names what no plugin turns out to have; the first turn would be too late. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigError } from "../../src/config/ConfigError.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { unknownNames } from "../../src/settings/PluginNames.ts"
import type { SettingsShape } from "../../src/settings/Settings.ts"

export const layer = (settings: SettingsShape): Layer.Layer<never, ConfigError, Sandbox> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { leftOut, plugins } = yield* Sandbox
      const [first, ...others] = unknownNames(settings, plugins)
      if (first === undefined) return
      // they may be those of a plugin that was left out: without it they name nothing, and nothing may use them
      if (leftOut.length === 0) return yield* new ConfigError({ reasons: [first, ...others] })
      yield* Effect.forEach([first, ...others], ({ message }) => Effect.logWarning(message), { discard: true })
    })
  )
