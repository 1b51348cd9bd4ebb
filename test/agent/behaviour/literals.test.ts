import fc from 'fast-check'
import t from 'tap'
import { Literals } from '../../../agent/behaviour/literals.ts'

t.test('every literal in one pass, as includes() would find it', (t) => {
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', 'C', '/', '\xe4'),
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 1, maxLength: 12, selector: (text) => text.toLowerCase() }),
      fc.array(
        fc.string({ unit: fc.constantFrom('a', 'B', 'c', '/', '\xe4', '€', 'x'), maxLength: 30 }),
        { maxLength: 3 },
      ),
      (words, texts) => {
        const literals = new Literals(words)
        for (const [i, text] of texts.entries()) literals.scan(text, 1 << i)
        const same = words.every((word, id) =>
          texts.every((text, i) => {
            const expected = text.toLowerCase().includes(word.toLowerCase())
            return (((literals.hits[id] as number) >>> i) & 1) === (expected ? 1 : 0)
          }),
        )
        literals.reset()
        return same && literals.hits.every((bits) => bits === 0) && literals.touched.length === 0
      },
    ),
  )
  t.pass()
  t.end()
})

t.test('a literal is Latin-1', (t) => {
  t.throws(() => new Literals(['€']), TypeError)
  t.end()
})
