/** The hub's only reader of the time. */

/** Milliseconds since the epoch. */
export const wallClock = (): number => Date.now()
