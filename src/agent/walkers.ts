/** Which texts of a turn's events are content, for Casil. */
import type { Walker } from "../casil/Casil.ts"
import type { EventBody } from "../session/TurnEvent.ts"

/** Nothing: for events that hold only our own words, ids and numbers. */
export const ours: Walker<EventBody> = (body) => body
