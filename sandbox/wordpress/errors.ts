import { type Answer, Refused } from '../answer.ts'

export const error = (status: number, code: string, message: string): Answer => ({
  status,
  body: { code, message, data: { status } },
})
export const refuse = (status: number, code: string, message: string) =>
  new Refused(error(status, code, message))

export const noRoute = error(404, 'rest_no_route', 'No route was found matching the URL and request method.')
export const notLoggedIn = (code: string) => error(401, code, 'Sorry, you are not allowed to do that.')
