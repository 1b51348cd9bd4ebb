import t from 'tap'
import { isLoopback } from '../../hub/broker.ts'
import { parseEndpoint, parseSettings } from '../../hub/settings.ts'

t.test('defaults', async (t) => {
  t.same(parseSettings(['--state', '/x']), {
    kind: 'run',
    settings: {
      state: '/x',
      listen: { host: '127.0.0.1', port: 8080 },
      mqtt: { host: '127.0.0.1', port: 1883 },
      json: false,
    },
  })
})

t.test('given', async (t) => {
  t.match(parseSettings(['--state=/x', '--listen=[::1]:80', '--mqtt', 'mqtts://a:b@c', '--json']), {
    settings: { listen: { host: '::1', port: 80 }, mqtt: 'mqtts://a:b@c', json: true },
  })
  t.same(parseSettings(['--help', '--bad']), { kind: 'help' })
})

t.test('every fault in one pass, each with its remedy', async (t) => {
  const parsed = parseSettings([
    '--listen',
    'x',
    '--mqtt=http://a',
    '--store',
    'oracle',
    '--bad',
    'y',
  ])
  t.same(parsed, {
    kind: 'faults',
    faults: [
      '--bad: no such flag; see cuttle hub --help',
      "'y' is not expected; see cuttle hub --help",
      '--state: is missing; give a directory, as in --state /var/lib/cuttle-hub',
      "--listen: 'x' is not ADDR:PORT; use 127.0.0.1:8080",
      "--mqtt: 'http://a' is neither ADDR:PORT nor a URL; use 127.0.0.1:1883 or mqtt://host:1883",
      "--store: 'oracle' is not known; use sqlite",
    ],
  })
  t.match(parseSettings(['--state', '/x', '--listen']), {
    kind: 'faults',
    faults: ['--listen: a value is missing; see cuttle hub --help'],
  })
})

t.test('addresses', async (t) => {
  for (const wrong of [
    '',
    'a',
    ':80',
    'a:',
    'a:0',
    'a:65536',
    '::1:80',
    '[::1]',
    'a b:80',
    '[x]:1',
  ])
    t.equal(parseEndpoint(wrong), undefined, wrong)
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) t.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '192.0.2.1', '::', 'hub.example']) t.notOk(isLoopback(host), host)
})
