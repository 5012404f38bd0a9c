/** `exoclaw backup` and `exoclaw restore`: all state, with a gateway that runs or without. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { dirname, join } from "node:path"
import type { BackupError } from "../../src/backup/BackupError.ts"
import { Audit } from "../../src/audit/Audit.ts"
import type { Manifest } from "../../src/backup/Manifest.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import * as SqliteAudit from "../audit/SqliteAudit.ts"
import { backup as make } from "../backup/Backup.ts"
import type { Progress } from "../backup/Files.ts"
import { restore as put } from "../backup/Restore.ts"
import { stateFolder } from "../config/ConfigFile.ts"
import { currentSchema } from "../store/Copy.ts"
import * as SqliteStore from "../store/SqliteStore.ts"
import { keyFile } from "./audit.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { settingsOf, type Where } from "./reach.ts"
import { json, time } from "./text.ts"

const usage: ReadonlyArray<string> = ["TargetTaken", "NoFolder", "NoBackup", "NoState", "NotABackup", "NotEmpty"]

const ofBackup = (error: BackupError) =>
  failure(error.message, usage.includes(error.reason._tag) ? exitCode.usage : exitCode.failure)

/** One line of a terminal, written over; nothing where nobody looks. */
const progressOn = ({ err, terminal }: Io["Service"]): { readonly step: Progress; readonly end: () => void } => {
  let shown = ""
  return {
    step: (what, part) => {
      const line = `${what} ${Math.floor(part * 100)} %`
      if (!terminal.stderr || line === shown) return
      shown = line
      err(`\r${line.padEnd(20)}`)
    },
    end: () => void (shown === "" || err(`\r${" ".repeat(20)}\r`))
  }
}

/** An entry of the log that was copied. A database of another version is not touched: it would be migrated. */
const record = Effect.fnUntraced(function* (stateDir: string, { audit, files, schema }: Manifest) {
  if (schema !== currentSchema) return
  const data = { files: files.length, entries: audit.entries, schema }
  const event = { kind: "state.backup", tenant: defaultTenant, principal: "local", outcome: "ok", data } as const
  const log = Layer.provide(SqliteAudit.layer, SqliteStore.layer(join(stateDir, "exoclaw.db")))
  yield* Effect.provide(
    Effect.flatMap(Audit, (audit) => audit.append(event)),
    log
  )
})

const size = (files: Manifest["files"]): string => {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.ceil(bytes / 1_000_000)} MB`
}

export const backup = Effect.fnUntraced(function* (input: Where & { readonly target: string; readonly json: boolean }) {
  const io = yield* Io
  const { configFile, stateDir } = yield* settingsOf(input)
  const target = io.surroundings.absolute(input.target)
  const { end, step } = progressOn(io)
  const manifest = yield* make({ stateDir, configFile, target, progress: step }).pipe(
    Effect.ensuring(Effect.sync(end)),
    Effect.catchTag("BackupError", (error) => Effect.fail(ofBackup(error)))
  )
  yield* record(stateDir, manifest)
  const { audit, counts, files } = manifest
  if (input.json) io.out(json({ target, ...manifest }))
  else {
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0)
    io.out(`${target}: ${files.length} files, ${size(files)}; read back and whole.\n`)
    io.out(`${rows} rows, ${audit.entries} entries in the audit log up to ${audit.head}.\n`)
    if (files.some(({ path }) => path === "secrets.db")) {
      io.out("The secrets in it are encrypted; their key is not in it: keep that elsewhere.\n")
    }
    io.out("It holds API keys and tokens as they are: keep it where only you can read it.\n")
  }
  if (audit.broken !== null) {
    return yield* failure(`The audit log was broken before it was copied: ${audit.broken.why}.`, exitCode.auditBroken)
  }
})

export const restore = Effect.fnUntraced(function* (
  input: Where & { readonly source: string; readonly force: boolean; readonly json: boolean }
) {
  const io = yield* Io
  const stateDir = stateFolder(input, io.surroundings)
  const { end, step } = progressOn(io)
  const options = { stateDir, source: io.surroundings.absolute(input.source), force: input.force }
  const { aside, manifest } = yield* put({ ...options, keyFile: yield* keyFile, progress: step }).pipe(
    Effect.ensuring(Effect.sync(end)),
    Effect.catchTag("BackupError", (error) => Effect.fail(ofBackup(error)))
  )
  const { audit, configFile, createdAt, exoclaw } = manifest
  if (input.json) return io.out(json({ stateDir, aside: aside ?? null, ...manifest }))
  io.out(`${stateDir} is as it was at ${time(createdAt)}, by exoclaw ${exoclaw}.\n`)
  if (aside !== undefined) io.out(`What was there before is in ${aside}.\n`)
  if (configFile !== null && dirname(configFile) !== stateDir) {
    io.out(`The configuration was ${configFile}; it is ${join(stateDir, "config.toml")} now.\n`)
  }
  for (const key of audit.keys) io.out(`Its audit log is signed by ${key}, which is trusted here from now on.\n`)
  if (audit.broken !== null) io.out(`Its audit log was broken already: ${audit.broken.why}.\n`)
  io.out("Money spent and messages sent since then are not in it.\n")
})
