/** Query strings are checked in full: all faults at once. */
import { z } from 'zod'

export type Query<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly string[] }

export const parseQuery = <T>(schema: z.ZodType<T>, query: unknown): Query<T> => {
  const result = schema.safeParse(query)
  if (result.success) return { ok: true, value: result.data }
  const faults = result.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`,
  )
  return { ok: false, faults }
}

/** A decimal number as text, as query strings have them. */
export const number = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(low, `must be at least ${low}`).max(high, `must be at most ${high}`))
