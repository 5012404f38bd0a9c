/** `exoclaw doctor`. */
import * as Effect from "effect/Effect"
import { auditKey } from "./checks/audit.ts"
import { type Check, fail, ok } from "./checks/Check.ts"
import * as files from "./checks/files.ts"
import * as machine from "./checks/machine.ts"
import { ports } from "./checks/ports.ts"
import { sandbox } from "./checks/sandbox.ts"
import { secrets } from "./checks/secrets.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { settingsOf, type Where } from "./reach.ts"
import { json, printable } from "./text.ts"

/** All checks; those that need a valid configuration are left out where there is none. */
const examine = Effect.fnUntraced(function* (where: Where) {
  const node = machine.nodeVersion(process.versions.node)
  const settings = yield* Effect.result(settingsOf(where))
  if (settings._tag === "Failure") {
    return [
      node,
      ...settings.failure.reasons.map(({ message }) =>
        fail("configuration", message, "Correct it; `exoclaw config schema` describes every key.")
      )
    ]
  }
  const { configFile, effective, stateDir, values } = settings.success
  const set = effective.filter(({ source }) => source._tag !== "Default").length
  const unnamed = set === 0 ? "every value has its default" : `${set} of the values from the environment`
  return [
    node,
    ok("configuration", configFile ?? `no file, ${unnamed}`),
    files.stateFolder(stateDir),
    files.disk(stateDir),
    files.privateFiles(stateDir),
    yield* files.database(stateDir),
    ...files.keys(settings.success),
    secrets(settings.success, (yield* Io).surroundings),
    yield* auditKey((yield* Io).surroundings),
    ...(yield* ports(settings.success)),
    machine.descriptors(values),
    yield* sandbox(values)
  ]
})

const labels: Readonly<Record<Check["state"], string>> = { ok: "ok  ", warn: "warn", fail: "FAIL" }

const shown = ({ detail, name, next, state }: Check): string =>
  `${labels[state]}  ${name.padEnd(14)} ${detail}\n${next === undefined ? "" : `${" ".repeat(21)}${next}\n`}`

export const doctor = Effect.fnUntraced(function* (input: Where & { readonly json: boolean }) {
  const io = yield* Io
  const checks = yield* examine(input)
  io.out(input.json ? json(checks) : printable(checks.map(shown).join("")))
  const failed = checks.filter(({ state }) => state === "fail").length
  if (failed > 0) return yield* failure(failed === 1 ? "One check failed." : `${failed} checks failed.`)
})
