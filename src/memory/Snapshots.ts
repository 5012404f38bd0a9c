/**
 * Where the indexes of large scopes are kept between two uses: nothing but a way to be faster. A snapshot goes with
 * whatever is deleted or changed of what it was made of, and is never believed where it is damaged. None are kept unless
 * a layer is given.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { MemoryError } from "./MemoryError.ts"
import type { MemoryScope } from "./MemoryScope.ts"

export type SnapshotBytes = Uint8Array<ArrayBuffer>

export const Snapshots = Context.Reference<{
  /** The bytes as they were kept; undefined where there are none, or not all of them. */
  readonly read: (scope: MemoryScope) => Effect.Effect<SnapshotBytes | undefined, MemoryError>
  /** Keeps them in the place of others, unless the scope is of another generation by now. */
  readonly keep: (scope: MemoryScope, generation: string, bytes: SnapshotBytes) => Effect.Effect<void, MemoryError>
}>("exoclaw/memory/Snapshots", {
  defaultValue: () => ({ read: () => Effect.succeed(undefined), keep: () => Effect.void })
})
