import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import type { Context } from '../operations/context.ts'
import { isSetUp, setUp } from '../operations/create-first-user.ts'
import { originOf } from './authenticate.ts'

/**
 * The two pages of a server that has no web app yet: `/` says what this is and where things are, `/setup` makes the
 * first user with the one-time link from the console. Plain forms, no script, nothing from elsewhere.
 */
export const welcomePages =
  (ctx: Context): FastifyPluginAsync =>
  async (app) => {
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 10_000 },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )

    app.get('/', async (_request, reply) => page(reply, 'Fanfare', home(await isSetUp(ctx))))

    app.get<{ Querystring: { token?: string } }>('/setup', async (request, reply) => {
      if (await isSetUp(ctx)) return reply.redirect('/', 303)
      return page(reply, 'Set up Fanfare', form({ token: String(request.query.token ?? '') }))
    })

    app.post('/setup', async (request, reply) => {
      const given = formOf(request)
      try {
        if (given.email === '') throw new Refusal('invalid', 'That is not an e-mail address.')
        await setUp(ctx, originOf('mypost', request), given)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        reply.code(error.code === 'forbidden' ? 403 : 400)
        return page(reply, 'Set up Fanfare', form({ ...given, problem: error.message }))
      }
      return page(reply, 'Welcome to Fanfare', welcome(given.email, ctx.settings.publicUrl))
    })
  }

interface Setup {
  token: string
  name: string
  email: string
  password: string
}

function formOf({ body }: FastifyRequest): Setup {
  const given = (body ?? {}) as Record<string, unknown>
  const text = (name: string) => (typeof given[name] === 'string' ? given[name].trim() : '')
  const email = text('email')
  if (!/^[^\s@]+@[^\s@]+\.?[^\s@]*$/.test(email) || email.length > 254)
    return { token: text('token'), name: text('name'), email: '', password: '' }
  return { token: text('token'), name: text('name') || email, email, password: String(given.password ?? '') }
}

/** No script runs here, and the link's token is not sent on to anyone. */
const page = (reply: FastifyReply, title: string, main: string) =>
  reply
    .type('text/html; charset=utf-8')
    .headers({
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    })
    .send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 25%, transparent) }
body { font: 17px/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto 4rem; padding: 0 1.5rem }
h1 { line-height: 1.2; margin: 0 0 .5rem }
ul { padding-left: 1.2rem }
form { display: grid; gap: 1rem; margin-top: 1.5rem }
label { display: grid; gap: .25rem; font-weight: 600 }
input { font: inherit; padding: .5rem .6rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent }
button { font: inherit; font-weight: 600; padding: .6rem 1rem; border: 0; border-radius: .4rem; background: #b3261e; color: white; justify-self: start }
pre { overflow-x: auto; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .4rem; font-size: .85rem }
.problem { border-left: .25rem solid #b3261e; padding-left: .8rem }
</style>
<main><h1>${escaped(title)}</h1>${main}</main>
</html>
`)

const home = (isReady: boolean) => `
<p>This server writes a post once and publishes it on time, once, on every account.</p>
${
  isReady
    ? ''
    : '<p class="problem">There is no user yet. The console shows a one-time link for making the first one; a restart prints a new one.</p>'
}
<ul>
<li><a href="/docs">API documentation</a> for all dialects it speaks, with every call to try</li>
<li><a href="/sandbox">The sandbox feed</a>: what simulated networks have received</li>
<li><a href="/readyz">Health</a> and <a href="/metrics">metrics</a></li>
</ul>`

const form = ({
  token,
  name = '',
  email = '',
  problem,
}: Partial<Setup> & { token: string; problem?: string }) => `
<p>Make the first user. It administers this server and owns its first workspace.</p>
${problem ? `<p class="problem" role="alert">${escaped(problem)}</p>` : ''}
<form method="post" action="/setup">
<input type="hidden" name="token" value="${escaped(token)}">
<label>Your name <input name="name" autocomplete="name" maxlength="100" value="${escaped(name)}"></label>
<label>E-mail address <input name="email" type="email" autocomplete="username" required maxlength="254" value="${escaped(email)}"></label>
<label>Password, 8 characters or more <input name="password" type="password" autocomplete="new-password" required minlength="8" maxlength="200"></label>
<button>Make the first user</button>
</form>`

const welcome = (email: string, publicUrl: string) => `
<p>${escaped(email)} can log in now. The first workspace is a sandbox if you did not choose otherwise: its networks are
simulated, so you can connect accounts and publish without any of your own.</p>
<pre>curl ${escaped(publicUrl)}/api/v1/auth/login \\
  -H 'content-type: application/json' \\
  -d '{"email":"${escaped(email)}","password":"…"}'</pre>
<p>Go on with the <a href="/docs">API documentation</a>, and watch <a href="/sandbox">the sandbox feed</a>.</p>`

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)
