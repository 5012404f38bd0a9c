/** `exoclaw plugin list|inspect|load|unload`: the plugins of a running gateway. */
import * as Effect from "effect/Effect"
import { inWords } from "../../src/sandbox/Capability.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { clientAsOperator, operator, type Target } from "./reach.ts"
import { json, printable, table } from "./text.ts"

export const list = Effect.fnUntraced(function* (input: Target & { readonly json: boolean }) {
  const io = yield* Io
  const { use } = yield* clientAsOperator(input)
  const { leftOut, plugins } = yield* use(({ call }) => call("plugin.list"))
  if (input.json) return io.out(json(plugins))
  for (const name of leftOut) {
    io.err(printable(`Plugin "${name}" was left out at the start; \`exoclaw plugin inspect ${name}\` says why.\n`))
  }
  if (plugins.length === 0) return io.err("No plugins are loaded. Add [[plugins]] to the configuration.\n")
  io.out(
    table(
      ["NAME", "TOOLS", "GRANTS", "SHA-256"],
      plugins.map(({ grants, name, sha256, tools }) => [
        name,
        tools.map((tool) => tool.name).join(" "),
        grants.join(" ") || "none",
        sha256.slice(0, 16)
      ])
    )
  )
}, Effect.scoped)

export const inspect = Effect.fnUntraced(function* (input: Target & { readonly name: string; readonly json: boolean }) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const plugin = yield* use(({ call }) => call("plugin.inspect", { name: input.name }))
  if (input.json) return io.out(json(plugin))
  const lines = [
    `name      ${plugin.name}`,
    `file      ${plugin.path}`,
    `sha-256   ${plugin.sha256}`,
    `size      ${plugin.bytes} bytes`,
    `signed    ${plugin.publisher === undefined ? "by no publisher of the configuration" : `by ${plugin.publisher}`}`,
    `kinds     ${plugin.kinds.join(", ")}`,
    `imports   ${plugin.imports.join(", ") || "nothing"}`,
    `grants    ${plugin.conditions.map(inWords).join(", ") || "none: it can only compute"}`,
    ...plugin.tools.flatMap((tool) => [
      `tool      ${tool.name}${tool.idempotent ? " (may be repeated)" : ""}: ${tool.description}`,
      `          ${JSON.stringify(tool.inputSchema)}`
    ]),
    ""
  ]
  io.out(printable(lines.join("\n")))
}, Effect.scoped)

export const load = Effect.fnUntraced(function* (
  input: Target & { readonly name: string; readonly consent: string | undefined; readonly json: boolean }
) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const consent = input.consent === undefined ? {} : { consent: input.consent }
  const plugin = yield* use(({ call }) => call("plugin.load", { name: input.name, ...consent }))
  if (input.json) return io.out(json(plugin))
  io.err(
    printable(
      `Plugin "${plugin.name}" is loaded: SHA-256 ${plugin.sha256}; grants: ${plugin.grants.join(", ") || "none"}.\n`
    )
  )
}, Effect.scoped)

export const unload = Effect.fnUntraced(function* (input: Target & { readonly name: string }) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const { unloaded } = yield* use(({ call }) => call("plugin.unload", { name: input.name }))
  if (!unloaded) return yield* failure("No plugin of that name is loaded. `exoclaw plugin list` shows what is.")
  io.err(printable(`Plugin "${input.name}" is unloaded, until it is loaded again or the gateway starts anew.\n`))
}, Effect.scoped)
