/** How letters travel over a connection to NATS. One for plain subjects, one for a stream that keeps them. */
import type { Letter } from "./Outbox.ts"

/** Something came; resolves when it was delivered and need not come again. */
export type Take = (subject: string, bytes: Uint8Array) => Promise<void>

export interface Carrier {
  /** Such as `JetStream`. */
  readonly name: string
  /** Sends them in order; gives those that did not arrive for sure. Never rejects. */
  readonly send: (letters: ReadonlyArray<Letter>) => Promise<ReadonlySet<Letter>>
  /** Gives what comes to `take`, one after the other, until it ends or `stop` is called. */
  readonly listen: (take: Take) => { readonly ended: Promise<void>; readonly stop: () => void }
}

/** The part of a subject before its first dot. */
export const rootIn = (subject: string): string => subject.slice(0, subject.indexOf("."))

export const wait = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))
