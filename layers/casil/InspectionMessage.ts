/** What the gateway and its inspection thread say to each other. */
import type { Judgement } from "../../src/casil/Decision.ts"
import type { Order } from "../../src/casil/LongBlocks.ts"

export interface InspectionOrder extends Order {
  readonly id: number
}

/** What went wrong is not told: it may hold the text. */
export type InspectionReport = { readonly id: number; readonly judgement: Judgement | undefined }
