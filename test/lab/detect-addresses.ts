/** Two addresses that one sensor plays must look like two machines. */
import { type Detector, faults, pause, skipped } from './detector.ts'
import { type Heard, linuxOptions, optionBody, SYN } from './segments.ts'

const ROUNDS = 8
const ROUND_MS = 100
const TIMESTAMPS_KIND = 8
/** Two clocks that began as near to each other are one. */
const SAME_CLOCK_TICKS = 2000
/** IDs that follow each other so closely are of one counter. */
const NEXT_ID = 16

const ids: Detector = {
  name: 'two addresses: no shared IP ID counter, no shared timestamp clock',
  async run({ visitor, address, others, ports }) {
    const [other] = others
    if (other === undefined) return skipped('the sensor plays one address only')
    const pairs: [Heard, Heard][] = []
    for (let n = 0; n < ROUNDS; n++) {
      const answers: Heard[] = []
      for (const destination of [address, other]) {
        const answer = await visitor.ask({
          ...{ destination, destinationPort: ports[0] ?? 0, sequence: n, flags: SYN },
          options: linuxOptions(performance.now()),
        })
        if (answer !== undefined) answers.push(answer)
      }
      const [a, b] = answers
      if (a === undefined || b === undefined) return skipped(`${other} does not answer`)
      pairs.push([a, b])
      await pause(ROUND_MS)
    }
    const wrong: string[] = []
    const counted = pairs.every(([a, b]) => a.id !== 0 && ((b.id - a.id) & 0xffff) <= NEXT_ID)
    if (counted) wrong.push('the IDs of both are one counter')
    const clock = (heard: Heard): number | undefined =>
      optionBody(heard, TIMESTAMPS_KIND)?.readUInt32BE(0)
    const clocks = pairs.every(([a, b]) => {
      const [first, second] = [clock(a), clock(b)]
      return (
        first !== undefined &&
        second !== undefined &&
        Math.abs((second - first) | 0) < SAME_CLOCK_TICKS
      )
    })
    if (clocks) wrong.push('the timestamps of both are one clock')
    return faults(wrong, `${ROUNDS} looks at both`)
  },
}

export const addressDetectors: readonly Detector[] = [ids]
