/** `exoclaw plugin new`: a folder that builds. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { cp, readdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { PluginName } from "../../../src/domain/Ids.ts"
import { codeOf } from "../../platform/ErrorCode.ts"
import { makeFolder, shared } from "../../platform/PrivateFile.ts"
import { isBundled } from "../../platform/Package.ts"
import { bundledFolder } from "../../sandbox/Bundled.ts"
import { exitCode } from "../ExitCode.ts"
import { failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { template } from "./Template.ts"

/** The kit's sources, where the build put them or where they are written. */
const kit = isBundled ? join(bundledFolder, "pdk") : join(import.meta.dirname, "..", "..", "..", "plugins", "pdk")

const isName = Schema.is(PluginName)

/** What is in a folder; nothing where there is none. */
const entriesOf = (folder: string) =>
  Effect.tryPromise({
    try: () => readdir(folder).catch((cause) => (codeOf(cause) === "ENOENT" ? [] : Promise.reject(cause))),
    catch: () => failure(`${folder} is no folder that can be read.`, exitCode.usage)
  })

/** As a shell takes it for one word. */
const word = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

export const create = Effect.fnUntraced(function* (input: { readonly name: string; readonly dir: string | undefined }) {
  const io = yield* Io
  const { name } = input
  if (!isName(name)) {
    return yield* failure("A plugin's name has 1 to 64 of A-Z a-z 0-9 _ -.", exitCode.usage)
  }
  const folder = io.surroundings.absolute(input.dir ?? name)
  if ((yield* entriesOf(folder)).length > 0) {
    return yield* failure(`${folder} is not empty; name another folder with --dir.`, exitCode.usage)
  }
  yield* Effect.tryPromise({
    try: async () => {
      for (const [path, text] of template(name)) {
        makeFolder(dirname(join(folder, path)), shared)
        await writeFile(join(folder, path), text, { flag: "wx" })
      }
      await cp(kit, join(folder, "assembly", "pdk"), { recursive: true })
    },
    catch: (cause) => failure(`${folder} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`)
  })
  io.out(`${folder}\n`)
  const shown = word(input.dir ?? name)
  io.err(`Next: \`npm install --prefix ${shown}\`, then \`exoclaw plugin build ${shown}\`.\n`)
})
