/** How big a module may be. What runs is limited elsewhere: by quotas, deadline and memory of its slot. */
export interface Limits {
  /** Of the file, in bytes. */
  readonly bytes: number
  /** Of the linear memory, in pages of 64 KiB. */
  readonly pages: number
  readonly types: number
  readonly imports: number
  readonly exports: number
  readonly functions: number
  readonly tables: number
  /** Entries of one table at the start. */
  readonly entries: number
  readonly globals: number
  /** Element or data segments. */
  readonly segments: number
  /** Bytes of one function. */
  readonly body: number
  /** Locals of one function. */
  readonly locals: number
}

export const limits: Limits = {
  bytes: 16 * 1024 * 1024,
  pages: 512,
  types: 5000,
  imports: 200,
  exports: 200,
  functions: 20_000,
  tables: 4,
  entries: 10_000,
  globals: 10_000,
  segments: 100_000,
  body: 256 * 1024,
  locals: 2000
}
