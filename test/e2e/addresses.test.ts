/** A whole network of machines, each with its own state; IPv6 beside IPv4; datagrams. */
import t from 'tap'
import { startSensor } from '../lab/processes.ts'
import { lab as makeLab, recorded, scratch, unable } from './stage.ts'

t.setTimeout(120_000)
const skip = unable(t, ['nmap', 'curl', 'ping', 'python3'])
const NETWORK = '198.18.7'
const SIX = '2001:db8:0:1::7'
const MACHINES = 254

t.test('a /24, and a /64', { skip }, async (t) => {
  const lab = await makeLab(t)
  const { attacker } = lab
  await attacker.exec('sh', [
    '-c',
    'echo 0 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6; ip -6 address add 2001:db8:0:1::99/64 dev eth0 nodad',
  ])
  const state = scratch(t)
  const sensor = await startSensor(lab, {
    state,
    persona: 'auto',
    doors: 'gated',
    flags: [
      '--address',
      `${NETWORK}.0/24`,
      '--address',
      `${SIX}/64`,
      '--address',
      '2001:db8:0:1::/64',
    ],
  })

  await t.test('every address answers, as a machine of its own', async (t) => {
    const { stdout } = await attacker.exec('nmap', ['-n', '-sn', `${NETWORK}.0/24`])
    t.equal([...stdout.matchAll(/^Nmap scan report/gm)].length, MACHINES)
    const macs = new Set([...stdout.matchAll(/^MAC Address: (\S+)/gm)].map(([, mac]) => mac))
    t.equal(macs.size, MACHINES, 'no two have a hardware address in common')
  })

  await t.test('a long ping comes back in pieces', async (t) => {
    for (const to of [`${NETWORK}.9`, SIX]) {
      const { stdout } = await attacker.exec('ping', ['-n', '-c', '1', '-s', '3000', '-W', '5', to])
      t.match(stdout, / 1 received/, to)
    }
  })

  await t.test('TCP and UDP over both', async () => {
    for (const [host, family] of [
      [`${NETWORK}.9`, 'AF_INET'],
      [SIX, 'AF_INET6'],
    ] as const) {
      const script = `import socket; s = socket.socket(socket.${family}, socket.SOCK_DGRAM); s.sendto(b'datagram to a closed port', ('${host}', 113))`
      await attacker.exec('python3', ['-c', script])
    }
    await attacker.exec('nmap', ['-6', '-n', '-Pn', '-sT', '-p', '22,23,80', SIX])
  })

  await sensor.stop()
  const events = recorded(state)
  for (const to of [`${NETWORK}.9`, SIX])
    t.ok(
      events.some(
        ({ destination, network, cuttle }) =>
          destination?.ip === to && network?.transport === 'udp' && cuttle.verified === false,
      ),
      `the datagram to ${to}`,
    )
  t.ok(
    events.some(
      ({ destination, network }) => destination?.ip === SIX && network?.transport === 'tcp',
    ),
    'the connections over IPv6',
  )
})
