import fc from 'fast-check'
import t from 'tap'
import { Fault } from '../../agent/fault.ts'
import { type Flag, parseOptions } from '../../agent/options.ts'

const known: Readonly<Record<string, Flag>> = {
  state: { value: true },
  address: { value: true, repeat: true },
  json: { value: false },
}
const parsed = (...args: string[]) => {
  const { flags, rest } = parseOptions(args, known, 2)
  return { flags: Object.fromEntries(flags), rest }
}
const faults = (...args: string[]): readonly string[] => {
  try {
    parseOptions(args, known, 2)
    return []
  } catch (error) {
    return error instanceof Fault ? error.faults : [`not a Fault: ${error}`]
  }
}

t.test('flags and words in any order', async (t) => {
  t.same(parsed(), { flags: {}, rest: [] })
  t.same(parsed('a', '--state', 'dir', '--json', 'b', '--address=x=y', '--address', ''), {
    flags: { state: ['dir'], json: [''], address: ['x=y', ''] },
    rest: ['a', 'b'],
  })
  t.same(parsed('--state=--json'), { flags: { state: ['--json'] }, rest: [] })
  t.same(parsed('-1', '-'), { flags: {}, rest: ['-1', '-'] })
})

t.test('no more words than are wanted', async (t) => {
  t.same(faults('a', 'b', 'c', '--json', 'd'), [
    "what is 'c'? see --help",
    "what is 'd'? see --help",
  ])
})

t.test('every fault at once', async (t) => {
  t.same(faults('--nope', '--state', '--json=1', '--json', '--address'), [
    'no flag --nope; see --help',
    '--state needs a value',
    '--json takes no value',
    '--json is given twice',
    '--address needs a value',
  ])
  t.same(faults('--state', 'a', '--state', 'b'), ['--state is given twice'])
  for (const name of ['__proto__', 'constructor', 'toString', ''])
    t.same(faults(`--${name}`), [`no flag --${name}; see --help`])
})

t.test('whatever is typed: flags, or a Fault', async () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('--', '--state', '--json', '--address=', '--state=x', '--__proto__', '-x'),
  )
  fc.assert(
    fc.property(fc.array(word), (args) =>
      faults(...args).every((fault) => !fault.startsWith('not a')),
    ),
  )
})
