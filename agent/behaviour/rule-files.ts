/** Rule files from disk. Apart from the engine: the packet thread needs neither YAML nor schema. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { type FamilyData, familiesSchema, type Rule, type RuleSet, ruleSchema } from './rule.ts'

const FAMILIES_FILE = 'families.yaml'
const SUFFIX = '.yaml'

/** Every rule file (and families.yaml) of a directory. Throws TypeError naming the file. */
export function readRules(directory: string): RuleSet {
  const rules: Rule[] = []
  let families: readonly FamilyData[] = []
  for (const name of readdirSync(directory).toSorted()) {
    if (!name.endsWith(SUFFIX)) continue
    const text = readFileSync(join(directory, name), 'utf8')
    try {
      if (name === FAMILIES_FILE) families = familiesSchema.parse(parse(text))
      else rules.push(parseRule(text, name))
    } catch (cause) {
      const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
      throw new TypeError(`${name}: ${reason}`)
    }
  }
  return { rules, families }
}

/** One rule from the text of its file. Throws what yaml and zod throw; TypeError when id and name differ. */
export function parseRule(text: string, file: string): Rule {
  const rule = ruleSchema.parse(parse(text))
  if (`${rule.id}${SUFFIX}` !== file) throw new TypeError(`its id is '${rule.id}'`)
  return rule
}
