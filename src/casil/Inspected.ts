/**
 * The proof of inspection. `Inspected<A>` is made by the `Casil` service and composed out of inspected parts; it is
 * immutable, and nothing else can make one (casts and look-alikes die at `open`).
 */
export { array, type Inspected, isGenuine, open, struct } from "./SealedInspected.ts"
