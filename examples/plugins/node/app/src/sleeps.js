/**
 * Three of the workloads `sleep-*`. The fourth blocks a thread, of which Node has one for all its requests.
 *
 * A task answers the number it was given, so that the messages tell which task was fed what.
 */

import { setTimeout as sleep } from 'node:timers/promises'

import { Semaphore } from './semaphore.js'

const AT_A_TIME = 3

/** Adds the three routes. */
export async function sleeps(app, { sleepSeconds }) {
  const task = (number) => sleep(sleepSeconds * 1000, number)

  app.get('/async_independent', async () => {
    const first = await task(1)
    const second = await task(2)
    const third = await task(3)
    return { message: `Async tasks completed with ${first}, ${second}, ${third}` }
  })

  app.get('/async_dependent', async () => {
    const first = await task(1)
    const second = await task(first)
    const third = await task(second)
    return { message: `Async tasks completed with ${first}, ${second}, ${third}` }
  })

  app.get('/async_concurrent', async () => {
    const semaphore = new Semaphore(AT_A_TIME)
    const answers = await Promise.all([0, 1, 2].map((number) => semaphore.run(() => task(number))))
    return { message: `Async tasks completed with [${answers.join(', ')}]` }
  })
}
