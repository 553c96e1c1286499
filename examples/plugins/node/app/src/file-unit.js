/**
 * The file unit: write a small JSON file, read it back, remove it.
 *
 * The calls block, on the one thread: the file is tiny and never leaves the page cache, so that handing it to libuv's
 * threads would cost more than it spares. Every target does it so.
 */

import { randomUUID } from 'node:crypto'
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const DATA = 'x'.repeat(1000)

/** Does one unit in the folder for temporary files; the file is removed when a step fails, too. */
export function runFileUnit() {
  const path = join(tmpdir(), `${randomUUID()}.json`)
  // 'wx': a file that is there already is somebody else's.
  writeFileSync(path, JSON.stringify({ timestamp: Date.now() / 1000, data: DATA }), { flag: 'wx', mode: 0o600 })
  try {
    JSON.parse(readFileSync(path, 'utf8'))
  } finally {
    unlinkSync(path)
  }
}
