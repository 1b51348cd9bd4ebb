/** Host keys that follow from the identity: the same for ever for this machine, other ones for every other. */
import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto'
import ssh2, { type ParsedKey } from 'ssh2'
import { Writer } from '../bytes.ts'
import type { Identity } from '../protocol.ts'

/** PKCS #8 of an Ed25519 key (RFC 8410, 7) up to the seed. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
/** Order of the group of NIST P-256 (SEC 2, 2.4.2). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const CIPHER_BLOCK_BYTES = 8

/** In the order in which OpenSSH offers them. */
export function hostKeys(identity: Identity): ParsedKey[] {
  return [
    parsed(ecdsa(identity.secret('ssh ecdsa-nistp256 host key', 32))),
    parsed(ed25519(identity.secret('ssh ed25519 host key', 32))),
  ]
}

function parsed(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text)
  if (key instanceof Error) throw key
  return key
}

export function ed25519(seed: Buffer): string {
  const pkcs8 = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const point = Buffer.from(createPublicKey(pkcs8).export({ format: 'jwk' }).x ?? '', 'base64url')
  const type = 'ssh-ed25519'
  const publicKey = string(string(new Writer(), type), point).end()
  const fields = string(string(new Writer(), point), Buffer.concat([seed, point])).end()
  return openSsh(type, publicKey, fields)
}

export function ecdsa(seed: Buffer): string {
  const scalar = (BigInt(`0x${seed.toString('hex')}`) % (P256_ORDER - 1n)) + 1n
  const secret = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex')
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(secret)
  const point = curve.getPublicKey()
  const type = 'ecdsa-sha2-nistp256'
  const named = (): Writer => string(new Writer(), 'nistp256')
  const publicKey = new Writer()
    .bytes(string(new Writer(), type).end())
    .bytes(string(named(), point).end())
  return openSsh(type, publicKey.end(), string(string(named(), point), mpint(secret)).end())
}

const string = (to: Writer, value: string | Buffer): Writer => {
  const bytes = Buffer.from(value)
  return to.u32be(bytes.length).bytes(bytes)
}

/** RFC 4251, 5: no needless leading zeros, one where the number would look negative. */
function mpint(bytes: Buffer): Buffer {
  let at = 0
  while (bytes[at] === 0) at++
  const rest = bytes.subarray(at)
  return (rest[0] ?? 0) < 0x80 ? rest : Buffer.concat([Buffer.from([0]), rest])
}

/** OpenSSH's PROTOCOL.key, unencrypted. */
function openSsh(type: string, publicKey: Buffer, fields: Buffer): string {
  const secret = new Writer().u32be(0).u32be(0)
  string(secret, type).bytes(fields)
  string(secret, '')
  for (let pad = 1; secret.length % CIPHER_BLOCK_BYTES !== 0; pad++) secret.u8(pad)
  const file = new Writer().text('openssh-key-v1\0')
  string(string(string(file, 'none'), 'none'), '').u32be(1)
  string(string(file, publicKey), secret.end())
  const lines =
    file
      .end()
      .toString('base64')
      .match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}
