import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { getuid } from 'node:process'
import t from 'tap'
import {
  ATTACK_INTERFACE,
  createLab,
  HUB_ADDRESS,
  list,
  SENSOR_ADDRESS,
  sweepLeftovers,
} from './lab/lab.ts'

const root = getuid?.() === 0
if (!root) t.comment('skipped: network namespaces need root')
const mine = (pid: number): string[] =>
  list().filter((name) => name.startsWith(`cuttle-lab-${pid}-`))

t.test('three machines, each with its own network', { skip: !root }, async (t) => {
  const lab = await createLab()
  t.teardown(() => lab.close())
  t.equal(mine(process.pid).length, 3)

  const addresses = async (machine = lab.sensor): Promise<string> =>
    (await machine.exec('ip', ['-br', 'address'])).stdout
  t.match(await addresses(lab.attacker), /eth0\S* +UP +198\.18\.0\.1\/16 *\n/)
  t.match(
    await addresses(),
    new RegExp(`${ATTACK_INTERFACE}\\S* +UP *\n`),
    'no kernel address there',
  )
  t.match(await addresses(lab.hub), new RegExp(`management\\S* +UP +${HUB_ADDRESS}/30`))

  const ping = async (machine = lab.sensor, to = HUB_ADDRESS): Promise<number | null> =>
    (await machine.exec('ping', ['-n', '-c', '1', '-W', '1', to])).code
  t.equal(await ping(lab.sensor), 0, 'the sensor reaches its hub')
  t.not(await ping(lab.attacker, HUB_ADDRESS), 0, 'an attacker does not')
  t.not(await ping(lab.attacker, SENSOR_ADDRESS), 0, 'nobody answers for the sensor but the agent')
  t.match(await lab.attacker.exec('sh', ['-c', 'cat; exit 3'], { input: 'said' }), {
    code: 3,
    stdout: 'said',
  })
})

t.test('several attackers reach each other through a switch', { skip: !root }, async (t) => {
  const lab = await createLab({ attackers: 2 })
  t.teardown(() => lab.close())
  const ping = await lab.attackers[1]?.exec('ping', ['-n', '-c', '1', '-W', '1', '198.18.0.1'])
  t.equal(ping?.code, 0)
})

t.test('closing ends what still runs, twice is once', { skip: !root }, async (t) => {
  const lab = await createLab()
  const stubborn = lab.hub.spawn('sh', ['-c', 'trap "" TERM; (sleep 600 & wait); sleep 600'], {
    stdio: 'ignore',
  })
  const ended = once(stubborn, 'exit')
  await lab.close()
  await ended
  t.same(mine(process.pid), [])
  await lab.close()
})

t.test('a lab that cannot be finished leaves nothing', { skip: !root }, async (t) => {
  await t.rejects(createLab({ attackers: 0 }), RangeError)
  t.same(mine(process.pid), [])
})

/** A process of its own that makes a lab, starts something in it, and then does `then`. */
async function owner(then: string): Promise<{ child: ReturnType<typeof spawn>; pid: number }> {
  const source = `
    import { createLab } from ${JSON.stringify(new URL('./lab/lab.ts', import.meta.url).href)}
    const lab = await createLab()
    lab.sensor.spawn('sleep', ['600'], { stdio: 'ignore' })
    console.log('made')
    ${then}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (child.stdout === null || child.pid === undefined) throw new Error('no child')
  await once(child.stdout, 'data')
  return { child, pid: child.pid }
}

t.test('an exception in its owner removes the lab', { skip: !root }, async (t) => {
  const { child, pid } = await owner('throw new Error("on purpose")')
  const [code] = await once(child, 'exit')
  t.not(code, 0)
  t.same(mine(pid), [])
})

t.test('so does SIGINT', { skip: !root }, async (t) => {
  const { child, pid } = await owner('setInterval(() => {}, 1000)')
  t.equal(mine(pid).length, 3)
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  t.equal(code, 130)
  t.same(mine(pid), [])
})

t.test('after SIGKILL the next lab, or a sweep, does it', { skip: !root }, async (t) => {
  const { child, pid } = await owner('setInterval(() => {}, 1000)')
  t.same(
    (await sweepLeftovers()).filter((name) => mine(pid).includes(name)),
    [],
    'not while it lives',
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal(mine(pid).length, 3, 'nobody was there to clean up')
  t.equal((await sweepLeftovers()).filter((name) => name.includes(`-${pid}-`)).length, 3)
  t.same(mine(pid), [])
})
