import fc from 'fast-check'
import t from 'tap'
import { PortSet } from '../../hub/store/port-set.ts'

t.test('a set of ports is a set, through any number of encodings', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 3000 }), {
        maxLength: 4,
      }),
      (rounds) => {
        const truth = new Set<number>()
        let set = PortSet.decode(new Uint8Array())
        for (const ports of rounds) {
          for (const port of ports) {
            if (set.add(port) === truth.has(port)) return false
            truth.add(port)
          }
          const blob = set.encode()
          if (blob.length > 8192) return false
          set = PortSet.decode(blob)
        }
        return set.size === truth.size && [...truth].every((port) => !set.add(port))
      },
    ),
    { numRuns: 50 },
  )
  t.pass()
})

t.test('ranges', async (t) => {
  const sizes: [string, number][] = [
    ['22', 1],
    ['22-23,80', 3],
    ['0-65535', 65_536],
    ['', 1], // Number('') is 0, and 0 is a port
    ['x,-,5-,9-3,1-99999,1-2-3', 3],
  ]
  for (const [text, size] of sizes) {
    const set = PortSet.decode(new Uint8Array())
    set.addRanges(text)
    t.equal(set.size, size, text)
  }
})
