/**
 * The start command: checks the environment and the database first, so that a wrong one ends in a single line and a
 * code that is not zero, then serves until a signal ends it. Several workers are processes that share the port.
 */

import cluster from 'node:cluster'
import { rmSync } from 'node:fs'

import { createApplication } from './application.js'
import { checkDatabase, UnreachableError } from './database.js'
import { readSettings, SettingsError } from './settings.js'

const EXIT_FAILED = 1
const EXIT_BAD_ENVIRONMENT = 2

async function main() {
  // What --perf-basic-prof-only-functions writes would stay behind.
  process.on('exit', () => rmSync(`/tmp/perf-${process.pid}.map`, { force: true }))
  const settings = readSettings(process.env)
  if (cluster.isPrimary && settings.databaseUrl !== null) {
    await checkDatabase(settings.databaseUrl)
  }
  if (cluster.isPrimary && settings.workers > 1) {
    runWorkers(settings.workers)
    return
  }
  const app = createApplication(settings)
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => app.close())
  }
  await app.listen({ host: settings.host, port: settings.port })
}

/** A worker that ends by itself ends them all: fewer than were asked for would measure something else. */
function runWorkers(count) {
  let ending = false
  const end = () => {
    ending = true
    Object.values(cluster.workers).forEach((worker) => worker.process.kill('SIGTERM'))
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  cluster.on('exit', (worker, code, signal) => {
    if (!ending) {
      process.stderr.write(`app: worker ${worker.process.pid} ended by itself (${signal ?? code})\n`)
      process.exitCode = EXIT_FAILED
      end()
    }
  })
  for (let worker = 0; worker < count; worker++) {
    cluster.fork()
  }
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
  process.stderr.write(`app: ${describe(error)}\n`)
  process.exit(error instanceof SettingsError ? EXIT_BAD_ENVIRONMENT : EXIT_FAILED)
})
