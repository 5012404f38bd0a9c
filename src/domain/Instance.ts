/** One start of one gateway process. Holds and leases belong to it, never to wall-clock time. */
import * as Context from "effect/Context"
import type { InstanceId } from "./Ids.ts"

export interface InstanceFacts {
  readonly id: InstanceId
  readonly pid: number
  /** When the process started, as an opaque word; tells it from a later process with the same number. */
  readonly startTicks: string
}

export class Instance extends Context.Service<Instance, InstanceFacts>()("exoclaw/domain/Instance") {}
