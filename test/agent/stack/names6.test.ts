import fc from 'fast-check'
import t from 'tap'
import { isName, Names } from '../../../agent/stack/names6.ts'
import { parseAddress6 } from '../../../agent/wire/address6.ts'
import { parseAddress } from '../../../agent/wire/ipv4.ts'
import { putAddress } from '../../../agent/wire/ipv6.ts'

const KEY = Uint8Array.from({ length: 8 }, (_, i) => i)
const address = (text: string): Int32Array => {
  const words = parseAddress6(text)
  if (words === undefined) throw new Error(`no address: ${text}`)
  return words
}

t.test('a name, and the address back', async (t) => {
  const names = new Names(KEY)
  const words = address('2001:db8::7')
  const bytes = new Uint8Array(20)
  putAddress(bytes, 3, words)
  const name = names.name(bytes, 3)
  t.ok(isName(name))
  t.equal(name, name | 0, 'an int32')
  t.equal(name >>> 28, 15)
  t.equal(names.nameOf(words), name)
  t.equal(names.text(name), '2001:db8::7')
  const into = new Int32Array(4)
  t.ok(names.words(name, into))
  t.same([...into], [...words])
  t.equal(new Names(KEY).nameOf(words), name, 'the same under the same key')
  t.not(new Names(KEY.map((b) => b + 1)).nameOf(words), name, 'another under another')
})

t.test('what is not known', async (t) => {
  const names = new Names(KEY)
  const into = new Int32Array(4)
  for (const name of [0, -1, parseAddress('192.0.2.7') as number, 0xf0001234 | 0]) {
    t.equal(names.text(name), undefined)
    t.notOk(names.words(name, into))
  }
  t.notOk(isName(parseAddress('223.255.255.255') as number))
})

t.test('every word counts', async (t) => {
  const names = new Names(KEY)
  const seen = new Set([names.nameOf(address('::'))])
  for (let bit = 0; bit < 128; bit++) {
    const words = new Int32Array(4)
    words[bit >> 5] = 1 << (bit & 31)
    seen.add(names.nameOf(words))
  }
  t.equal(seen.size, 129)
})

t.test('the table forgets, counts it, and never tells another address', async (t) => {
  const names = new Names(KEY)
  const words = address('2001:db8::')
  const all = new Map<number, number>()
  const COUNT = 100_000
  for (let i = 0; i < COUNT; i++) {
    words[3] = i
    all.set(names.nameOf(words), i)
  }
  let known = 0
  let wrong = 0
  const into = new Int32Array(4)
  for (const [name, i] of all)
    if (names.words(name, into)) {
      known++
      if (into[3] !== i) wrong++
    }
  t.equal(wrong, 0)
  // 65,536 slots thrown at 100,000 times: 1 - e^(-100000/65536) of them are taken.
  t.ok(known > 50_000 && known < 53_000, `${known} known`)
  t.equal(names.forgotten, COUNT - known)
  words[3] = COUNT - 1
  const before = names.forgotten
  names.nameOf(words)
  t.equal(names.forgotten, before, 'what is there is not forgotten for itself')
})

t.test('any address', async () => {
  const names = new Names(KEY)
  fc.assert(
    fc.property(fc.int32Array({ minLength: 4, maxLength: 4 }), (words) => {
      const into = new Int32Array(4)
      const name = names.nameOf(words)
      return isName(name) && names.words(name, into) && into.join() === words.join()
    }),
  )
})
