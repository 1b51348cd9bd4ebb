/** For tests: a rule's sample through the engine. */
import type { Finding } from '../../../agent/behaviour/finding.ts'
import type { Rule, Sample } from '../../../agent/behaviour/rule.ts'
import type { Rules } from '../../../agent/behaviour/rules.ts'
import type { Observation } from '../../../protocols/observation.ts'

/** Where the rules live. */
export const RULES = new URL('../../../agent/behaviour/rules', import.meta.url).pathname

/** `sample` as it would be seen over the rule's own protocol. */
export function run(rules: Rules, rule: Rule, sample: Sample): readonly Finding[] {
  const protocol = rule.protocols?.[0] ?? (sample.kind === 'request' ? 'http' : 'telnet')
  return sample.kind === 'payload'
    ? rules.payload('payload', sample.text)
    : rules.observe(protocol, observationOf(sample))
}

function observationOf(sample: Exclude<Sample, { kind: 'payload' }>): Observation {
  switch (sample.kind) {
    case 'request': {
      const { headers, body, ...rest } = sample
      return { ...rest, ...(headers && { headers }), ...(body !== undefined && { body }) }
    }
    case 'command':
      return sample
    case 'credential': {
      const { fields, ...rest } = sample
      return { ...rest, accepted: false, ...(fields && { fields }) }
    }
    case 'client': {
      const { fields, ...rest } = sample
      return { ...rest, ...(fields && { fields }) }
    }
  }
}
