/**
 * Sends what stands in the outbox, batch by batch, while there is a way; keeps it while there is none. What was lost of it
 * is told before the rest, and how far it has come when it is asked to say so.
 */
import { type Carrier, wait } from "./Carrier.ts"
import type { Letter, Outbox } from "./Outbox.ts"
import type { Account, Spoken } from "./Spoken.ts"

/** Letters on their way at once. */
const batch = 256
/** What a message needs beside its bytes: subject, headers, framing. */
const overhead = 4_096
/** Milliseconds after a batch of which something did not arrive. */
const pause = 100
/** Accounts on their way at once. */
const accounts = 64

export interface Options {
  readonly outbox: Outbox
  readonly spoken: Spoken
  readonly letterOf: (account: Account) => Letter
  readonly now: () => number
}

export class Sender {
  readonly #outbox: Outbox
  readonly #spoken: Spoken
  readonly #letterOf: (account: Account) => Letter
  readonly #now: () => number
  #carrier: Carrier | undefined
  #largest = Infinity
  #lostAt: number | undefined
  #isClosing = false
  /** The others are to be told how far this node has come. */
  #isAsked = false
  /** Ends the wait for answers of a server that is gone. */
  #giveUp: () => void = () => undefined
  #wake: () => void = () => undefined
  readonly #ended: Promise<void>

  constructor({ letterOf, now, outbox, spoken }: Options) {
    this.#outbox = outbox
    this.#spoken = spoken
    this.#letterOf = letterOf
    this.#now = now
    this.#ended = this.#run()
  }

  /** There is something new. */
  notice(): void {
    this.#wake()
  }

  /** Tells the others how far this node has come, once what is on its way has arrived. */
  tell(): void {
    this.#isAsked = true
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
      if (carrier !== undefined && this.#hasWork()) {
        const isWhole = await this.#work(carrier)
        if (isWhole) continue
        if (this.#isClosing) return
        await wait(pause)
        continue
      }
      if (this.#isClosing) {
        if (carrier !== undefined) await this.#say(carrier, this.#spoken.end(), () => undefined)
        return
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Whether the others are to be told something new; before it ends, all of it. */
  get #tells(): boolean {
    return (this.#isAsked || this.#isClosing) && this.#spoken.hasNews
  }

  #hasWork(): boolean {
    return this.#spoken.hasLosses || this.#outbox.size > 0 || this.#tells
  }

  /** One batch; false where not all of it arrived. */
  async #work(carrier: Carrier): Promise<boolean> {
    if (this.#spoken.hasLosses) return this.#sendLosses(carrier)
    // what it says of this node's standing must not overtake what it says it has sent
    if (this.#tells && !this.#outbox.isRepeating) return this.#sendNews(carrier)
    if (!this.#spoken.hasNews) this.#isAsked = false
    return this.#send(carrier)
  }

  async #send(carrier: Carrier): Promise<boolean> {
    const letters: Array<Letter> = []
    for (const letter of this.#outbox.take(batch)) {
      if (letter.bytes.length > this.#largest) this.#outbox.refuse(letter)
      else letters.push(letter)
    }
    const failed = await this.#deliver(carrier, letters)
    for (const letter of letters) if (!failed.has(letter) && letter.said !== undefined) this.#spoken.sent(letter.said)
    this.#outbox.done(failed, this.#now())
    return failed.size === 0
  }

  async #sendLosses(carrier: Carrier): Promise<boolean> {
    return this.#say(carrier, this.#spoken.losses(accounts), (account) => this.#spoken.toldLosses(account))
  }

  async #sendNews(carrier: Carrier): Promise<boolean> {
    return this.#say(carrier, this.#spoken.news(accounts), (account) => this.#spoken.toldNews(account))
  }

  async #say(carrier: Carrier, said: ReadonlyArray<Account>, told: (account: Account) => void): Promise<boolean> {
    const letters = said.map(this.#letterOf)
    // a server that takes only very small messages would end the connection over it, again and again
    const fitting = letters.filter(({ bytes }) => bytes.length <= this.#largest)
    const failed = await this.#deliver(carrier, fitting)
    for (const [index, letter] of letters.entries()) {
      const account = said[index]
      if (account !== undefined && !failed.has(letter)) told(account)
    }
    return failed.size === 0
  }

  /** Those that did not arrive for sure, or not before the way was lost. */
  #deliver(carrier: Carrier, letters: ReadonlyArray<Letter>): Promise<ReadonlySet<Letter>> {
    const gone = new Promise<ReadonlySet<Letter>>((resolve) => {
      this.#giveUp = () => resolve(new Set(letters))
    })
    return Promise.race([carrier.send(letters), gone])
  }
}
