import fc from 'fast-check'
import t from 'tap'
import { KnownSignatures } from '../../../agent/fingerprint/known-signatures.ts'
import { signature } from '../../../agent/fingerprint/p0f.ts'
import { blankSyn, type SynFacts } from '../../../agent/fingerprint/syn.ts'

const bit = fc.constantFrom<0 | 1>(0, 1)
const few = (...values: number[]) => fc.constantFrom(...values)
const syn: fc.Arbitrary<SynFacts> = fc
  .record({
    version: fc.constantFrom<4 | 6>(4, 6),
    sequence: few(0, 1, -1),
    acknowledgment: few(0, 7),
    window: few(0, 1024, 5840, 64_240, 65_535),
    ttl: few(1, 32, 52, 64, 128, 255),
    ipId: few(0, 9),
    dontFragment: bit,
    urgent: few(0, 5),
    flags: few(2, 0x12, 0xc2, 0x22, 0x102, 0x0a),
    mss: few(0, 536, 1460, 65_535),
    scale: few(-1, 0, 7, 15, 255),
    timestamps: bit,
    timestampValue: few(0, 1, -1),
    optionCount: few(0, 1, 4, 5, 20),
    layoutLow: few(0, 1, 0x23541, 0x6666666),
    layoutHigh: few(0, 6, 0x6666666),
    optionsLength: few(0, 4, 20, 40),
    payloadLength: few(0, 3, 1460),
    ipOptionsLength: few(0, 4, 40),
  })
  .map((facts) => ({ ...blankSyn(), ...facts }))

t.test('what is remembered is what would be written', async () => {
  const known = new KnownSignatures()
  fc.assert(
    fc.property(fc.array(syn, { minLength: 1, maxLength: 20 }), (some) =>
      [...some, ...some].every((one) => known.of(one) === signature(one)),
    ),
    { numRuns: 2000 },
  )
})

t.test('the same SYN again is the same text', async (t) => {
  const known = new KnownSignatures()
  const one = { ...blankSyn(), window: 1024, ttl: 64 }
  t.equal(known.of(one), '4:64+0:0:0:1024,0::id-,seq-:0')
  t.equal(known.of({ ...one, source: 9, sourcePort: 9, sequence: 0 }), known.of(one))
  t.not(known.of({ ...one, sequence: 9 }), known.of(one))
})
