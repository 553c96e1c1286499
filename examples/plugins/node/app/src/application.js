/** How the application is put together: what it always serves, and what only with a database. */

import Fastify, { LogController } from 'fastify'

import { ask, createPool, UnreachableError } from './database.js'
import { readFacts } from './facts.js'
import { ioIntensive } from './io-intensive.js'
import { sleeps } from './sleeps.js'
import { users } from './users.js'

const SERVER_ERROR = 500
const UNAVAILABLE = 503
const LOOK_EVERY_MS = 50

export function createApplication(settings) {
  const app = Fastify({
    logger: { level: 'info', stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
  })
  const pool = settings.databaseUrl === null ? null : openPool(app, settings)

  app.setErrorHandler(answerError)
  app.get('/health', async () => {
    if (pool !== null) {
      await ask(pool)
    }
    return { status: 'ok' }
  })
  app.get('/facts', async () => readFacts(app, settings, pool))
  app.register(sleeps, { sleepSeconds: settings.sleepSeconds })
  if (pool !== null) {
    app.register(users, { pool })
    app.register(ioIntensive, { pool, settings })
  }
  return app
}

/**
 * Answers the requests under way, and takes no other.
 *
 * Node closes the connections that are idle when its server closes. One that was busy then stays open once it has its
 * answer, until its client has said nothing for a minute.
 */
export async function closeApplication(app) {
  const looking = setInterval(() => app.server.closeIdleConnections(), LOOK_EVERY_MS)
  await app.close()
  clearInterval(looking)
}

function openPool(app, settings) {
  const pool = createPool(settings.databaseUrl, settings.poolSize, (error) => app.log.warn(error, 'connection lost'))
  app.addHook('onClose', () => pool.end())
  return pool
}

/** A failure is logged and never swallowed; what it was is not the client's to know. */
function answerError(error, request, reply) {
  if (error instanceof UnreachableError) {
    return reply.code(UNAVAILABLE).send({ status: 'unreachable', detail: error.message })
  }
  const status = error.statusCode ?? SERVER_ERROR
  if (status < SERVER_ERROR) {
    return reply.code(status).send({ error: error.message })
  }
  request.log.error(error, 'request failed')
  return reply.code(SERVER_ERROR).send({ error: 'Internal Server Error' })
}
