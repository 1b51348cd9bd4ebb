/**
 * node test/traces/make.ts --synthetic | --live [PREFIX] | --golden [PREFIX]
 * --live needs root and the clients; it visits a sensor in namespaces of its own. --golden is to be read before it is kept.
 */
import { writeGolden } from './golden.ts'
import { writeLive } from './live.ts'
import { writeSynthetic } from './synthetic.ts'

const [what, only = ''] = process.argv.slice(2)
if (what === '--synthetic') writeSynthetic()
else if (what === '--live') await writeLive(only)
else if (what === '--golden') await writeGolden(only)
else {
  console.error('make.ts --synthetic | --live [PREFIX] | --golden [PREFIX]')
  process.exitCode = 2
}
