/** Several workers: processes that share the port, under a primary that hands each its connections in turn. */

import cluster from 'node:cluster'

/**
 * Starts that many workers and waits until they have all ended: after a signal, or because one of them failed, which
 * ends the others too. A run with fewer workers than were asked for would measure something else.
 *
 * @returns {Promise<number>} the exit code
 */
export function runWorkers(count) {
  return new Promise((resolve) => {
    let ending = false
    let code = 0

    const end = () => {
      ending = true
      for (const worker of Object.values(cluster.workers)) {
        worker.process.kill('SIGTERM')
      }
    }
    for (const signal of ['SIGTERM', 'SIGINT']) {
      process.once(signal, end)
    }
    cluster.on('exit', (worker, exitCode, signal) => {
      if (!ending) {
        process.stderr.write(`fwc-node: worker ${worker.process.pid} ended by itself (${signal ?? exitCode})\n`)
        code = 1
        end()
      }
      if (Object.keys(cluster.workers).length === 0) {
        resolve(code)
      }
    })
    for (let worker = 0; worker < count; worker++) {
      cluster.fork()
    }
  })
}
