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

/** Parameters of a connection that is asked for: the TPDU's size, the calling and the called TSAP (ISO 8073 13.3.4), of 3, 4 and 4 bytes in any order. */
const PARAMETER_BYTES = 11
/** Where its reference stands in S7 communication, and in a header of ours. */
const REFERENCE = { echo: { at: 11, bytes: 2 } }

const word = (value: number): string => value.toString(16).padStart(4, '0')
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

type Part =
  | string
  | { readonly hex: string }
  | { readonly hostname: 'upper' }
  | { readonly echo: { readonly at: number; readonly bytes: number } }

/** RFC 1006, ISO 8073 class 0; S7 communication: setup, and the two lists that tell what the CPU is. */
export function isoOnTcp(cpu: Cpu, source: string): Port {
  const rules = [
    {
      // ISO 8073 13.3 and 13.4: the visitor's reference and parameters come back, with a reference of ours.
      starts: { hex: '0300001611e00000' },
      say: [
        { hex: '0300001611d0' },
        { echo: { at: 8, bytes: 2 } },
        { random: 2 },
        { hex: '00' },
        { echo: { at: 11, bytes: PARAMETER_BYTES } },
      ],
    },
    {
      // One job at a time, PDUs of 240 bytes.
      starts: { hex: '0300001902f0803201' },
      say: [{ hex: '0300001b02f08032030000' }, REFERENCE, { hex: '000800000000f0000001000100f0' }],
    },
    ...lists(cpu),
    {
      // Any other list: "information function unavailable".
      starts: { hex: '0300002102f0803207' },
      say: userData({ last: true, error: 'd401' }, [], 0),
    },
  ]
  return { protocol: 'dialogue', settings: { rules, closeOtherwise: true }, source }
}

function lists(cpu: Cpu) {
  const asked = (list: string) => ({
    hex: `0300002102f08032070000????000800080001120411440100ff090004${list}`,
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
        whole,
        [head(list, MODULE_BYTES, modules.length), ...modules],
        8 + modules.length * MODULE_BYTES,
      ),
    })),
    ...['001c0000', '001c0001'].map((list) => ({
      starts: asked(list),
      say: userData(
        { last: false, error: '0000' },
        [head(list, COMPONENT_BYTES, components.length), ...first.flat()],
        8 + first.length * COMPONENT_BYTES,
      ),
    })),
    {
      starts: { hex: '0300002102f08032070000????000c0004' },
      say: userData(whole, rest.flat(), rest.length * COMPONENT_BYTES),
    },
  ]
}

/** An answer of the function group "CPU", read SZL; `bytes`: the length of `body`. */
function userData(
  { last, error }: { readonly last: boolean; readonly error: string },
  body: readonly Part[],
  bytes: number,
): Part[] {
  const parameters = `00011208128401${last ? '010000' : '010101'}${error}`
  const payload = bytes === 0 ? '0a000000' : `ff09${word(bytes)}`
  const rest = `000c${word(bytes + 4)}${parameters}${payload}`
  // TPKT and COTP have 7 bytes, the header of S7 communication 4 before the reference of 2.
  const length = 7 + 4 + 2 + rest.length / 2 + bytes
  return [{ hex: `0300${word(length)}02f08032070000` }, REFERENCE, { hex: rest }, ...body]
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
