/**
 * The rule engine. All literals of all rules are found in one pass over an observation; a rule is
 * looked at only when one of its own was there, and its regular expressions (RE2: linear) only
 * when its literals agree.
 */
import { RE2JS } from 're2js'
import type { Observation } from '../../protocols/observation.ts'
import { Families } from './families.ts'
import { type Field, Fields } from './fields.ts'
import type { Finding, Software } from './finding.ts'
import { extractIndicators } from './indicators.ts'
import { Literals } from './literals.ts'
import type { Condition, Rule, RuleSet } from './rule.ts'

/** Findings of one observation. */
const MAX_FINDINGS = 8
/** Longest alias taken from a visitor's text, in characters. */
const MAX_ALIAS_CHARS = 32
const NOTHING: readonly Finding[] = []

type CompiledCondition = {
  /** Bits of the fields it looks at. */
  readonly fields: number
  readonly all: readonly number[]
  readonly any: readonly number[]
  readonly matches: RE2JS | undefined
}
type CompiledRule = {
  readonly rule: Rule
  readonly when: readonly CompiledCondition[]
  readonly unless: readonly CompiledCondition[]
  readonly variant: RE2JS | undefined
  readonly indicatorFields: number
}

export class Rules {
  readonly rules: readonly Rule[]
  readonly #families: Families
  readonly #fields = new Fields()
  readonly #literals: Literals
  readonly #compiled: readonly CompiledRule[]
  /** By literal: rules that can only hold when it, or another of the same list, is there. */
  readonly #anchored: readonly (readonly number[])[]
  /** By rule: the observation it was last looked at for. */
  readonly #looked: Int32Array
  #observation = 0

  /** Throws TypeError naming the rule for an unknown field, a bad expression or no `contains`. */
  constructor({ rules, families }: RuleSet) {
    this.rules = rules
    this.#families = new Families(families)
    const ids = new Map<string, number>()
    this.#compiled = rules.map((rule) => this.#compile(rule, ids))
    this.#literals = new Literals([...ids.keys()])
    const anchored: number[][] = [...ids.keys()].map(() => [])
    const texts = [...ids.keys()]
    for (const [index, { when, rule }] of this.#compiled.entries()) {
      const anchor = when.find(({ all, any }) => all.length + any.length > 0)
      if (anchor === undefined) throw new TypeError(`rule ${rule.id}: no 'contains' in 'when'`)
      const longest = anchor.all.toSorted(
        (a, b) => (texts[b]?.length ?? 0) - (texts[a]?.length ?? 0),
      )
      const keys = longest.length > 0 ? longest.slice(0, 1) : anchor.any
      for (const key of keys) anchored[key]?.push(index)
    }
    this.#anchored = anchored
    this.#looked = new Int32Array(rules.length)
  }

  /** What the observation shows; a shared empty array when nothing. */
  observe(protocol: string, observation: Observation): readonly Finding[] {
    return this.#match(protocol, this.#fields.of(observation))
  }

  /** The opening bytes (latin1) of a flow that no protocol has claimed. */
  payload(protocol: string, text: string): readonly Finding[] {
    return this.#match(protocol, this.#fields.payload(text))
  }

  #match(protocol: string, fields: readonly Field[]): readonly Finding[] {
    const literals = this.#literals
    for (const { bit, views } of fields) for (const view of views) literals.scan(view, bit)
    if (literals.touched.length === 0) return NOTHING
    const matched = this.#candidates(protocol, fields)
    literals.reset()
    if (matched.length === 0) return NOTHING
    const specific = matched.filter(({ rule }) => !rule.generic)
    const reported = specific.length > 0 ? specific : matched
    return reported.slice(0, MAX_FINDINGS).map((rule) => this.#finding(rule, fields))
  }

  #candidates(protocol: string, fields: readonly Field[]): CompiledRule[] {
    const matched: CompiledRule[] = []
    this.#observation = (this.#observation + 1) | 0
    for (const literal of this.#literals.touched)
      for (const index of this.#anchored[literal] as readonly number[]) {
        if (this.#looked[index] === this.#observation) continue
        this.#looked[index] = this.#observation
        const compiled = this.#compiled[index] as CompiledRule
        const { protocols } = compiled.rule
        if (protocols !== undefined && !protocols.includes(protocol)) continue
        if (!compiled.when.every((condition) => this.#holds(condition, fields))) continue
        if (compiled.unless.some((condition) => this.#holds(condition, fields))) continue
        matched.push(compiled)
      }
    return matched
  }

  #holds(
    { fields: wanted, all, any, matches }: CompiledCondition,
    fields: readonly Field[],
  ): boolean {
    const { hits } = this.#literals
    let where = wanted
    for (const id of all) where &= hits[id] as number
    if (any.length > 0) {
      let one = 0
      for (const id of any) one |= hits[id] as number
      where &= one
    }
    if (where === 0) return false
    if (matches === undefined) return true
    return fields.some(
      ({ bit, views }) => (bit & where) !== 0 && views.some((view) => matches.test(view)),
    )
  }

  #finding({ rule, variant, indicatorFields }: CompiledRule, fields: readonly Field[]): Finding {
    const decoded = fields.map(({ views }) => views[views.length - 1] as string)
    const named = fields.flatMap(({ bit, views }) =>
      (bit & indicatorFields) === 0 ? [] : extractIndicators(views[views.length - 1] as string),
    )
    const indicators = [
      ...new Map(named.map((one) => [one.url ?? one.ip ?? one.name, one])).values(),
    ]
    const software =
      rule.action === 'bruteforce' ? undefined : this.#software(rule, variant, decoded)
    return {
      action: rule.action,
      severity: rule.severity,
      ruleId: rule.id,
      ruleName: rule.title,
      techniques: rule.techniques,
      cves: rule.cves,
      indicators,
      ...(software !== undefined && { software }),
      ...(rule.tool !== undefined && { tool: rule.tool }),
    }
  }

  #software(
    rule: Rule,
    variant: RE2JS | undefined,
    texts: readonly string[],
  ): Software | undefined {
    const known = this.#families.find(texts)
    if (known !== undefined || rule.software === undefined) return known
    const { name } = rule.software
    if (variant === undefined) return { name }
    for (const text of texts) {
      const matcher = variant.matcher(text)
      const alias = matcher.find() ? matcher.group(1) : null
      if (alias) return { name, alias: [alias.slice(0, MAX_ALIAS_CHARS)] }
    }
    return { name }
  }

  #compile(rule: Rule, ids: Map<string, number>): CompiledRule {
    try {
      const variant = rule.software?.variant
      return {
        rule,
        when: rule.when.map((condition) => this.#condition(condition, ids)),
        unless: rule.unless.map((condition) => this.#condition(condition, ids)),
        variant: variant === undefined ? undefined : RE2JS.compile(variant),
        indicatorFields: rule.indicators.reduce((bits, name) => bits | this.#fields.bit(name), 0),
      }
    } catch (cause) {
      throw new TypeError(`rule ${rule.id}: ${cause instanceof Error ? cause.message : cause}`)
    }
  }

  #condition(
    { in: names, contains, matches }: Condition,
    ids: Map<string, number>,
  ): CompiledCondition {
    const id = (literal: string): number => {
      const key = literal.toLowerCase()
      const known = ids.get(key) ?? ids.size
      ids.set(key, known)
      return known
    }
    return {
      fields: names.reduce((bits, name) => bits | this.#fields.bit(name), 0),
      all: (contains?.all ?? []).map(id),
      any: (contains?.any ?? []).map(id),
      matches: matches === undefined ? undefined : RE2JS.compile(matches),
    }
  }
}
