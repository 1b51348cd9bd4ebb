import t from 'tap'
import { pseudoHeader6 } from '../../../agent/wire/checksum.ts'
import * as mld from '../../../agent/wire/mld.ts'
import { hex } from './rows.ts'

t.test('emit: as Linux 6.18 (own capture)', async (t) => {
  const group = Int32Array.of(0xff020000, 0, 1, 0xff000007)
  const to = Int32Array.of(0xff020000, 0, 0, 0x16)
  const seed = pseudoHeader6(new Int32Array(4), to, mld.PROTOCOL, mld.CHECKED_BYTES)
  const out = new Uint8Array(mld.BYTES + 2).fill(0xee)
  mld.emit(out, 1, mld.TO_EXCLUDE, group, seed)
  const captured = hex(`ee 3a00 0502 0000 0100
    8f00 6f83 0000 0001 0400 0000 ff0200000000000000000001ff000007 ee`)
  t.same([...out], [...captured])
})
