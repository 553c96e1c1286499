/**
 * The environment that the runner gives, checked once and before anything starts. Every variable but DATABASE_URL is
 * required; the defaults live in target.toml alone, so that no second set of defaults can disagree with the one that a
 * report prints.
 */

/** How long a request waits for a pooled connection before it fails. */
export const POOL_TIMEOUT_MS = 30_000

const HIGHEST_NUMBER = 65_535

/** The environment is wrong; the message is one line: variable, seen, expected. */
export class SettingsError extends Error {
  constructor(variable, seen, expected) {
    super(`${variable}: saw ${seen}, expected ${expected}`)
  }
}

/**
 * Reads and checks the variables.
 *
 * @throws {SettingsError} at the first that is missing or out of range
 */
export function readSettings(environment) {
  return Object.freeze({
    host: text(environment, 'HOST', 'an address to listen on, such as 127.0.0.1'),
    port: number(environment, 'PORT'),
    workers: number(environment, 'WORKERS'),
    poolSize: number(environment, 'POOL_SIZE'),
    databaseUrl: databaseUrl(environment, 'DATABASE_URL'),
  })
}

function text(environment, variable, expected) {
  const value = environment[variable]
  if (!value) {
    throw new SettingsError(variable, 'nothing', expected)
  }
  return value
}

function number(environment, variable) {
  const expected = `a whole number from 1 to ${HIGHEST_NUMBER}`
  const value = text(environment, variable, expected)
  // Not Number() alone: it also takes " 5", "+5", "0x5" and "5e0".
  if (!/^[0-9]+$/.test(value) || Number(value) < 1 || Number(value) > HIGHEST_NUMBER) {
    throw new SettingsError(variable, `'${value}'`, expected)
  }
  return Number(value)
}

function databaseUrl(environment, variable) {
  const expected = 'a URL like postgresql://user:password@127.0.0.1:5432/database'
  if (environment[variable] === undefined) {
    return null
  }
  const value = text(environment, variable, expected)
  // Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
  const [scheme, rest] = value.split('://', 2)
  if (rest === undefined) {
    throw new SettingsError(variable, "a value without '://'", expected)
  }
  if (scheme !== 'postgresql' && scheme !== 'postgres') {
    throw new SettingsError(variable, `${scheme}://...`, expected)
  }
  if (!URL.canParse(value)) {
    throw new SettingsError(variable, 'one that does not parse', expected)
  }
  return value
}
