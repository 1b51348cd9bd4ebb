/** What a row of scanned ports is called, and how bad it is. */
import { isTool, MIRAI, type ScannerCode, scannerName } from '../fingerprint/scanner.ts'
import type { Finding, Software } from './finding.ts'

/** Ports in a minute that make a scan of one host of a look at one service. */
const VERTICAL_PORTS = 5
const SWEEP_PORTS = 100
/** Its scanner is the bot itself. */
const MIRAI_SOFTWARE: Software = { name: 'Mirai' }

/** `ports` never completed, at so many of our addresses. */
export function scanLabels(
  ports: number,
  destinations: number,
  code: ScannerCode,
): Finding & { readonly action: 'scan' } {
  const vertical = ports >= VERTICAL_PORTS
  return {
    action: 'scan',
    severity: severity(ports, code),
    ruleId: vertical ? 'scan-vertical' : 'scan-horizontal',
    ruleName: vertical ? 'Port scan of one host' : 'Probe of single ports',
    techniques: techniques(vertical, destinations),
    cves: [],
    indicators: [],
    ...(code === MIRAI && { software: MIRAI_SOFTWARE }),
    ...(isTool(code) && { tool: scannerName(code) }),
  }
}

/** T1046: many ports of a host. T1595.001: the same few ports of whoever has the address. A scan can be both. */
function techniques(vertical: boolean, destinations: number): readonly string[] {
  if (!vertical) return ['T1595.001']
  return destinations > 1 ? ['T1046', 'T1595.001'] : ['T1046']
}

function severity(ports: number, code: ScannerCode): number {
  if (code === MIRAI) return 4
  if (ports >= SWEEP_PORTS) return 3
  return ports >= VERTICAL_PORTS || isTool(code) ? 2 : 1
}
