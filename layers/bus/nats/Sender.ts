/** Sends what stands in the outbox, batch by batch, while there is a way; keeps it while there is none. */
import { type Carrier, wait } from "./Carrier.ts"
import type { Letter, Outbox } from "./Outbox.ts"

/** Letters on their way at once. */
const batch = 256
/** What a message needs beside its bytes: subject, headers, framing. */
const overhead = 4_096
/** Milliseconds after a batch of which something did not arrive. */
const pause = 100

export class Sender {
  readonly #outbox: Outbox
  readonly #now: () => number
  #carrier: Carrier | undefined
  #largest = Infinity
  #lostAt: number | undefined
  #isClosing = false
  /** Ends the wait for answers of a server that is gone. */
  #giveUp: () => void = () => undefined
  #wake: () => void = () => undefined
  readonly #ended: Promise<void>

  constructor(outbox: Outbox, now: () => number) {
    this.#outbox = outbox
    this.#now = now
    this.#ended = this.#run()
  }

  /** There is something new. */
  notice(): void {
    this.#wake()
  }

  /** There is a way again. `largest`: bytes of one message, with everything. */
  up(carrier: Carrier, largest: number): void {
    this.#carrier = carrier
    this.#largest = largest - overhead
    this.#wake()
  }

  /** There is none; the last that was confirmed may be lost with the server. */
  down(): void {
    if (this.#carrier !== undefined) this.#lostAt ??= this.#now()
    this.#carrier = undefined
    this.#giveUp()
  }

  /** Ends when everything is out, or there is no way. */
  close(): Promise<void> {
    this.#isClosing = true
    this.#wake()
    return this.#ended
  }

  async #run(): Promise<void> {
    for (;;) {
      const carrier = this.#carrier
      if (carrier !== undefined && this.#lostAt !== undefined) {
        this.#outbox.resend(this.#lostAt)
        this.#lostAt = undefined
      }
      if (carrier !== undefined && this.#outbox.size > 0) {
        const isWhole = await this.#send(carrier)
        if (isWhole) continue
        if (this.#isClosing) return
        await wait(pause)
        continue
      }
      if (this.#isClosing) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async #send(carrier: Carrier): Promise<boolean> {
    const letters: Array<Letter> = []
    for (const letter of this.#outbox.take(batch)) {
      if (letter.bytes.length > this.#largest) this.#outbox.refuse(letter)
      else letters.push(letter)
    }
    const gone = new Promise<ReadonlySet<Letter>>((resolve) => {
      this.#giveUp = () => resolve(new Set(letters))
    })
    const failed = await Promise.race([carrier.send(letters), gone])
    this.#outbox.done(failed, this.#now())
    return failed.size === 0
  }
}
