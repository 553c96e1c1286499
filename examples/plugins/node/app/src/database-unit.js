/** The database unit: its statements, in which order and in whose transaction. */

import { randomUUID } from 'node:crypto'

const INSERTS = 10
/** So many of the inserted rows, the first ones, are updated. */
const UPDATES = 5

// Named: prepared once per connection.
const INSERT = {
  name: 'insert_user',
  text: 'INSERT INTO users (name, email, age, created_at, updated_at) VALUES ($1, $2, $3, $4, $5) RETURNING id',
}
const UPDATE = {
  name: 'update_user',
  text: 'UPDATE users SET name = $1, email = $2, age = $3, created_at = $4, updated_at = $5 WHERE id = $6',
}
const DELETE = { name: 'delete_user', text: 'DELETE FROM users WHERE id = $1' }
const COUNT = { name: 'count_users', text: 'SELECT COUNT(*) FROM users' }

/** Does the units one after the other on one connection, which is taken once and goes back at the end. */
export async function runDatabaseUnits(pool, units, transaction) {
  if (units === 0) {
    return
  }
  const client = await pool.connect()
  let broken = false
  try {
    if (transaction === 'per-request') {
      await inTransaction(client, async () => {
        for (let unit = 0; unit < units; unit++) {
          await changeUsers(client)
          await client.query(COUNT)
        }
      })
    } else {
      for (let unit = 0; unit < units; unit++) {
        await inTransaction(client, () => changeUsers(client))
        await client.query(COUNT)
      }
    }
  } catch (error) {
    broken = !(await isRolledBack(client))
    throw error
  } finally {
    client.release(broken)
  }
}

async function inTransaction(client, work) {
  await client.query('BEGIN')
  await work()
  await client.query('COMMIT')
}

/** Ends what is open; a connection that cannot even do that is not to be lent again. */
async function isRolledBack(client) {
  try {
    await client.query('ROLLBACK')
    return true
  } catch {
    return false
  }
}

/** Does the part of a unit that is one transaction, 26 of its 27 statements, each a round trip of its own. */
async function changeUsers(client) {
  const rows = []
  const tag = unitTag()
  for (let number = 0; number < INSERTS; number++) {
    const user = newUser(tag, number)
    const inserted = await client.query({ ...INSERT, values: columns(user) })
    rows.push({ id: inserted.rows[0].id, user })
  }
  await client.query(COUNT)
  for (const { id, user } of rows.slice(0, UPDATES)) {
    const updated = { ...user, name: `Updated ${user.name}`, updatedAt: new Date() }
    await client.query({ ...UPDATE, values: [...columns(updated), id] })
  }
  for (const { id } of rows) {
    await client.query({ ...DELETE, values: [id] })
  }
}

function newUser(tag, number) {
  const now = new Date()
  return {
    name: `User ${tag}_${number}`,
    email: `user${tag}_${number}@example.com`,
    age: 20 + (number % 50),
    createdAt: now,
    updatedAt: now,
  }
}

/** Gives a row's values in the order of the statements. */
function columns({ name, email, age, createdAt, updatedAt }) {
  return [name, email, age, createdAt, updatedAt]
}

/** Makes the names of a unit its own: microseconds since 1970, and 8 random hex digits. */
function unitTag() {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000)
  return `${microseconds}_${randomUUID().slice(0, 8)}`
}
