/** One writer of a file at a time, over all processes of this machine. A dead process holds nothing. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import { type SecretReason, SecretsBusy, SecretsUnavailable } from "../../src/secret/SecretError.ts"
import { codeOf } from "../platform/ErrorCode.ts"
import { isAlive, startTicks } from "../platform/ProcessLiveness.ts"
import { makeFolder } from "../platform/PrivateFile.ts"

const me = (): string => `${process.pid} ${startTicks(process.pid) ?? ""}`

/**
 * Makes the lock with our name in it; false where it is there. A symbolic link that leads nowhere: no moment in which
 * it is there without its owner's name.
 */
const claim = async (path: string): Promise<boolean> => {
  try {
    await fs.symlink(me(), path)
    return true
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false
    throw cause
  }
}

/** Whether whoever made the lock has ended. */
const isStale = async (path: string): Promise<boolean> => {
  const text = await fs.readlink(path).catch(() => "")
  const [pid = "", ticks = ""] = text.split(" ")
  return /^[0-9]+$/.test(pid) && !isAlive(Number(pid), ticks)
}

/** Takes the lock away from a dead owner. One process at a time looks, so that nobody removes a new owner's. */
const bury = async (path: string): Promise<void> => {
  const turn = `${path}.turn`
  if (!(await claim(turn))) return
  try {
    if (await isStale(path)) await fs.rm(path, { force: true })
  } finally {
    await fs.rm(turn, { force: true })
  }
}

const acquire = (path: string): Effect.Effect<void, SecretReason> =>
  Effect.tryPromise({
    try: async () => {
      makeFolder(dirname(path))
      if (await claim(path)) return true
      if (await isStale(path)) await bury(path)
      return claim(path)
    },
    catch: (cause) => new SecretsUnavailable({ what: `writing ${path}`, cause })
  }).pipe(
    Effect.flatMap((got) => (got ? Effect.void : Effect.fail(new SecretsBusy({ lock: path })))),
    Effect.retry({
      while: (reason) => reason._tag === "SecretsBusy",
      schedule: Schedule.spaced("20 millis"),
      times: 250
    })
  )

/**
 * Runs `work` while no other process does the same for `path`; waits five seconds for its turn. The folder is made
 * where there is none.
 */
export const withLock = <A, E, R>(path: string, work: Effect.Effect<A, E, R>): Effect.Effect<A, E | SecretReason, R> =>
  Effect.acquireUseRelease(
    acquire(`${path}.lock`),
    () => work,
    () => Effect.promise(() => fs.rm(`${path}.lock`, { force: true }))
  )
