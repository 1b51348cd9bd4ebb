/**
 * Which tool made this SYN? Field values from the tools' own packets (research/deception.md 5).
 * `classify` runs for every SYN: integers only, no allocation.
 */
import { END, layout, MSS, NOP, SACK_PERMITTED, SCALE, TIMESTAMPS } from './layout.ts'
import type { SynFacts } from './syn.ts'

/** 0: no tool known. A smaller code is the more specific finding. */
export type ScannerCode = number
export const NONE = 0
export const MIRAI = 1
/** ZMap before 4.1: no options. */
export const ZMAP = 2
/** ZMap 4.1 and later: one of its four option layouts. */
export const ZMAP_OPTIONS = 3
/** masscan to 1.3.2: no options. */
export const MASSCAN = 4
/** masscan after 1.3.2: an MSS option. */
export const MASSCAN_MSS = 5
export const NMAP_OS = 6
export const NMAP_SYN = 7
export const HPING = 8
/** No kernel's SYN: an acknowledgment number without ACK. */
export const STRAY_ACK = 9
export const NO_OPTIONS = 10
export const MSS_ONLY = 11

const NAMES = [
  '',
  'mirai',
  'zmap',
  'zmap',
  'masscan',
  'masscan',
  'nmap-os',
  'nmap-syn',
  'hping3',
  'irregular-ack',
  'irregular-no-options',
  'irregular-mss-only',
] as const
const VARIANTS = ['', '', '<4.1', '>=4.1', '<=1.3', '>1.3'] as const

/** '' for NONE and for codes out of range. The last three name no tool, only that no kernel's connect() made the SYN. */
export const scannerName = (code: ScannerCode): string => NAMES[code] ?? ''
/** Version range that the packet shows, or ''. */
export const scannerVariant = (code: ScannerCode): string => VARIANTS[code] ?? ''
/** True when the code names a tool and not just an odd packet. */
export const isTool = (code: ScannerCode): boolean => code > NONE && code < STRAY_ACK

const ACK = 0x10
const ZMAP_ID = 54_321
/** A TTL above this started at 255: no common kernel sends TCP so. */
const MAX_KERNEL_TTL = 200
const ALL_ONES = -1

const WINDOWS_LAYOUT = layout(MSS, NOP, SCALE, NOP, NOP, SACK_PERMITTED)
const LINUX_LAYOUT = layout(MSS, SACK_PERMITTED, TIMESTAMPS, NOP, SCALE)
const BSD_LAYOUT_LOW = layout(MSS, NOP, SCALE, NOP, NOP, TIMESTAMPS, SACK_PERMITTED)
const BSD_LAYOUT_HIGH = layout(END)
const BSD_LAYOUT_HIGH_TWO_ENDS = layout(END, END)
const MSS_LAYOUT = layout(MSS)

/** The tool by this one SYN. unicornscan needs two SYNs of one source and is not recognised. */
export function classify(syn: SynFacts): ScannerCode {
  if (syn.sequence === syn.destination) return MIRAI
  const plain = syn.optionsLength === 0
  const mssOnly = syn.layoutLow === MSS_LAYOUT && syn.optionsLength === 4
  if (syn.window === 65_535 && syn.dontFragment === 0) {
    if (plain && syn.ipId === ZMAP_ID) return ZMAP
    if (syn.acknowledgment === 0 && (mssOnly || hasZmapLayout(syn))) return ZMAP_OPTIONS
  }
  if ((plain || mssOnly) && (syn.window === 1024 || syn.ttl > MAX_KERNEL_TTL)) {
    const id = (syn.destination ^ syn.destinationPort ^ syn.sequence) & 0xffff
    if (id === syn.ipId) return plain ? MASSCAN : MASSCAN_MSS
  }
  if (isNmapOs(syn)) return NMAP_OS
  if (mssOnly && syn.mss === 1460 && syn.dontFragment === 0 && isNmapWindow(syn.window)) {
    if (syn.ttl < 60 && syn.acknowledgment === 0) return NMAP_SYN
  }
  const strayAck = syn.acknowledgment !== 0 && (syn.flags & ACK) === 0
  if (plain && strayAck && syn.window === 512) return HPING
  if (strayAck) return STRAY_ACK
  if (plain) return NO_OPTIONS
  if (mssOnly) return MSS_ONLY
  return NONE
}

function hasZmapLayout(syn: SynFacts): boolean {
  switch (syn.layoutLow) {
    case WINDOWS_LAYOUT:
      return syn.mss === 1460 && syn.scale === 8 && syn.ttl <= 64
    case LINUX_LAYOUT:
      return syn.mss === 1460 && syn.scale === 7
    case BSD_LAYOUT_LOW:
      return (
        syn.mss === 1460 &&
        syn.scale === 6 &&
        (syn.layoutHigh === BSD_LAYOUT_HIGH || syn.layoutHigh === BSD_LAYOUT_HIGH_TWO_ENDS)
      )
    default:
      return false
  }
}

/** nmap 7 sends 1024; older ones 2048, 3072 and 4096 too. */
function isNmapWindow(window: number): boolean {
  return window === 1024 || window === 2048 || window === 3072 || window === 4096
}

/** nmap's OS detection probes that have SYN: SEQ1 to SEQ6, T3 and T5 carry the timestamp FFFFFFFF, ECN an urgent pointer. */
function isNmapOs(syn: SynFacts): boolean {
  if (syn.dontFragment !== 0) return false
  if (syn.window === 3) return syn.urgent === 0xf7f5
  if (syn.timestamps === 0 || syn.timestampValue !== ALL_ONES) return false
  switch (syn.window) {
    case 1:
    case 63:
    case 4:
    case 16:
    case 512:
    case 256:
    case 31_337:
      return true
    default:
      return false
  }
}
