/**
 * A network in a process of its own, so that it goes on when the server that publishes to it is killed (answers 3.14).
 * Prints its address; ends with its parent.
 *
 *     POST /posts {protection, key, account, text}   publishes; the text may ask for trouble, see below
 *     POST /find {key | text, account}               {id} or {id: null}
 *     POST /poll {token, key}                        whether a pending post is done
 *     GET  /all                                      every visible post, in the order they appeared
 *
 * In a text: `#slow` accepts 300 ms after the request has come, whether or not anybody still waits for the answer;
 * `#silent` accepts at once and never answers; `#pending` answers with a token, and is done at the third poll.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface VisiblePost {
  id: string
  key: string
  account: string
  text: string
}

const posts: VisiblePost[] = []
const polls = new Map<string, number>()
let requests = 0

const server = createServer(async (request, response) => {
  const body = await readBody(request)
  switch (request.url) {
    case '/all':
      return send(response, { posts, requests })
    case '/posts':
      return publish(body, response)
    case '/find': {
      const isIt = (post: VisiblePost) =>
        post.account === body.account && (body.key ? post.key === body.key : post.text === body.text)
      return send(response, { id: posts.find(isIt)?.id ?? null })
    }
    case '/poll': {
      const times = (polls.get(body.token ?? '') ?? 0) + 1
      polls.set(body.token ?? '', times)
      if (times < 3) return send(response, { outcome: 'pending', token: body.token, pollAfterMs: 50 })
      return send(response, accepted(accept(JSON.parse(body.token ?? '{}'))))
    }
  }
  response.writeHead(404).end()
})

function publish(body: Record<string, string>, response: ServerResponse) {
  requests++
  const post = { key: body.key ?? '', account: body.account ?? '', text: body.text ?? '' }
  const known = body.protection === 'idempotent' && posts.find(({ key }) => key === post.key)
  if (known) return send(response, accepted(known))
  if (post.text.includes('#pending'))
    return send(response, { outcome: 'pending', token: JSON.stringify(post), pollAfterMs: 50 })
  if (post.text.includes('#slow')) return setTimeout(() => send(response, accepted(accept(post))), 300)
  const visible = accept(post)
  if (!post.text.includes('#silent')) send(response, accepted(visible))
}

function accept(post: Omit<VisiblePost, 'id'>): VisiblePost {
  const visible = { ...post, id: String(posts.length + 1) }
  posts.push(visible)
  return visible
}

const accepted = ({ id }: VisiblePost) => ({ outcome: 'accepted', externalId: id, url: null, data: null })

function send(response: ServerResponse, body: unknown) {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readBody(request: IncomingMessage): Promise<Record<string, string>> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text ? JSON.parse(text) : {}
}

server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.on('disconnect', () => process.exit())
