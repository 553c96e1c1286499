/** The pool of one worker, and what it means that a database does not answer. */

import pg from 'pg'

import { POOL_TIMEOUT_MS } from './settings.js'

/** No working connection is to be had: at start this ends the process, on /health it is a 503. */
export class UnreachableError extends Error {
  constructor(reason) {
    // A refusal by every address of a name has a code and no message. No message of the driver holds the password.
    const seen = (reason.message || reason.code || reason.name).split('\n', 1)[0]
    super(`DATABASE_URL: saw '${seen}', expected a PostgreSQL that answers there`, { cause: reason })
  }
}

/** Connects once and leaves nothing open. */
export async function checkDatabase(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: POOL_TIMEOUT_MS })
  try {
    await client.connect()
    await client.end()
  } catch (error) {
    throw new UnreachableError(error)
  }
}

/** Gives a pool that connects when it is asked and keeps its connections: by default it would close idle ones. */
export function createPool(url, size, lost) {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: POOL_TIMEOUT_MS,
  })
  // A connection broke that nobody uses; the pool opens another.
  pool.on('error', lost)
  return pool
}

/** Runs one statement on a pooled connection. */
export async function ask(pool) {
  try {
    await pool.query('SELECT 1')
  } catch (error) {
    throw new UnreachableError(error)
  }
}
