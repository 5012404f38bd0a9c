/** Counts what is open, in all and per address. */
import * as ClientAddress from "../../src/gateway/ClientAddress.ts"

export class ConnectionCap {
  readonly max: number
  readonly maxPerAddress: number
  readonly #perAddress = new Map<string, number>()
  #open = 0

  constructor(max: number, maxPerAddress: number) {
    this.max = max
    this.maxPerAddress = maxPerAddress
  }

  /** Takes a place and gives what frees it (once, however often called); `undefined` when there is none. */
  acquire(address: string): (() => void) | undefined {
    const key = ClientAddress.accountingKey(address)
    const open = this.#perAddress.get(key) ?? 0
    if (this.#open >= this.max || open >= this.maxPerAddress) return undefined
    this.#open += 1
    this.#perAddress.set(key, open + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#open -= 1
      const left = (this.#perAddress.get(key) ?? 1) - 1
      if (left === 0) this.#perAddress.delete(key)
      else this.#perAddress.set(key, left)
    }
  }
}
