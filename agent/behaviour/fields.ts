/** An observation as named texts: what rules look at. */
import type { Observation } from '../../protocols/observation.ts'
import { type Encoding, MAX_VIEW_CHARS, views } from './decode.ts'

/** Every field name has a bit: those below, and each header or extra field that a rule names. */
const MAX_FIELDS = 32
const HEADER = 'headers.'
const EXTRA = 'fields.'
/** All fields of the observation. */
export const ANY = 'any'

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'request.verb': 'none',
  'request.target': 'form',
  body: 'form',
  /** All headers, `name: value` a line. */
  headers: 'percent',
  'command.text': 'none',
  'credential.user': 'none',
  'credential.secret': 'none',
  'credential.method': 'none',
  'client.software': 'none',
  /** All extra fields of a credential or client, `name: value` a line. */
  fields: 'none',
  'file.name': 'none',
  /** The opening bytes of a flow that no protocol has claimed, latin1. */
  payload: 'form',
}

/** One field of the observation at hand. `bit` is that of its name; `views` as in decode.ts. */
export type Field = { readonly bit: number; readonly views: readonly string[] }

export class Fields {
  readonly #bits = new Map(Object.keys(ENCODINGS).map((name, i) => [name, 1 << i]))
  readonly #headers: string[] = []
  readonly #extras: string[] = []

  /** The bit of a field name; all bits for 'any'. Throws TypeError for a name that is none. */
  bit(name: string): number {
    if (name === ANY) return -1
    const known = this.#bits.get(name)
    if (known !== undefined) return known
    if (!name.startsWith(HEADER) && !name.startsWith(EXTRA))
      throw new TypeError(`no field '${name}'`)
    if (this.#bits.size === MAX_FIELDS) throw new TypeError(`more than ${MAX_FIELDS} fields in use`)
    if (name.startsWith(HEADER)) this.#headers.push(name.slice(HEADER.length))
    if (name.startsWith(EXTRA)) this.#extras.push(name.slice(EXTRA.length))
    const bit = 1 << this.#bits.size
    this.#bits.set(name, bit)
    return bit
  }

  of(observation: Observation): readonly Field[] {
    const out: Field[] = []
    switch (observation.kind) {
      case 'request':
        this.#add(out, 'request.verb', observation.verb)
        this.#add(out, 'request.target', observation.target)
        this.#record(out, 'headers', HEADER, this.#headers, observation.headers)
        this.#add(out, 'body', observation.body)
        break
      case 'command':
        this.#add(out, 'command.text', observation.text)
        break
      case 'credential':
        this.#add(out, 'credential.user', observation.user)
        this.#add(out, 'credential.secret', observation.secret)
        this.#add(out, 'credential.method', observation.method)
        this.#record(out, 'fields', EXTRA, this.#extras, observation.fields)
        break
      case 'client':
        this.#add(out, 'client.software', observation.software)
        this.#record(out, 'fields', EXTRA, this.#extras, observation.fields)
        break
      case 'file':
        this.#add(out, 'file.name', observation.name)
        break
      case 'malformed':
        break
    }
    return out
  }

  payload(text: string): readonly Field[] {
    const out: Field[] = []
    this.#add(out, 'payload', text)
    return out
  }

  #add(out: Field[], name: string, text: string | undefined, encoding = ENCODINGS[name]): void {
    if (text === undefined || text === '') return
    out.push({ bit: this.#bits.get(name) ?? 0, views: views(text, encoding ?? 'none') })
  }

  #record(
    out: Field[],
    name: string,
    prefix: string,
    wanted: readonly string[],
    record: Readonly<Record<string, string>> | undefined,
  ): void {
    if (record === undefined) return
    let all = ''
    for (const key in record) {
      all += `${key}: ${record[key]}\n`
      if (all.length > MAX_VIEW_CHARS) break
    }
    this.#add(out, name, all)
    for (const key of wanted) this.#add(out, prefix + key, record[key], ENCODINGS[name])
  }
}
