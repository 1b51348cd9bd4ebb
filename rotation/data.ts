/** One machine of the roster, as its file in personas/ describes it, and the check of all of it at once. */
import { z } from 'zod'
import type { Traits } from './traits.ts'

/** Where a value comes from: an RFC, a vendor's document (with its title), a published paper, an own capture. */
const source = z.string().min(8, 'say where it comes from').max(500)
const text = z.string().min(1).max(200)
const port = z
  .string()
  .refine((key) => /^[1-9]\d{0,4}$/.test(key) && Number(key) <= 65_535, 'not a port')
const ports = z.record(
  port,
  z.strictObject({
    /** A folder of protocols/. */
    protocol: z.string().min(1),
    settings: z.record(z.string(), z.unknown()).optional(),
    source,
  }),
)

export const ENVIRONMENTS = ['home', 'office', 'cloud', 'industrial'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

/** What a scanner and the filters of search engines take for a host: more open ports is a pseudo-service. */
const MAX_PORTS = 12

export const schema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'use a-z, 0-9 and -'),
  title: text,
  system: z.strictObject({
    family: z.enum(['windows', 'linux', 'bsd', 'esxi', 'netscaler', 'ios', 'plc']),
    /** Product and version with its build, as its vendor writes them. */
    name: text,
    version: text,
    /** Does it have the fixes for what attackers try on it? */
    patched: z.boolean(),
    /** Years in which such a machine was set up and is met, first and last. */
    era: z.tuple([z.number().int().min(1995), z.number().int().max(2035)]),
    source,
  }),
  device: z.enum([
    'server',
    'desktop',
    'router',
    'switch',
    'camera',
    'recorder',
    'storage',
    'printer',
    'media',
    'controller',
    'hypervisor',
    'gateway',
  ]),
  environments: z.array(z.enum(ENVIRONMENTS)).min(1),
  stack: z.strictObject({ traits: z.custom<Traits>((v) => typeof v === 'object'), source }),
  /** p0f's raw signature of its SYN-ACK, as seen beside it by a Linux visitor that offers everything: our own print of it must be the same. */
  signature: z.string().regex(/^4:/),
  ports: ports
    .refine((p) => Object.keys(p).length >= 1, 'at least one')
    .refine(
      (p) => Object.keys(p).length <= MAX_PORTS,
      `at most ${MAX_PORTS}: more is what no machine has`,
    ),
  udp: ports,
  /** What every other port does; 'silent' hides the retransmission gate. */
  closed: z.enum(['closed', 'silent']),
  /** TCP and UDP ports that refuse although the others are silent: many firewalls reject ident, and nmap needs one. */
  reset: z.array(z.number().int().min(1).max(65_535)).max(3),
  hostname: z.strictObject({
    /** `#` becomes a capital letter or digit of the identity's own, `%` a digit, `$` a small hexadecimal digit. */
    pattern: z.string().regex(/^[A-Za-z0-9#%$-]{0,63}$/, 'letters, digits, - and # % $'),
    source,
  }),
  /** First three octets of the vendor's hardware addresses. */
  vendor: z.strictObject({
    prefixes: z
      .array(
        z.string().regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){2}$/, 'as 00:50:56, not multicast'),
      )
      .min(1),
    source,
  }),
  /** Log-normal: half of these machines have been up for less than `medianDays`; `sigma` is the spread of the logarithm. */
  uptime: z.strictObject({
    medianDays: z.number().positive().max(2000),
    sigma: z.number().min(0.1).max(2),
    source,
  }),
})

export type PersonaData = z.infer<typeof schema>

export class PersonaFault extends Error {
  override readonly name = 'PersonaFault'
}

/** The faults of persona data, one line each; empty: none. */
export function faultsOf(data: unknown): readonly string[] {
  const result = schema.safeParse(data)
  if (result.success) return []
  return result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${[...issue.path, issue.keys.join(', ')].join('.')}: no such key`
      : `${issue.path.join('.')}: ${issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message}`,
  )
}
