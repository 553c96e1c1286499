/**
 * The start command: checks the environment and the database first, so that a wrong one ends in a single line and a
 * code that is not zero, then serves until a signal ends it.
 */

import cluster from 'node:cluster'

import { closeApplication, createApplication } from './application.js'
import { checkDatabase, UnreachableError } from './database.js'
import { removePerfMapAtExit } from './perf-map.js'
import { settingsFromEnvironment, SettingsError } from './settings.js'
import { runWorkers } from './workers.js'

const EXIT_FAILED = 1
const EXIT_BAD_ENVIRONMENT = 2

async function main() {
  removePerfMapAtExit()
  const settings = settingsFromEnvironment(process.env)
  if (cluster.isPrimary && settings.databaseUrl !== null) {
    await checkDatabase(settings.databaseUrl)
  }
  // A single worker needs no primary beside it, which would cost as much memory again.
  if (cluster.isPrimary && settings.workers > 1) {
    process.exitCode = await runWorkers(settings.workers)
    return
  }
  const app = createApplication(settings)
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => end(app))
  }
  await app.listen({ host: settings.host, port: settings.port })
}

/** Lets the process end by itself: a worker's channel to its primary would keep it. */
async function end(app) {
  await closeApplication(app)
  cluster.worker?.disconnect()
}

/** Says what went wrong in one line; what is not foreseen is a fault of this program and ends with its trace. */
function describe(error) {
  if (error instanceof SettingsError || error instanceof UnreachableError) {
    return error.message
  }
  if (error.syscall === 'listen') {
    return `HOST, PORT: saw '${error.message}', expected an address that is free to listen on`
  }
  return error.stack
}

main().catch((error) => {
  process.stderr.write(`fwc-node: ${describe(error)}\n`)
  process.exit(error instanceof SettingsError ? EXIT_BAD_ENVIRONMENT : EXIT_FAILED)
})
