import type { FastifyReply } from 'fastify'

/** A whole HTTP answer. `body`: an object goes out as JSON, a string as it is. */
export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

/** Thrown by a handler to answer anything but success. */
export class Refused extends Error {
  readonly answer: Answer
  constructor(answer: Answer) {
    super(`answered ${answer.status}`)
    this.answer = answer
  }
}

/** Sends a whole answer; simulators use it for anything but a plain 200. */
export function send(reply: FastifyReply, answer: Answer) {
  return reply
    .code(answer.status)
    .headers(answer.headers ?? {})
    .send(answer.body)
}
