/** The shape of a rule file (one rule, conditions on fields, and samples that are run as tests) and of families.yaml. */
import { z } from 'zod'

const literals = z.array(z.string().min(2)).min(1)

const condition = z.strictObject({
  /** Field names; a condition holds when one of them meets all of it. */
  in: z.array(z.string()).min(1),
  /** Without regard to case, in the raw or a decoded view. */
  contains: z.strictObject({ all: literals.optional(), any: literals.optional() }).optional(),
  /** RE2, unanchored. */
  matches: z.string().optional(),
})

const sample = z.union([
  z.strictObject({
    kind: z.literal('request'),
    verb: z.string(),
    target: z.string(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('command'), text: z.string() }),
  z.strictObject({
    kind: z.literal('credential'),
    method: z.string(),
    user: z.string(),
    secret: z.string(),
    fields: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    kind: z.literal('client'),
    software: z.string(),
    fields: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('payload'), text: z.string() }),
])

export const ruleSchema = z.strictObject({
  /** The file's name without .yaml. */
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  action: z.enum(['exploit', 'malware', 'bruteforce']),
  severity: z.int().min(1).max(10),
  /** Protocol ids; absent: every protocol. */
  protocols: z.array(z.string()).min(1).optional(),
  /** Reported only when no rule without `generic` has matched. */
  generic: z.boolean().default(false),
  cves: z.array(z.string().regex(/^CVE-[0-9]{4}-[0-9]{4,}$/)).default([]),
  techniques: z.array(z.string().regex(/^T[0-9]{4}(\.[0-9]{3})?$/)).min(1),
  references: z.array(z.url()).default([]),
  /** All must hold; at least one has `contains`. */
  when: z.array(condition).min(1),
  /** None may hold. */
  unless: z.array(condition).default([]),
  /** The family when no token of families.yaml is found; `variant` is RE2, its first group the alias. */
  software: z.strictObject({ name: z.string(), variant: z.string().optional() }).optional(),
  tool: z.string().optional(),
  /** Fields whose URLs become indicators. */
  indicators: z.array(z.string()).default([]),
  samples: z.strictObject({
    positive: z.array(sample).min(1),
    negative: z.array(sample).min(1),
  }),
})

export type Rule = z.infer<typeof ruleSchema>
export type Condition = Rule['when'][number]
export type Sample = z.infer<typeof sample>

const tokens = z.array(
  z
    .string()
    .min(3)
    .regex(/^[a-z0-9._-]+$/),
)
export const familiesSchema = z.array(
  z.strictObject({
    name: z.string().min(1),
    /** Name the family alone. */
    tokens: tokens.optional(),
    /** Alias → tokens that name it. */
    variants: z.record(z.string().min(1), tokens).optional(),
  }),
)

export type FamilyData = z.infer<typeof familiesSchema>[number]
/** All rule files of a directory, as data: it may cross to another thread. */
export type RuleSet = { readonly rules: readonly Rule[]; readonly families: readonly FamilyData[] }
