/** `exoclaw config check|print|schema|reload`. */
import * as Effect from "effect/Effect"
import { effectiveJson, renderEffective } from "../../src/settings/Effective.ts"
import { jsonSchema } from "../../src/settings/SettingsSchema.ts"
import { usualFiles } from "../config/ConfigFile.ts"
import { userFolder } from "../platform/UserFolder.ts"
import { Io } from "./Io.ts"
import { operator, settingsOf, type Target, type Where } from "./reach.ts"
import { json } from "./text.ts"

export const check = Effect.fnUntraced(function* (where: Where) {
  const io = yield* Io
  const { configFile, effective } = yield* settingsOf(where)
  const set = effective.filter(({ source }) => source._tag !== "Default").length
  const looked = usualFiles(where, io.surroundings).join(", then ")
  const what =
    configFile === undefined ? `There is no configuration file (looked for ${looked}). The environment` : configFile
  io.out(`${what} is in order: ${set === 1 ? "1 key" : `${set} keys`} set, every other has its default.\n`)
})

export const print = Effect.fnUntraced(function* (input: Where & { readonly json: boolean }) {
  const io = yield* Io
  const settings = yield* settingsOf(input)
  const keys = userFolder(io.surroundings.variables, io.surroundings.home)
  io.out(input.json ? json(effectiveJson(settings, keys)) : renderEffective(settings, keys))
})

export const schema = Effect.flatMap(Io, (io) => Effect.sync(() => io.out(json(jsonSchema()))))

/** Has the gateway read its file again, and says what of it holds now. */
export const reload = Effect.fnUntraced(function* (input: Target & { readonly json: boolean }) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const { applied, restart } = yield* use(({ call }) => call("gateway.reload"))
  if (input.json) return io.out(json({ applied, restart }))
  if (applied.length > 0) io.out(`Holds from now on: ${applied.join(", ")}.\n`)
  // each key of each plugin says less than which command takes one in
  const plugins = restart.some((key) => key.startsWith("plugins["))
  const others = restart.filter((key) => !key.startsWith("plugins["))
  if (others.length > 0) io.out(`Waits for a restart of the gateway: ${others.join(", ")}.\n`)
  if (plugins) io.out("[[plugins]] waits for a restart of the gateway, or for `exoclaw plugin load NAME` of each.\n")
  if (applied.length + restart.length === 0) io.out("Nothing has changed.\n")
}, Effect.scoped)
