/** The workload `io-intensive`: file units, then database units, one after the other. */

import { runDatabaseUnits } from './database-unit.js'
import { runFileUnit } from './file-unit.js'

const BODY = { type: 'object' }
const ANSWER = {
  type: 'object',
  properties: {
    file_operations: { type: 'integer' },
    db_operations: { type: 'integer' },
    execution_time: { type: 'number' },
    timestamp: { type: 'number' },
  },
}

/** Adds `POST /io-intensive`: the body is an object, and nothing in it is asked for. */
export async function ioIntensive(app, { pool, settings }) {
  app.post('/io-intensive', { schema: { body: BODY, response: { 200: ANSWER } } }, async function doIoIntensive() {
    const began = performance.now()
    for (let unit = 0; unit < settings.fileUnits; unit++) {
      runFileUnit()
    }
    await runDatabaseUnits(pool, settings.databaseUnits, settings.transaction)
    return {
      file_operations: settings.fileUnits,
      db_operations: settings.databaseUnits,
      execution_time: (performance.now() - began) / 1000,
      timestamp: Date.now() / 1000,
    }
  })
}
