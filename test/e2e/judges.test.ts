/** A share of the judges of test/lab: what nmap makes of three personas, and the honeypot detectors on one. All of it: node test/lab/judge-main.ts. */
import { execPath } from 'node:process'
import t from 'tap'
import { detect, detectors } from '../lab/detectors.ts'
import { expectations } from '../lab/judge-expected.ts'
import { isRight, judgeOs, parseOs } from '../lab/judge-nmap.ts'
import { parseP0f } from '../lab/judge-p0f.ts'
import { parseStates } from '../lab/judge-scans.ts'
import { parseServices } from '../lab/judge-services.ts'
import { judging, named, TOOLS } from '../lab/judge-stage.ts'
import { unable } from './stage.ts'

t.setTimeout(180_000)
const skip = unable(t, TOOLS)
const SYSTEMS = ['ubuntu-22-04', 'windows-server-2016', 'dvr-jaws']
const DETECTED = 'ubuntu-22-04'
const stage = { runtime: execPath, signals: false } as const

t.test('what nmap prints is understood', async (t) => {
  const exact = parseOs(
    'Running: Linux 4.X|5.X\nOS details: Linux 4.15, of a kind\nOS:SCAN(V=7.93%\nOS:E=4)SEQ(SP=106%G\nOS:CD=1)T2(R=N)\n',
    '<osmatch name="Linux 4.15, of a kind" accuracy="100" line="1">',
  )
  t.match(exact, {
    ...{ exact: true, name: 'Linux 4.15, of a kind', accuracy: 100, family: 'Linux' },
    ...{ generation: '4.X|5.X', observed: ['SEQ(SP=106%GCD=1)', 'T2(R=N)'] },
  })
  const guess = parseOs(
    'Running (JUST GUESSING): FreeBSD 12.X|13.X (97%)\nNo exact OS matches\nSEQ(SP=101)\nT2(R=N)\n',
    '<osmatch name="FreeBSD 13" accuracy="97" line="1"><osmatch name="FreeBSD 11" accuracy="95" line="2">',
  )
  t.match(guess, { exact: false, accuracy: 97, family: 'FreeBSD', generation: '12.X|13.X' })
  t.same(guess.names, ['FreeBSD 13'])
  t.same(guess.observed, ['SEQ(SP=101)', 'T2(R=N)'])
  const wanted = { name: /^FreeBSD 1[23]/, known: true }
  t.equal(isRight(guess, wanted), true)
  t.equal(isRight({ ...guess, accuracy: 95 }, wanted), false)
  t.equal(isRight(parseOs('Too many fingerprints match', ''), { name: /./, known: true }), false)
  t.same(parseServices('22/tcp open  ssh     OpenSSH 8.9p1 Ubuntu\n81/tcp open  hosts2-ns?\n'), [
    { port: 22, state: 'open', service: 'ssh', product: 'OpenSSH 8.9p1 Ubuntu' },
    { port: 81, state: 'open', service: 'hosts2-ns?', product: '' },
  ])
  t.same(
    [...parseStates('PORT STATE\n22/tcp  open|filtered ssh\n80/tcp closed http\n')],
    [
      [22, 'open|filtered'],
      [80, 'closed'],
    ],
  )
  t.same(
    parseP0f(
      '.-[ a -> b (syn) ]-\n| os       = x\n.-[ a -> b (syn+ack) ]-\n|\n| os       = Windows 7 or 8\n| raw_sig  = 4:1\n',
    ),
    {
      label: 'Windows 7 or 8',
      raw: '4:1',
    },
  )
})

for (const data of named(SYSTEMS))
  t.test(`nmap -O: ${data.id}`, { skip }, async (t) => {
    const expected = expectations[data.id]?.os ?? { name: /$^/, known: false }
    const { right, runs } = await judging(data, stage, (judged) => judgeOs(judged, expected, 1))
    t.equal(right, 1, (runs[0]?.names ?? []).join(', '))
  })

t.test(`honeypot detectors: ${DETECTED}`, { skip }, async (t) => {
  const [data] = named([DETECTED])
  if (data === undefined) throw new Error('no persona')
  for (const { name, verdict, why } of await judging(data, stage, (judged) => detect(judged))) {
    if (verdict === 'skip') t.comment(`${name}: ${why}`)
    else t.equal(verdict, 'pass', `${name}: ${why}`)
  }
})

t.test('the detectors see what they look for: every door open', { skip }, async (t) => {
  const [data] = named([DETECTED])
  if (data === undefined) throw new Error('no persona')
  const chosen = detectors.filter(({ name }) => /LZR|open ports/.test(name))
  const open = { ...stage, doors: 'all' } as const
  const found = await judging(data, open, (judged) => detect(judged, chosen))
  t.same(
    found.map(({ verdict }) => verdict),
    ['fail', 'fail'],
  )
})
