/** Signatures of a SYN as text: p0f v3 (its README, "TCP signatures") and MuonFP (specification 0.9). */
import { END, MAX_OPTIONS, MSS, optionAt } from './layout.ts'
import type { SynFacts } from './syn.ts'

const PSH = 0x08
const ACK = 0x10
const URG = 0x20
const ECE_CWR_NS = 0x1c0

/** Hops beyond which a guess at the initial TTL means nothing. */
const MAX_HOPS = 35
const MIN_TCP4_BYTES = 40
const TIMESTAMP_BYTES = 12
const ETHERNET_MTU_BYTES = 1500
/** Below it a window's multiple of the MSS is chance. */
const MIN_MSS_BYTES = 100
const MAX_SCALE = 14

/** p0f v3 raw signature as p0f prints it, received TTL + hops first: `4:52+12:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0`. */
export function signature(syn: SynFacts): string {
  const scale = Math.max(syn.scale, 0)
  const payload = syn.payloadLength > 0 ? '+' : '0'
  return `${syn.version}:${ttl(syn.ttl)}:${syn.ipOptionsLength}:${syn.mss}:${windowText(syn)},${scale}:${layoutText(syn)}:${quirks(syn)}:${payload}`
}

function ttl(value: number): string {
  const initial = value <= 32 ? 32 : value <= 64 ? 64 : value <= 128 ? 128 : 255
  const hops = initial - value
  return hops > MAX_HOPS ? `${value}+?` : `${value}+${hops}`
}

function windowText(syn: SynFacts): string {
  const { window, mss } = syn
  if (window === 0 || mss < MIN_MSS_BYTES) return String(window)
  const stamped = syn.timestampValue !== 0
  if (window % mss === 0) return `mss*${window / mss}`
  // Some systems count the timestamps option against the MSS.
  if (stamped && window % (mss - TIMESTAMP_BYTES) === 0)
    return `mss*${window / (mss - TIMESTAMP_BYTES)}`
  const ethernet = ETHERNET_MTU_BYTES - MIN_TCP4_BYTES
  if (window % ethernet === 0) return `mss*${window / ethernet}`
  if (window % (ethernet - TIMESTAMP_BYTES) === 0)
    return `mss*${window / (ethernet - TIMESTAMP_BYTES)}`
  for (const mtu of [
    mss + MIN_TCP4_BYTES,
    mss + MIN_TCP4_BYTES + syn.optionsLength + syn.ipOptionsLength,
    ETHERNET_MTU_BYTES,
  ])
    if (window % mtu === 0) return `mtu*${window / mtu}`
  return String(window)
}

const P0F_NAMES = ['', 'mss', 'nop', 'ws', 'sok', 'ts', 'eol', 'sack', '?'] as const
/** OTHER has no kind in SynFacts. */
const MUONFP_KINDS = ['', '2', '1', '3', '4', '8', '0', '5', ''] as const
const SIZES = [0, 4, 1, 3, 2, 10, 1] as const

function layoutText(syn: SynFacts): string {
  let text = ''
  const count = Math.min(syn.optionCount, MAX_OPTIONS)
  for (let i = 0; i < count; i++) {
    const code = optionAt(syn.layoutLow, syn.layoutHigh, i)
    if (i > 0) text += ','
    text += P0F_NAMES[code] ?? '?'
    if (code === END) text += `+${rest(syn)}`
  }
  return text
}

/** Bytes of the options field that no option accounts for; 0 when an option's size is not known. */
function rest(syn: SynFacts): number {
  let left = syn.optionsLength
  const count = Math.min(syn.optionCount, MAX_OPTIONS)
  for (let i = 0; i < count; i++) {
    const size = SIZES[optionAt(syn.layoutLow, syn.layoutHigh, i)]
    if (size === undefined) return 0
    left -= size
  }
  return Math.max(left, 0)
}

function quirks(syn: SynFacts): string {
  let text = ''
  if (syn.version === 6) text = ''
  else if (syn.dontFragment === 1) text += syn.ipId === 0 ? ',df' : ',df,id+'
  else if (syn.ipId === 0) text += ',id-'
  if ((syn.flags & ECE_CWR_NS) !== 0) text += ',ecn'
  if (syn.sequence === 0) text += ',seq-'
  if ((syn.flags & ACK) === 0 && syn.acknowledgment !== 0) text += ',ack+'
  if ((syn.flags & URG) !== 0) text += ',urgf+'
  else if (syn.urgent !== 0) text += ',uptr+'
  if ((syn.flags & PSH) !== 0) text += ',pushf+'
  if (syn.timestamps === 1 && syn.timestampValue === 0) text += ',ts1-'
  if (syn.scale > MAX_SCALE) text += ',exws'
  if (isBad(syn)) text += ',bad'
  return text.slice(1)
}

/** Bytes are left over and no END explains them: an option was cut short or had an impossible length. */
function isBad(syn: SynFacts): boolean {
  if (rest(syn) === 0) return false
  for (let i = 0; i < Math.min(syn.optionCount, MAX_OPTIONS); i++)
    if (optionAt(syn.layoutLow, syn.layoutHigh, i) === END) return false
  return syn.optionCount <= MAX_OPTIONS
}

/** MuonFP: `window:kinds:mss:scale`, as in `26847:2-4-8-1-3:1460:8`; an absent field is empty. */
export function muonfp(syn: SynFacts): string {
  let kinds = ''
  let hasMss = false
  const count = Math.min(syn.optionCount, MAX_OPTIONS)
  for (let i = 0; i < count; i++) {
    const code = optionAt(syn.layoutLow, syn.layoutHigh, i)
    hasMss ||= code === MSS
    if (i > 0) kinds += '-'
    kinds += MUONFP_KINDS[code] ?? ''
  }
  return `${syn.window}:${kinds}:${hasMss ? syn.mss : ''}:${syn.scale < 0 ? '' : syn.scale}`
}
