/** `exoclaw plugin ...`: names, flags and words. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { json, lazily, optional, target } from "./flags.ts"

const file = Argument.String("file").pipe(
  Argument.withDescription("A .wasm file, the folder of a plugin that was built, or builtin:NAME.")
)

const grant = Flag.String("grant").pipe(
  Flag.withDescription("A capability such as store:notes or http:example.com; may be given several times."),
  Flag.withMetavar("CAPABILITY"),
  Flag.atLeast(0)
)

const list = Command.make("list", { json, ...target }, (input) =>
  lazily(
    () => import("./plugin.ts"),
    (module, where) => module.list({ ...where, ...input })
  )
).pipe(Command.withDescription("Lists the loaded plugins with their tools and grants."))

const inspect = Command.make(
  "inspect",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription(
        "The name of a loaded plugin; or a file, folder or builtin:NAME, which needs no gateway."
      )
    ),
    grant,
    json,
    ...target
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./plugins/Target.ts")),
      ({ isModule }) =>
        Effect.flatMap(isModule(input.name), (module) =>
          module
            ? lazily(
                () => import("./plugins/examine.ts"),
                ({ inspectFile }, where) =>
                  inspectFile({ ...where, file: input.name, grant: input.grant, json: input.json })
              )
            : lazily(
                () => import("./plugin.ts"),
                (online, where) => online.inspect({ ...where, ...input })
              )
        )
    )
).pipe(
  Command.withDescription("Shows what a plugin is, imports and is granted, and what a file would need and be given.")
)

const create = Command.make(
  "new",
  {
    name: Argument.String("name").pipe(Argument.withDescription("The plugin's name: 1 to 64 of A-Z a-z 0-9 _ -.")),
    dir: optional("dir", "FOLDER", "Where to put it; else a folder of its name.")
  },
  (input) =>
    lazily(
      () => import("./plugins/create.ts"),
      (module) => module.create(input)
    )
).pipe(Command.withDescription("Makes a folder with a plugin that builds, its kit, and an input to try it with."))

const build = Command.make(
  "build",
  {
    dir: Argument.String("dir").pipe(Argument.withDescription("The plugin's folder."), Argument.withDefault(".")),
    watch: Flag.Boolean("watch").pipe(
      Flag.withDescription("Build again whenever a source changes."),
      Flag.withDefault(false)
    ),
    load: Flag.Boolean("load").pipe(
      Flag.withDescription("Have the running gateway load what was built, for a plugin of its configuration."),
      Flag.withDefault(false)
    ),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./plugins/build.ts"),
      (module, where) => module.build({ ...where, ...input })
    )
).pipe(Command.withDescription("Compiles a plugin's folder into build/NAME.wasm, and says what the module needs."))

const test = Command.make(
  "test",
  {
    file,
    export: Flag.String("export").pipe(
      Flag.withDescription("The function to run."),
      Flag.withMetavar("NAME"),
      Flag.withDefault("handle_tool_call")
    ),
    input: optional("input", "JSON", "What to give it; else {}."),
    inputFile: optional("input-file", "FILE", "What to give it, from a file."),
    grant,
    set: Flag.KeyValuePair("set").pipe(
      Flag.withDescription("A value that it may read with config_get; may be given several times."),
      Flag.withDefault({})
    ),
    deadline: Flag.Finite("deadline").pipe(
      Flag.withDescription("Seconds after which it is stopped."),
      Flag.filter(
        (seconds) => seconds >= 0.01 && seconds <= 3600,
        () => "a number from 0.01 to 3600"
      ),
      Flag.withDefault(5)
    ),
    json
  },
  (input) =>
    lazily(
      () => import("./plugins/try.ts"),
      (module, where) => module.test({ ...where, ...input })
    )
).pipe(
  Command.withDescription(
    "Runs one function of a plugin in a real slot, under the grants that are given and no others."
  ),
  Command.withExamples([
    { command: `exoclaw plugin test builtin:calculator --input '{"expression": "0.1 + 0.2"}'`, description: "A tool" },
    { command: "exoclaw plugin test . --export describe --json", description: "What it says of itself" }
  ])
)

const sign = Command.make(
  "sign",
  {
    file,
    key: Flag.String("key").pipe(
      Flag.withDescription("File of the publisher's private Ed25519 key, PEM."),
      Flag.withMetavar("FILE")
    ),
    newKey: Flag.Boolean("new-key").pipe(
      Flag.withDescription("Make the key first, and print its public half."),
      Flag.withDefault(false)
    )
  },
  (input) =>
    lazily(
      () => import("./plugins/sign.ts"),
      (module) => module.sign(input)
    )
).pipe(Command.withDescription("Signs a module: writes FILE.wasm.sig beside it."))

const verify = Command.make(
  "verify",
  {
    file,
    publisher: Flag.KeyValuePair("publisher").pipe(
      Flag.withDescription("NAME=KEY of a publisher, beside those of the configuration; may be given several times."),
      Flag.withDefault({})
    ),
    json
  },
  (input) =>
    lazily(
      () => import("./plugins/sign.ts"),
      (module, where) => module.verify({ ...where, ...input })
    )
).pipe(Command.withDescription("Checks a module's signature: fails unless a known publisher made it."))

const loaded = Argument.String("name").pipe(Argument.withDescription("The plugin's name in the configuration."))

const load = Command.make(
  "load",
  {
    name: loaded,
    consent: optional("consent", "SHA256", "Agree to a changed file: the hash that the refusal names."),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./plugin.ts"),
      (module, where) => module.load({ ...where, ...input })
    )
).pipe(
  Command.withDescription(
    "Has the running gateway read its configuration and load this plugin, in the place of the one that runs."
  )
)

const unload = Command.make("unload", { name: loaded, ...target }, (input) =>
  lazily(
    () => import("./plugin.ts"),
    (module, where) => module.unload({ ...where, ...input })
  )
).pipe(Command.withDescription("Takes a plugin out of the running gateway."))

export const plugin = Command.make("plugin").pipe(
  Command.withDescription("Plugins."),
  Command.withSubcommands([list, inspect, load, unload, create, build, test, sign, verify])
)
