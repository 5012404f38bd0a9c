/** Whether a plugin's process can be started, and what stands between it and the machine. */
import * as Effect from "effect/Effect"
import type { SettingsValues } from "../../../src/settings/Settings.ts"
import { confinement, endsWithParent } from "../../sandbox/Confinement.ts"
import { programs } from "../../sandbox/Programs.ts"
import type { Slot } from "../../sandbox/Slot.ts"
import { Slots } from "../../sandbox/Slots.ts"
import { walls } from "../../sandbox/Walls.ts"
import { type Check, fail, ok } from "./Check.ts"

const cpuSeconds = 10

/** A slot, once one is ready. */
const leased = (slots: Slots): Effect.Effect<Slot, string> =>
  Effect.callback((resume) => {
    const lease = slots.lease("doctor")
    lease.settled(() =>
      resume(lease.slot === undefined ? Effect.fail(lease.failure ?? "it does not start") : Effect.succeed(lease.slot))
    )
    return Effect.sync(() => lease.close())
  })

/** Why there is none: those that fail do so soon, and then it is only tried again. */
const troubled = (slots: Slots): Effect.Effect<never, string> =>
  Effect.suspend(() => (slots.hopeless ? Effect.fail(slots.trouble ?? SILENT) : Effect.never)).pipe(
    Effect.delay("3 seconds")
  )

const SILENT = "it does not get ready"

const described = ({ pid }: Slot): string => {
  const seen = walls(pid)
  if (seen.length === 0) return "process of its own; the other walls show on Linux only"
  // the system does not tell this of another process: the zygote takes what works, and that is asked again
  const all = [...seen, { name: "end with its parent", stands: endsWithParent(confinement()) }]
  const names = (standing: boolean) => all.filter(({ stands }) => stands === standing).map(({ name }) => name)
  return [names(true).join(", "), ...(names(false).length === 0 ? [] : [`not: ${names(false).join(", ")}`])].join("; ")
}

export const sandbox = ({ sandbox: { memory } }: SettingsValues): Effect.Effect<Check> => {
  const name = "sandbox"
  return Effect.acquireUseRelease(
    Effect.sync(() => new Slots({ min: 0, max: 1, spare: 0, memoryMiB: memory }, programs(cpuSeconds))),
    (slots) =>
      Effect.map(Effect.raceFirst(leased(slots), troubled(slots)), (slot) =>
        ok(name, `a slot starts; walls: ${described(slot)}`)
      ),
    (slots) => Effect.promise(() => slots.close())
  ).pipe(
    Effect.timeoutOrElse({ duration: "30 seconds", orElse: () => Effect.fail(SILENT) }),
    Effect.catch((why) =>
      Effect.succeed(
        fail(
          name,
          `no slot can be started: ${why}`,
          "Plugins will not run. Check that this user may start processes, and that the files of the package are there (`npm run build`)."
        )
      )
    )
  )
}
