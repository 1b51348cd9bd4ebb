import { gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { MAX_BATCH_BYTES } from '../../../agent/event.ts'
import { parseAck } from '../../../agent/uplink/ack.ts'
import { backoff, LONGEST_DELAY_MS } from '../../../agent/uplink/backoff.ts'
import { encodeBatch } from '../../../agent/uplink/batch.ts'
import { parseBrokerUrl } from '../../../agent/uplink/broker-url.ts'
import { MAX_IN_FLIGHT, MAX_UNACKNOWLEDGED, Window } from '../../../agent/uplink/window.ts'

t.test('window: a pass begins at 1, batches join, a rewind begins again', async (t) => {
  const window = new Window(40)
  t.equal(window.first, 1, 'all before is settled')
  window.sent(100)
  t.equal(window.first, 101)
  window.sent(200)
  t.equal(window.acknowledged(100), 100)
  t.equal(window.first, 201)
  t.equal(window.acknowledged(100), undefined, 'the same again says nothing')
  t.equal(window.acknowledged(50), undefined, 'an older one says nothing')
  window.rewind()
  t.same([window.first, window.cursor, window.waiting], [1, 100, false])
  t.equal(window.acknowledged(9999), 200, 'never beyond what was sent')
  t.equal(window.cursor, 200)
})

t.test('window: bounded on the way and unacknowledged', async (t) => {
  const window = new Window(0)
  let sent = 0
  while (window.open) window.sent(++sent)
  t.equal(sent, MAX_IN_FLIGHT)
  while (sent < 1000) {
    window.inFlight -= 1
    if (!window.open) break
    window.sent(++sent)
  }
  t.equal(sent, MAX_UNACKNOWLEDGED)
  window.acknowledged(10)
  t.ok(window.open)
})

t.test('back-off: full jitter below a ceiling that doubles', async (t) => {
  t.equal(backoff(1, 0.999), 999)
  t.equal(backoff(1, 0), 0)
  t.equal(backoff(4, 0.5), 4000)
  t.equal(backoff(5000, 1), LONGEST_DELAY_MS)
})

t.test('batch: header first, then the rows as they are', async (t) => {
  const rows = [3, 5, 9].map((sequence) => ({ sequence, json: `{"n":${sequence}}` }))
  const batch = encodeBatch('ab', 1, rows)
  t.same(gunzipSync(batch.payload).toString().split('\n'), [
    '{"v":1,"epoch":"ab","first":1,"last":9}',
    '{"n":3}',
    '{"n":5}',
    '{"n":9}',
    '',
  ])
  t.same([batch.last, batch.events, batch.oversize], [9, 3, undefined])
})

/** Text that gzip cannot make much smaller. */
const noise = (bytes: number): string => {
  let text = ''
  for (let n = 1; text.length < bytes; n++) text += Math.sin(n).toString(36).slice(2)
  return text
}

t.test('batch: halved until it fits, and an event that never fits blocks nothing', async (t) => {
  const filler = noise(20_000)
  t.ok(gzipSync(filler).length > 10_000)
  const rows = Array.from({ length: 16 }, (_, i) => ({
    sequence: i + 1,
    json: noise(20_000 + i)
      .split('')
      .reverse()
      .join(''),
  })).map((row, i) => ({ ...row, json: row.json + i * i }))
  const one = encodeBatch('ab', 1, rows.slice(0, 1)).payload.length
  const distinct = rows.map((row, i) => ({ ...row, json: shift(row.json, i) }))
  const batch = encodeBatch('ab', 1, distinct)
  t.ok(batch.payload.length <= MAX_BATCH_BYTES && batch.events < 16 && batch.events > 0)
  t.ok(one < MAX_BATCH_BYTES)
  const huge = encodeBatch('ab', 5, [{ sequence: 7, json: noise(300_000) }, ...rows.slice(8, 9)])
  t.same([huge.events, huge.last, huge.oversize], [0, 7, 7])
  t.equal(gunzipSync(huge.payload).toString(), '{"v":1,"epoch":"ab","first":5,"last":7}\n')
  const bomb = encodeBatch('ab', 1, [{ sequence: 1, json: 'x'.repeat(5 << 20) }])
  t.equal(bomb.oversize, 1, 'more than a hub inflates')
})

/** Another text of the same entropy, so that no row is found again in the one before. */
const shift = (text: string, by: number): string =>
  [...text].map((c) => String.fromCharCode(33 + ((c.charCodeAt(0) * (by + 3) + by) % 89))).join('')

t.test('acknowledgements: anything else is passed over', async (t) => {
  const parse = (text: string) => parseAck(Buffer.from(text))
  t.same(parse('{"epoch":"ab","upto":5}'), { epoch: 'ab', upto: 5, resend: false })
  t.same(parse('{"epoch":"ab","upto":5,"resend":true,"x":1}')?.resend, true)
  for (const wrong of ['', '[]', 'null', '5', '{"epoch":1,"upto":5}', '{"epoch":"a","upto":"5"}'])
    t.equal(parse(wrong), undefined, wrong)
  t.equal(parse(`{"epoch":"ab","upto":5,"x":"${'x'.repeat(2000)}"}`), undefined)
})

t.test('addresses', async (t) => {
  t.same(parseBrokerUrl('mqtt://hub.example'), {
    protocol: 'mqtt',
    host: 'hub.example',
    port: 1883,
  })
  t.same(parseBrokerUrl('mqtts://s%40x:p%3aw@[2001:db8::1]:99'), {
    protocol: 'mqtts',
    host: '2001:db8::1',
    port: 99,
    username: 's@x',
    password: 'p:w',
  })
  for (const wrong of ['', 'hub:1883', 'http://hub', 'mqtt://', 'mqtt://a:b%zz@h'])
    t.equal(parseBrokerUrl(wrong), undefined, wrong)
})
