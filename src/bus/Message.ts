/** What a channel carries. */
import type { Position } from "./Position.ts"

export type ClientType = "human" | "ai-agent" | "dashboard" | "service"

/** Who sent something; filled from the sender's identity, never from what it says. */
export interface Sender {
  readonly principal: string
  /** The connection it came over; empty for a sender inside the process. */
  readonly connection: string
  readonly type: ClientType
  /** As the client calls itself. */
  readonly name: string
}

export interface Content {
  readonly body: string | Uint8Array
  /** Media type of the body; may be empty. */
  readonly contentType: string
  readonly headers: Readonly<Record<string, string>>
  /** Of all that wait for a slow reader under one key, the newest is kept (channels that conflate). May be empty. */
  readonly key: string
  /** The wire's `Annotations`, encoded; the bus does not look into it. */
  readonly annotations: Uint8Array | undefined
}

/** What content inspection said; never what it found. */
export interface InspectionNote {
  readonly outcome: string
  readonly reason: string
  readonly risk: string
  readonly rules: ReadonlyArray<string>
  readonly policy: string
}

/** A message before it has a position. */
export interface Draft {
  /** As its publisher named it; else unique. */
  readonly id: string
  readonly sender: Sender
  /** Unix time in milliseconds when the bus took it. */
  readonly at: number
  readonly content: Content
  readonly inspection: InspectionNote | undefined
  /**
   * Set where this is no message, but stands for so many that another node took and that did not come here; 0 where
   * nobody knows how many.
   */
  readonly missing?: number | undefined
}

/** Whom a private message is for; a principal has one connection or more, on any node. */
export type Recipient = { readonly connection: string } | { readonly principal: string }

/** A message to one client; it has no position. */
export type PrivateDraft = Draft

/** A message with its position. */
export interface Entry extends Draft {
  readonly position: Position
}

/** About how many bytes of memory a message holds on to. */
export const weight = ({ content, id, sender }: Draft): number => {
  let bytes = 256 + content.body.length + content.contentType.length + content.key.length + id.length
  bytes += sender.principal.length + sender.name.length + (content.annotations?.length ?? 0)
  for (const [name, value] of Object.entries(content.headers)) bytes += name.length + value.length + 32
  return bytes
}
