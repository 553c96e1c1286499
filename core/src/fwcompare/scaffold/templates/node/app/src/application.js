/** What is served: `/health`, `/facts`, and with a database the workload `users`. */

import { createRequire } from 'node:module'
import inspector from 'node:inspector'

import Fastify from 'fastify'

import { ask, createPool, UnreachableError } from './database.js'

const LIBUV_THREADS = 4
const READ_USERS = {
  // Named: prepared once per connection.
  name: 'read_users',
  text: 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1',
  values: [100],
}
const TEXT = { type: 'string' }
const USERS = {
  type: 'array',
  items: { type: 'object', properties: { user_id: TEXT, username: TEXT, email: TEXT } },
}

export function createApplication(settings) {
  const app = Fastify({ logger: { level: 'info', stream: process.stderr }, disableRequestLogging: true })
  const pool = settings.databaseUrl === null ? null : openPool(app, settings)
  app.setErrorHandler(answerError)
  app.get('/health', async () => {
    if (pool !== null) {
      await ask(pool)
    }
    return { status: 'ok' }
  })
  app.get('/facts', async () => facts(app, settings, pool))
  if (pool !== null) {
    app.get('/users', { schema: { response: { 200: USERS } } }, async function users() {
      const { rows } = await pool.query(READ_USERS)
      return rows
    })
  }
  return app
}

function openPool(app, settings) {
  const pool = createPool(settings.databaseUrl, settings.poolSize, (error) => app.log.warn(error, 'connection lost'))
  app.addHook('onClose', () => pool.end())
  return pool
}

/** A failure is logged and never swallowed; what it was is not the client's to know. */
function answerError(error, request, reply) {
  if (error instanceof UnreachableError) {
    return reply.code(503).send({ status: 'unreachable', detail: error.message })
  }
  const status = error.statusCode ?? 500
  if (status < 500) {
    return reply.code(status).send({ error: error.message })
  }
  request.log.error(error, 'request failed')
  return reply.code(500).send({ error: 'Internal Server Error' })
}

/** What this process really is, asked of the running objects; a worker cannot see how many there are. */
function facts(app, settings, pool) {
  const installed = createRequire(import.meta.url)
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
    // Plugins and hooks around the routes, by name: Fastify cannot list them, so whoever adds one adds it here.
    middlewares: [],
  }
}
