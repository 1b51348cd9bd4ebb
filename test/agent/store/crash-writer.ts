/** Appends for ever; after each commit it says on stdout what is safe. Run by crash.test.ts, which kills it. */
import { openStore } from '../../../agent/store/open-store.ts'
import { countingRandom, encoded } from './event-text.ts'

const { store } = openStore(process.argv[2] ?? '', { random: countingRandom(), now: 0 })
for (let n = 1; ; n++) {
  store.append(encoded(n))
  if (n % 50 !== 0) continue
  store.commit()
  process.stdout.write(`${store.status().lastSequence}\n`)
  await new Promise((resolve) => setTimeout(resolve, 1))
}
