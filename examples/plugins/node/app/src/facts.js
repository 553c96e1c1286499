/**
 * `GET /facts`: what this process really is, asked of the running objects and the installed packages.
 *
 * `workers` is repeated from the environment, a worker cannot see its siblings; so are the workloads' own settings, which
 * nothing but this application knows.
 */

import inspector from 'node:inspector'
import { createRequire } from 'node:module'

/** Hooks around the routes. Fastify cannot list them at run time: whoever adds one adds it here. */
const MIDDLEWARES = []

/** libuv's own default; nothing here uses its threads but the look-up of a database's host name. */
const LIBUV_THREADS = 4

const installed = createRequire(import.meta.url)

export function readFacts(app, settings, pool) {
  return {
    framework: { name: 'fastify', version: app.version },
    server: { name: 'node:http', version: process.versions.node },
    driver: pool === null ? null : { name: 'pg', version: installed('pg/package.json').version },
    orm: null,
    language: { name: 'node', version: process.versions.node },
    workers: settings.workers,
    threads: Number(process.env.UV_THREADPOOL_SIZE ?? LIBUV_THREADS),
    pool_size: pool === null ? null : pool.options.max,
    event_loop: `libuv ${process.versions.uv}`,
    debug: inspector.url() !== undefined,
    log_level: app.log.level,
    middlewares: MIDDLEWARES,
    sleep_seconds: settings.sleepSeconds,
    file_units: settings.fileUnits,
    db_units: settings.databaseUnits,
    transaction: settings.transaction,
  }
}
