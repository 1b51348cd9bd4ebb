/**
 * Programs that fetch. They contact nobody: what the visitor wanted is in the command line, and the
 * machine behaves as behind a firewall that refuses outgoing connections.
 */
import { type Applet, type Context, fails, type Outcome, says, usage } from './applet.ts'

const REFUSED_MS = 350
const UNRESOLVED_MS = 2500
const TFTP_MS = 5000

/** Options that take the next word. */
const VALUED = {
  wget: ['-O', '-P', '-T', '-U', '-o'],
  curl: ['-o', '-A', '-H', '-x', '-m', '-d', '-X', '-u'],
  tftp: ['-l', '-r', '-b'],
  ftpget: ['-u', '-p', '-P'],
  ping: ['-c', '-s', '-I', '-w', '-W'],
  telnet: ['-l'],
} as const

function targets(program: keyof typeof VALUED, args: readonly string[]): string[] {
  const valued: readonly string[] = VALUED[program]
  return args.filter((arg, i) => !arg.startsWith('-') && !valued.includes(args[i - 1] ?? ''))
}

function hostAndPort(
  url: string,
  scheme: number,
): { readonly host: string; readonly port: number } {
  const rest = url.replace(/^[a-z]{1,8}:\/\//, '')
  const authority = rest.slice(0, 256).split('/')[0] ?? ''
  const [host = '', port] = authority.split(':')
  return {
    host,
    port: Number.parseInt(port ?? '', 10) || (url.startsWith('https:') ? 443 : scheme),
  }
}
const isAddress = (host: string): boolean => /^[0-9.]{7,15}$/.test(host)

function unreachable(context: Context, program: string, host: string): Outcome {
  if (isAddress(host))
    return fails(
      `${program}: can't connect to remote host (${host}): Connection refused\n`,
      1,
      REFUSED_MS,
    )
  return fails(
    `${program}: bad address '${host}'\n`,
    1,
    context.machine.kind === 'device' ? UNRESOLVED_MS : REFUSED_MS,
  )
}

const wget: Applet = (args, context) => {
  const [url] = targets('wget', args)
  if (url === undefined)
    return context.machine.kind === 'device'
      ? usage(context, 'wget', '[-c] [-s] [-q] [-O FILE] [-P DIR] [-T SEC] [-U AGENT] URL...')
      : fails(
          "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n",
        )
  const { host, port } = hostAndPort(url, 80)
  const quiet = args.some((arg) => /^-[a-z]*q/.test(arg))
  if (context.machine.kind === 'server') {
    const said = isAddress(host)
      ? `Connecting to ${host}:${port}... failed: Connection refused.\n`
      : `Resolving ${host} (${host})... failed: Temporary failure in name resolution.\nwget: unable to resolve host address '${host}'\n`
    return fails(quiet ? '' : said, 4, isAddress(host) ? REFUSED_MS : UNRESOLVED_MS)
  }
  const failure = unreachable(context, 'wget', host)
  const connecting =
    isAddress(host) && !quiet
      ? `Connecting to ${host}${port === 80 ? '' : `:${port}`} (${host}:${port})\n`
      : ''
  return { ...failure, err: connecting + failure.err }
}

const curl: Applet = (args) => {
  const [url] = targets('curl', args)
  if (url === undefined)
    return fails("curl: try 'curl --help' or 'curl --manual' for more information\n", 2)
  const { host, port } = hostAndPort(url, 80)
  const silent =
    args.some((arg) => /^-[a-zA-Z]*s/.test(arg)) && !args.some((arg) => /^-[a-zA-Z]*S/.test(arg))
  if (isAddress(host))
    return fails(
      silent
        ? ''
        : `curl: (7) Failed to connect to ${host} port ${port} after ${REFUSED_MS} ms: Connection refused\n`,
      7,
      REFUSED_MS,
    )
  return fails(silent ? '' : `curl: (6) Could not resolve host: ${host}\n`, 6, UNRESOLVED_MS)
}

const tftp: Applet = (args, context) => {
  const [host] = targets('tftp', args)
  if (host === undefined) return usage(context, 'tftp', '[OPTIONS] HOST [PORT]')
  return fails('tftp: timeout\n', 1, TFTP_MS)
}

const ftpget: Applet = (args, context) => {
  const [host] = targets('ftpget', args)
  if (host === undefined) return usage(context, 'ftpget', '[OPTIONS] HOST [LOCAL_FILE] REMOTE_FILE')
  return unreachable(context, 'ftpget', host)
}

const ping: Applet = (args, context) => {
  const [host] = targets('ping', args)
  if (host === undefined) return usage(context, 'ping', '[OPTIONS] HOST')
  if (!isAddress(host)) return fails(`ping: bad address '${host}'\n`, 1, UNRESOLVED_MS)
  return {
    ...says(
      `PING ${host} (${host}): 56 data bytes\n\n--- ${host} ping statistics ---\n4 packets transmitted, 0 packets received, 100% packet loss\n`,
    ),
    status: 1,
    delayMs: TFTP_MS,
  }
}

const telnet: Applet = (args, context) => {
  const [host] = targets('telnet', args)
  return host === undefined
    ? usage(context, 'telnet', '[-a] [-l USER] HOST [PORT]')
    : unreachable(context, 'telnet', host)
}

/** On both kinds of machine, and what only a server has. */
export const NETWORK_APPLETS: Readonly<Record<string, Applet>> = {
  ftpget,
  ping,
  telnet,
  tftp,
  wget,
}
export const SERVER_NETWORK_APPLETS: Readonly<Record<string, Applet>> = { curl, ping, wget }
