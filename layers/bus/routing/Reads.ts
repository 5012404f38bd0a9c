/** Reads of the history that are under way, by channel and position. */
import type * as Deferred from "effect/Deferred"
import type { BusError } from "../../../src/bus/BusError.ts"
import type { Recent } from "../../../src/bus/routing/Recent.ts"

export type Reads = Map<string, Deferred.Deferred<Recent, BusError>>
