/** One thing that `exoclaw doctor` looked at. */
export interface Check {
  readonly name: string
  /** `warn`: works, and should be better. `fail`: something will not work. */
  readonly state: "ok" | "warn" | "fail"
  /** What was found. */
  readonly detail: string
  /** What to do about it. */
  readonly next?: string
}

export const ok = (name: string, detail: string): Check => ({ name, state: "ok", detail })
export const warn = (name: string, detail: string, next: string): Check => ({ name, state: "warn", detail, next })
export const fail = (name: string, detail: string, next: string): Check => ({ name, state: "fail", detail, next })
