import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { run } from './script.ts'

const folder = new URL('scripts/', import.meta.url)

for (const name of readdirSync(folder).sort())
  t.doesNotThrow(() => run(readFileSync(new URL(name, folder), 'utf8')), name)

t.test('the language can fail', async (t) => {
  const syn = '+0 < S 0:0(0) win 64240 <mss 1460>'
  const synAck = '+0 > S. 0:0(0) ack 1 win 64240 <mss 1460>'
  t.doesNotThrow(() => run(`${syn}\n${synAck}`))
  for (const wrong of [
    syn,
    synAck,
    `${syn}\n${synAck}\n${synAck}`,
    `${syn}\n${synAck.replace('ack 1', 'ack 2')}`,
    `${syn}\n${synAck.replace('1460>', '1400>')}`,
    `${syn}\n${synAck.replace('+0', '+1')}`,
    `${syn}\n+0 nothing`,
    `${syn}\n${synAck}\n+0 < . 1:1(0) ack 1\n+0 read 1`,
    `${syn}\n${synAck}\n+0 < . 1:1(0) ack 1\n+0 ended fin`,
    '+0 dance',
    'dance',
  ])
    t.throws(() => run(wrong), { name: 'ScriptError' }, wrong)
})
