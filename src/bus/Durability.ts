/** How well a message is kept, from not at all to best. An ack names what is known, never more. */

export const durabilities = [
  /** Not kept. */
  "none",
  /** In this process; lost with it. */
  "process",
  /** In another server, which may lose what it has not yet written. */
  "server",
  /** On a disk; the other server has confirmed it. */
  "disk",
  /** In several servers, which have confirmed it. */
  "replicated"
] as const
export type Durability = (typeof durabilities)[number]
