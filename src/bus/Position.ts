/** Where a message stands in its channel. Assigned by the history, the same for everybody. */

export interface Position {
  /** Changes whenever offsets may have been lost; never empty. Positions of two epochs have no order. */
  readonly epoch: string
  /** From 1, then one more for each message; 0 stands before the first. */
  readonly offset: number
}

/** An epoch that is missing is nobody's, and no other epoch's either. */
export const sameEpoch = (a: string, b: string): boolean => a !== "" && a === b
