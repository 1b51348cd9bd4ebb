/**
 * One login as the worms of 2002 still send it: a TDS 4.2 login record in two packets of 504 and 63 bytes, from an
 * application called squelda 1.0. Layout: [MS-TDS] has 7.x only; the fields of the record before it, each a fixed
 * field followed by its length, are those of the TDS 4.2 and 5.0 descriptions. node squelda.ts HOST PORT USER PASSWORD
 */
import { createConnection } from 'node:net'

const PATIENCE_MS = 5000
const LOGIN = 0x02
const END_OF_MESSAGE = 0x01
const FIRST_PACKET_BYTES = 504

/** `size` bytes of text, zeros behind it, and its length in one byte. */
function field(text: string, size: number): Buffer {
  const bytes = Buffer.alloc(size + 1)
  bytes[size] = bytes.write(text, 0, size, 'latin1')
  return bytes
}

/** 8 bytes: type, status, length with header (big-endian), channel, packet number, window. */
function packet(status: number, body: Buffer): Buffer {
  const header = Buffer.from([LOGIN, status, 0, 0, 0, 0, 2, 0])
  header.writeUInt16BE(header.length + body.length, 2)
  return Buffer.concat([header, body])
}

export function loginRecord(server: string, user: string, password: string): Buffer {
  const record = Buffer.concat([
    field('', 30), // host name
    field(user, 30),
    field(password, 30),
    field('00000000', 30), // host process
    Buffer.from([3, 1, 6, 10, 9, 1]), // byte orders and formats of the client
    Buffer.from([0, 0, 0, 0, 2, 0, 0, 0, 0, 0]), // bulk copy, net buffer
    field('squelda 1.0', 30), // application
    field(server, 30),
    field(`\0${String.fromCharCode(password.length)}${password}`, 255), // password for remote servers
    Buffer.from([4, 2, 0, 0]), // TDS version
    field('DB-Library', 10),
    Buffer.from([0, 0, 0, 0]), // library version
    Buffer.from([0, 13, 17]), // conversions
    field('us_english', 30),
    Buffer.alloc(14), // language notice, security
    field('iso_1', 30),
    Buffer.from([0]), // character set notice
    field('512', 6), // packet size
    Buffer.alloc(3),
  ])
  return Buffer.concat([
    packet(0, record.subarray(0, FIRST_PACKET_BYTES)),
    packet(END_OF_MESSAGE, record.subarray(FIRST_PACKET_BYTES)),
  ])
}

if (import.meta.main) {
  const [host = '', port = '', user = 'sa', password = ''] = process.argv.slice(2)
  const socket = createConnection({ host, port: Number(port) }, () => {
    socket.write(loginRecord(host, user, password))
  })
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')))
  socket.once('data', (answer) => {
    console.log(`answer: ${answer.toString('hex')}`)
    socket.end()
  })
  socket.once('error', (error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
