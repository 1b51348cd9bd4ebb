/** Why a link cannot be opened or has failed: `code` is errno's name where the system gave one; the message holds the remedy. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** The error of a system call on interface `ifname`, in words an operator can act on. */
export function interfaceError(ifname: string, code: string, cause?: unknown): LinkError {
  return new LinkError(code, `${ifname}: ${remedy(ifname, code)}`, cause)
}

function remedy(ifname: string, code: string): string {
  switch (code) {
    case 'ENODEV':
    case 'ENOENT':
      return 'no such interface: "ip link" lists what there is'
    case 'ENETDOWN':
      return `the interface is down: ip link set ${ifname} up`
    case 'EPERM':
    case 'EACCES':
      return 'no permission to take packets: run as root, or grant CAP_NET_RAW'
    case 'ENOMEM':
      return 'no memory for the packet ring: ask for fewer or smaller blocks'
    default:
      return `cannot take packets (${code})`
  }
}

/** The `code` of a thrown value, or `fallback`. */
export function errorCode(error: unknown, fallback: string): string {
  if (!(error instanceof Error) || !('code' in error)) return fallback
  return typeof error.code === 'string' ? error.code : fallback
}
