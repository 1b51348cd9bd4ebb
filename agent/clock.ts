/** The only reader of the time. */

/** Milliseconds since the epoch, for events. */
export const wallClock = (): number => Date.now()

/** Milliseconds since the process started, never set back: for every timer and time-out. */
export const monotonic = (): number => performance.now()
