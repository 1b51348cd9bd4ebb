import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { makeNetns, noRing } from './netns.ts'

function unable(): string | undefined {
  if (!existsSync('/dev/net/tun')) return 'needs /dev/net/tun'
  return noRing()
}

const reason = unable()
if (reason) t.comment(`skipped: ${reason}`)

t.test('links without an Ethernet header', { skip: reason ?? false }, async (t) => {
  const tun = join(t.testdir({}), 'tun')
  const source = fileURLToPath(new URL('tun.c', import.meta.url))
  t.equal(spawnSync('cc', ['-Wall', '-Werror', '-o', tun, source]).status, 0, 'tun.c compiles')
  for (const kind of ['ring', 'pcap'])
    await t.test(kind, async (t) => {
      const netns = makeNetns(`tun-${kind}`)
      t.teardown(() => netns.remove())
      const result = (await netns.script('tun-inside.ts', kind, tun)) as {
        sent: string[]
        got: string[]
      }
      t.match(result, { ethernet: false, mac: [0, 0, 0, 0, 0, 0] })
      t.strictSame(result.got, result.sent, 'bare IPv4 and IPv6, in order, byte for byte')
    })
})
