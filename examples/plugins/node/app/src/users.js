/** The workload `users`: the first hundred by id. */

const READ_USERS = {
  // Named: prepared once per connection.
  name: 'read_users',
  text: 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1',
  values: [100],
}

const TEXT = { type: 'string' }
const ANSWER = {
  type: 'array',
  items: { type: 'object', properties: { user_id: TEXT, username: TEXT, email: TEXT } },
}

/** Adds `GET /users`. */
export async function users(app, { pool }) {
  app.get('/users', { schema: { response: { 200: ANSWER } } }, async function readUsers() {
    const { rows } = await pool.query(READ_USERS)
    return rows
  })
}
