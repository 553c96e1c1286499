/** Lets so many tasks run at a time; the others wait in the order in which they came. */
export class Semaphore {
  #free
  #waiting = []

  constructor(permits) {
    this.#free = permits
  }

  async run(task) {
    if (this.#free > 0) {
      this.#free--
    } else {
      await new Promise((resolve) => this.#waiting.push(resolve))
    }
    try {
      return await task()
    } finally {
      // A permit is handed on rather than given back, so that nobody comes in between.
      const next = this.#waiting.shift()
      if (next) {
        next()
      } else {
        this.#free++
      }
    }
  }
}
