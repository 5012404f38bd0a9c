/** What gateway and zygote tell one another. `id` is the gateway's name for a slot. */

/** How a slot is started. */
export interface SlotCommand {
  readonly node: string
  readonly arguments: ReadonlyArray<string>
  /** Processor time after which the kernel ends it. */
  readonly cpuSeconds: number
}

export type Order = { readonly kind: "start"; readonly id: number } | { readonly kind: "kill"; readonly id: number }

export type Report =
  /** Comes with the slot's socket. */
  | { readonly kind: "slot"; readonly id: number; readonly pid: number }
  | { readonly kind: "exit"; readonly id: number; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: "failed"; readonly id: number; readonly message: string }
