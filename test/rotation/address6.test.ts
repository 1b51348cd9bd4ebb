import fc from 'fast-check'
import t from 'tap'
import { INTERFACE_ID_KINDS, type InterfaceIdKind, interfaceId } from '../../rotation/address6.ts'
import { createIdentity } from '../../rotation/identity.ts'

const MAC = Uint8Array.of(0x52, 0x54, 0, 1, 2, 3)
const PREFIX = Buffer.from('20010db800000000', 'hex')
const OTHER = Buffer.from('20010db800000001', 'hex')
const machine = (byte: number) => createIdentity(new Uint8Array(32).fill(byte), '', () => 0)
const id = (kind: InterfaceIdKind, byte = 1, mac = MAC, prefix = PREFIX, attempt = 0): string =>
  interfaceId(machine(byte), mac, kind, prefix, attempt).toString('hex')

t.test('EUI-64 (RFC 4291 appendix A)', async (t) => {
  t.equal(id('eui-64'), '505400fffe010203')
  // RFC 2464 4: 34-56-78-9A-BC-DE
  t.equal(id('eui-64', 1, Uint8Array.of(0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde)), '365678fffe9abcde')
})

t.test('the others tell nothing of the hardware', async (t) => {
  for (const kind of ['constant', 'stable'] as const) {
    t.equal(id(kind), id(kind), 'the same every time')
    t.equal(id(kind, 1, Uint8Array.of(2, 0, 0, 9, 9, 9)), id(kind), 'whatever the hardware')
    t.not(id(kind, 2), id(kind), 'another on another machine')
    t.not(id(kind, 1, MAC, PREFIX, 1), id(kind), 'another when it is taken')
  }
  t.equal(id('constant', 1, MAC, OTHER), id('constant'), 'one for all networks')
  t.not(id('stable', 1, MAC, OTHER), id('stable'), 'another on every network (RFC 7217)')
})

t.test('none of the reserved (RFC 5453)', async (t) => {
  const reserved = ['0000000000000000', 'fdffffffffffff80', 'fdffffffffffffff', '02005efffe005213']
  const free = ['0000000000000001', 'fdffffffffffff7f', '02005efffd005213']
  const rows: [first: string, next: string][] = [
    ...reserved.map((one): [string, string] => [one, '1122334455667788']),
    ...free.map((one): [string, string] => [one, one]),
  ]
  for (const [first, next] of rows) {
    const drawn = [first, '1122334455667788']
    const secret = (): Buffer => Buffer.from(drawn.shift() ?? '', 'hex')
    t.equal(interfaceId({ secret }, MAC, 'stable', PREFIX).toString('hex'), next, first)
  }
})

t.test('any machine', async () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  fc.assert(
    fc.property(
      bytes(32),
      bytes(6),
      bytes(8),
      fc.constantFrom(...INTERFACE_ID_KINDS),
      (seed, mac, prefix, kind) => {
        const made = interfaceId(
          createIdentity(seed, '', () => 0),
          mac,
          kind,
          prefix,
        )
        return made.length === 8 && (kind !== 'constant' || (made.readUInt8(0) & 2) === 0)
      },
    ),
    { numRuns: 50 },
  )
})
