/** What an S7 controller says at port 102 until its protocol has a folder of its own. Plain data for `dialogue`. */
import { Buffer } from 'node:buffer'
import type { PersonaData } from '../data.ts'

type Port = PersonaData['ports'][string]

export type Cpu = {
  /** 19 characters. */
  readonly order: string
  readonly hardware: number
  readonly firmware: readonly [number, number, number]
  /** "Module type name". */
  readonly type: string
  /** "Name of the PLC". */
  readonly station: string
}

/** References that the tools in use begin with: a script answers none but those it knows. */
const COTP_REFERENCES = ['0001', '0004', '0014']
const PDU_REFERENCES = ['0000', '0001', '0100', '0200']
/** Slot 2 is a CPU's; 0 and 1 are tried too. */
const CALLED = ['0102', '0101', '0100', '0200']
/** ISO 8073 13.3.4: TPDU size 1024, the calling and the called TSAP, as tools send them. */
const SIZE = 'c0010a'
const CALLING = 'c1020100'

/** RFC 1006 6: version 3, a spare byte, the length of all. */
const packet = (hex: string): string => `0300${word(hex.length / 2 + 4)}${hex}`
const word = (value: number): string => value.toString(16).padStart(4, '0')
/** ISO 8073 13.7: data, class 0, the last of its TSDU. */
const data = (hex: string): string => packet(`02f080${hex}`)
const text = (value: string, bytes: number, fill = '\0'): string =>
  Buffer.from(value.padEnd(bytes, fill).slice(0, bytes), 'latin1').toString('hex')

/** System status lists (A5E00739858, chapter 33): a record of the module identification has 28 bytes, one of the component identification 34. */
const MODULE_BYTES = 28
const COMPONENT_BYTES = 34
/** `S ` and the host name, which stands for what the CPU has of its own. */
const SERIAL_CHARACTERS = 16
const SERIAL_BYTES = 24
/** What fits in a PDU of 240 bytes beside its headers. */
const COMPONENTS_AT_ONCE = 6

type Part = string | { readonly hex: string } | { readonly hostname: 'upper' }

/** RFC 1006, ISO 8073 class 0; S7 communication: setup, and the two lists that tell what the CPU is. */
export function isoOnTcp(cpu: Cpu, source: string): Port {
  const rules = [
    ...COTP_REFERENCES.flatMap(connects),
    connect('', '0001', '', '0102'),
    ...PDU_REFERENCES.map((reference) => setup(`0000${reference}`, reference)),
    setup('', '0000'),
    ...PDU_REFERENCES.flatMap((reference) => lists(cpu, reference)),
    {
      // Any other list: "information function unavailable".
      starts: { hex: '0300002102f0803207' },
      say: userData('0000', { last: true, error: 'd401' }, [], 0),
    },
  ]
  return { protocol: 'dialogue', settings: { rules, closeOtherwise: true }, source }
}

const connects = (reference: string) => [
  ...CALLED.flatMap((called) => [
    connect(reference, reference, `00${CALLING}c202${called}${SIZE}`, called),
    connect(reference, reference, `00${SIZE}${CALLING}c202${called}`, called),
  ]),
  connect(reference, reference, '', '0102'),
]

/** ISO 8073 13.3 and 13.4: the visitor's reference comes back, with one of ours. */
const connect = (asked: string, reference: string, parameters: string, called: string) => ({
  starts: { hex: `0300001611e00000${asked}${parameters}` },
  say: [
    { hex: `0300001611d0${reference}` },
    { random: 2 },
    { hex: `00${SIZE}${CALLING}c202${called}` },
  ],
})

/** One job at a time, PDUs of 240 bytes. */
const setup = (asked: string, reference: string) => ({
  starts: { hex: `0300001902f0803201${asked}` },
  say: { hex: data(`32030000${reference}000800000000f0000001000100f0`) },
})

function lists(cpu: Cpu, reference: string) {
  const asked = (list: string) => ({
    hex: `0300002102f08032070000${reference}000800080001120411440100ff090004${list}`,
  })
  const modules = moduleIdentification(cpu)
  const components = componentIdentification(cpu)
  const first = components.slice(0, COMPONENTS_AT_ONCE)
  const rest = components.slice(COMPONENTS_AT_ONCE)
  const whole = { last: true, error: '0000' }
  const head = (list: string, bytes: number, count: number) => ({
    hex: `${list}${word(bytes)}${word(count)}`,
  })
  return [
    // All records are asked for: the index says nothing.
    ...['00110000', '00110001'].map((list) => ({
      starts: asked(list),
      say: userData(
        reference,
        whole,
        [head(list, MODULE_BYTES, modules.length), ...modules],
        8 + modules.length * MODULE_BYTES,
      ),
    })),
    ...['001c0000', '001c0001'].map((list) => ({
      starts: asked(list),
      say: userData(
        reference,
        { last: false, error: '0000' },
        [head(list, COMPONENT_BYTES, components.length), ...first.flat()],
        8 + first.length * COMPONENT_BYTES,
      ),
    })),
    {
      starts: { hex: `0300002102f08032070000${reference}000c0004` },
      say: userData(reference, whole, rest.flat(), rest.length * COMPONENT_BYTES),
    },
  ]
}

/** An answer of the function group "CPU", read SZL; `bytes`: the length of `body`. */
function userData(
  reference: string,
  { last, error }: { readonly last: boolean; readonly error: string },
  body: readonly Part[],
  bytes: number,
): Part[] {
  const parameters = `00011208128401${last ? '010000' : '010101'}${error}`
  const payload = bytes === 0 ? '0a000000' : `ff09${word(bytes)}`
  const header = `32070000${reference}000c${word(bytes + 4)}`
  const length = 7 + (header.length + parameters.length + payload.length) / 2 + bytes
  return [{ hex: `0300${word(length)}02f080${header}${parameters}${payload}` }, ...body]
}

/** 33.5: the module, its hardware, its firmware. */
function moduleIdentification({ order, hardware, firmware }: Cpu): Part[] {
  const [major, minor, patch] = firmware
  const version = Buffer.from([0x56, major, minor, patch]).toString('hex')
  const group = '00c0'
  return [
    { hex: `0001${text(order, 20, ' ')}${group}${word(hardware)}0001` },
    { hex: `0006${text(order, 20, ' ')}${group}${word(hardware)}0001` },
    { hex: `0007${text('', 20, ' ')}${group}${version}` },
  ]
}

/** 33.11: names, copyright, serial number, type; no memory card, no location. */
function componentIdentification({ type, station }: Cpu): Part[][] {
  const named = (index: string, value: string): Part[] => [{ hex: `${index}${text(value, 32)}` }]
  const zeros = SERIAL_BYTES - SERIAL_CHARACTERS + 8
  return [
    named('0001', station),
    named('0002', type),
    named('0003', ''),
    named('0004', 'Original Siemens Equipment'),
    [{ hex: `0005${text('S ', 2)}` }, { hostname: 'upper' }, { hex: '00'.repeat(zeros) }],
    named('0007', type),
    named('0008', 'MMC'),
    // PROFIBUS "Identification & Maintenance Functions": 42 is Siemens.
    [{ hex: `0009002af6000001${'00'.repeat(26)}` }],
    named('000b', ''),
  ]
}
