/**
 * The environment contract, checked once and before anything starts. Every variable is required but DATABASE_URL; the
 * defaults live in target.toml alone, so that no second set of defaults can disagree with the one that a report prints.
 */

/** How long a request waits for a pooled connection before it fails. */
export const POOL_TIMEOUT_MS = 30_000

const LARGEST_NUMBER = 65_535
const LONGEST_SLEEP_S = 3_600
const TRANSACTIONS = ['per-unit', 'per-request']

/** The environment breaks the contract; the message is one line: variable, seen, expected. */
export class SettingsError extends Error {
  constructor(variable, seen, expected) {
    super(`${variable}: saw ${seen}, expected ${expected}`)
  }
}

/**
 * Reads and checks the contract's variables.
 *
 * @param {Record<string, string | undefined>} environment
 * @throws {SettingsError} at the first variable that is missing or out of range
 */
export function settingsFromEnvironment(environment) {
  return Object.freeze({
    host: text(environment, 'HOST', 'an address to listen on, such as 127.0.0.1'),
    port: number(environment, 'PORT', 1),
    databaseUrl: databaseUrl(environment, 'DATABASE_URL'),
    workers: number(environment, 'WORKERS', 1),
    poolSize: number(environment, 'POOL_SIZE', 1),
    sleepSeconds: seconds(environment, 'SLEEP_SECONDS'),
    fileUnits: number(environment, 'FILE_UNITS', 0),
    databaseUnits: number(environment, 'DB_UNITS', 0),
    transaction: transaction(environment, 'TRANSACTION'),
  })
}

function text(environment, variable, expected) {
  const value = environment[variable]
  if (!value) {
    throw new SettingsError(variable, 'nothing', expected)
  }
  return value
}

function number(environment, variable, least) {
  const expected = `a whole number from ${least} to ${LARGEST_NUMBER}`
  const value = text(environment, variable, expected)
  // Not Number() alone: it also takes " 5", "+5", "0x5" and "5e0", which other languages' targets refuse.
  if (!/^[0-9]+$/.test(value) || Number(value) < least || Number(value) > LARGEST_NUMBER) {
    throw new SettingsError(variable, `'${value}'`, expected)
  }
  return Number(value)
}

function seconds(environment, variable) {
  const expected = `a decimal number of seconds from 0 to ${LONGEST_SLEEP_S}, such as 0.5`
  const value = text(environment, variable, expected)
  if (!/^[0-9]+(\.[0-9]+)?$/.test(value) || Number(value) > LONGEST_SLEEP_S) {
    throw new SettingsError(variable, `'${value}'`, expected)
  }
  return Number(value)
}

function transaction(environment, variable) {
  const expected = TRANSACTIONS.join(' or ')
  const value = text(environment, variable, expected)
  if (!TRANSACTIONS.includes(value)) {
    throw new SettingsError(variable, `'${value}'`, expected)
  }
  return value
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
