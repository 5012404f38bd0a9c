/**
 * The plugins of a start. A mistake in the configuration stops it; a file that became another one since its plugin last
 * ran does not: one bad plugin is no outage, and it is left out until somebody has looked at it.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { clash } from "../../src/sandbox/Description.ts"
import { PluginRefused } from "../../src/sandbox/PluginError.ts"
import type { StoreError } from "../store/Store.ts"
import { bytesOf, capabilitiesOf, type PluginEntry, sha256Of } from "./PluginFile.ts"
import * as PluginRecord from "./PluginRecord.ts"
import { checked, type Loaded, type Loader, record, toolsOf, unclearNames } from "./Plugins.ts"

export interface Started {
  readonly loaded: ReadonlyArray<Loaded>
  /** Without these the gateway starts. */
  readonly leftOut: ReadonlyArray<PluginRefused>
}

const leftOut = ({ message, plugin }: PluginRefused): PluginRefused =>
  new PluginRefused({
    plugin,
    message: `${message} The gateway runs without it; \`exoclaw plugin load ${plugin}\` loads it once that is settled.`
  })

/**
 * Whether the file is another one than the plugin last ran with, under a configuration that says nothing of that: then
 * what is wrong with it is nobody's mistake there.
 */
const becameAnother = ({ functions, store }: Loader, entry: PluginEntry): Effect.Effect<boolean, StoreError> =>
  Effect.flatMap(PluginRecord.lastGrants(store, entry.name), (last) =>
    last === undefined || (entry.sha256 !== undefined && entry.sha256 !== last.sha256)
      ? Effect.succeed(false)
      : Effect.andThen(capabilitiesOf(entry, functions), bytesOf(entry)).pipe(
          Effect.map((bytes) => sha256Of(bytes) !== last.sha256),
          // its grants or its path are wrong
          Effect.orElseSucceed(() => false)
        )
  )

/** What `effect` gives, or why its plugin is left out; fails with a refusal that stops the start. */
const tolerated = <A>(
  loader: Loader,
  entry: PluginEntry,
  effect: Effect.Effect<A, PluginRefused | StoreError>
): Effect.Effect<Result.Result<A, PluginRefused>, PluginRefused | StoreError> =>
  effect.pipe(
    Effect.map(Result.succeed),
    Effect.catchTag("PluginRefused", (refused) =>
      Effect.flatMap(becameAnother(loader, entry), (another) =>
        another ? Effect.succeed(Result.fail(leftOut(refused))) : Effect.fail(refused)
      )
    )
  )

/** Nobody named the file that it has become. */
const isUnnoticed = ({ last, plugin: { file }, provenance }: Loaded): boolean =>
  last !== undefined && last.sha256 !== provenance.sha256 && file.entry.sha256 !== provenance.sha256

/** Everything but what is left out, in order; or the first refusal that the configuration answers for. */
export const startAll = (
  loader: Loader,
  entries: ReadonlyArray<PluginEntry>
): Effect.Effect<Started, PluginRefused | StoreError> =>
  Effect.gen(function* () {
    const twice = unclearNames(loader, entries)
    if (twice !== undefined) return yield* twice
    const found = yield* Effect.forEach(entries, (entry) => tolerated(loader, entry, checked(loader, entry)), {
      concurrency: 4
    })
    const all = found.filter(Result.isSuccess).map(({ success }) => success)
    const without = found.filter(Result.isFailure).map(({ failure }) => failure)
    // a file that changed takes no tool's name from one that did not
    const kept = all.filter((one) => !isUnnoticed(one))
    const unclear = clash(toolsOf(kept))
    if (unclear !== undefined) return yield* unclear
    for (const one of all.filter(isUnnoticed)) {
      const taken = clash([...toolsOf(kept), ...one.description.tools])
      if (taken === undefined) kept.push(one)
      else without.push(leftOut(taken))
    }
    const recorded = yield* Effect.forEach(
      all.filter((one) => kept.includes(one)),
      (one) => tolerated(loader, one.plugin.file.entry, Effect.as(record(loader, one), one)),
      // at once, so that they share their commits
      { concurrency: "unbounded" }
    )
    return {
      loaded: recorded.filter(Result.isSuccess).map(({ success }) => success),
      leftOut: [...without, ...recorded.filter(Result.isFailure).map(({ failure }) => failure)]
    }
  })
