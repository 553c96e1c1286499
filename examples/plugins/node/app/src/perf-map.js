/** What `--perf-basic-prof-only-functions` leaves behind: the names of compiled functions, where perf looks for them. */

import { rmSync } from 'node:fs'

/** Takes the file of this process away when it ends; a run starts a target dozens of times. */
export function removePerfMapAtExit() {
  if (process.execArgv.includes('--perf-basic-prof-only-functions')) {
    process.on('exit', () => rmSync(`/tmp/perf-${process.pid}.map`, { force: true }))
  }
}
