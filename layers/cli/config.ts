/** `exoclaw config check|print|schema`. */
import * as Effect from "effect/Effect"
import { effectiveJson, renderEffective } from "../../src/settings/Effective.ts"
import { jsonSchema } from "../../src/settings/SettingsSchema.ts"
import { userFolder } from "../platform/UserFolder.ts"
import { Io } from "./Io.ts"
import { settingsOf, type Where } from "./reach.ts"
import { json } from "./text.ts"

export const check = Effect.fnUntraced(function* (where: Where) {
  const io = yield* Io
  const { configFile, effective } = yield* settingsOf(where)
  const set = effective.filter(({ source }) => source._tag !== "Default").length
  const what = configFile === undefined ? "There is no configuration file. The environment" : configFile
  io.out(`${what} is in order: ${set === 1 ? "1 key" : `${set} keys`} set, every other has its default.\n`)
})

export const print = Effect.fnUntraced(function* (input: Where & { readonly json: boolean }) {
  const io = yield* Io
  const settings = yield* settingsOf(input)
  const keys = userFolder(io.surroundings.variables, io.surroundings.home)
  io.out(input.json ? json(effectiveJson(settings, keys)) : renderEffective(settings, keys))
})

export const schema = Effect.flatMap(Io, (io) => Effect.sync(() => io.out(json(jsonSchema()))))
