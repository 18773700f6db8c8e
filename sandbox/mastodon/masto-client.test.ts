import { createHash } from 'node:crypto'
import { createOAuthAPIClient, createRestAPIClient } from 'masto'
import { expect, test } from 'vitest'
import { sandboxAtRoot } from '../../test/sandbox-at-root.ts'
import { consentTo } from '../../test/simulated-consent.ts'
import { mastodonAllowances } from '../../test/spec-validation/mastodon-allowances.ts'
import { openApiValidator } from '../../test/spec-validation/openapi.ts'
import { observedExchanges, observedMount } from '../../test/spec-validation/sandbox-exchanges.ts'
import { sharedSpec } from '../../test/spec-validation/shared-spec.ts'

const redirectUri = 'http://127.0.0.1/callback'
const scopes = 'read:accounts read:statuses write:statuses write:media write:favourites read'

test('the public client connects, publishes a thread with pictures and a video, reads it, and deletes it', async (context) => {
  await using server = await sandboxAtRoot('mastodon')
  const anyone = createRestAPIClient({ url: server.origin })
  const oauth = createOAuthAPIClient({ url: server.origin })

  const registered = await anyone.v1.apps.create({
    clientName: 'A client',
    redirectUris: redirectUri,
    scopes,
  })
  const app = { clientId: String(registered.clientId), clientSecret: String(registered.clientSecret) }
  await oauth.token.create({ grantType: 'client_credentials', ...app, redirectUri })
  const verifier = 'v'.repeat(64)
  const authorize = new URL(`${server.origin}/oauth/authorize`)
  authorize.search = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope: scopes,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const token = await oauth.token.create({
    grantType: 'authorization_code',
    code: await consentTo(authorize.href),
    ...app,
    redirectUri,
    // The client's types do not know PKCE yet; what is given is sent.
    ...{ codeVerifier: verifier },
  })
  const client = createRestAPIClient({ url: server.origin, accessToken: token.accessToken })

  const me = await client.v1.accounts.verifyCredentials()
  expect(me.username).toBe('ada')
  const instance = await client.v2.instance.fetch()
  expect(instance.configuration.statuses.maxCharacters).toBe(500)

  const upload = (bytes: Uint8Array, type: string, description: string) =>
    client.v2.media.create({ file: new File([new Uint8Array(bytes)], 'file', { type }), description })
  const picture = await upload(png, 'image/png', 'A red dot')
  const clip = await upload(Buffer.from('not really a film'), 'video/mp4', 'A film')
  expect([picture.type, clip.type]).toEqual(['image', 'video'])
  expect(clip.url).toBeTruthy()

  const first = await client.v1.statuses.create(
    { status: 'Hello *world* & https://example.com/a #Tag\n\nBye', mediaIds: [picture.id] },
    { requestInit: { headers: { 'idempotency-key': 'one' } } },
  )
  expect(first.content).toContain('<p>Hello *world* &amp; <a href="https://example.com/a"')
  expect(first.mediaAttachments[0]?.description).toBe('A red dot')
  expect(first.tags).toMatchObject([{ name: 'tag' }])
  const again = await client.v1.statuses.create(
    { status: 'whatever is asked the second time' },
    { requestInit: { headers: { 'idempotency-key': 'one' } } },
  )
  expect(again.id).toBe(first.id)
  const answer = await client.v1.statuses.create({
    status: 'And a film',
    mediaIds: [clip.id],
    inReplyToId: first.id,
    spoilerText: 'moving pictures',
    visibility: 'unlisted',
  })
  await client.v1.statuses.create({
    status: 'Tea or coffee?',
    poll: { options: ['Tea', 'Coffee'], expiresIn: 3600 },
  })

  const list = client.v1.accounts.$select(me.id).statuses
  const pages: string[][] = []
  for await (const page of list.list({ limit: 2 })) pages.push(page.map(({ id }) => id))
  expect(pages.flat()).toHaveLength(3)
  expect(pages.flat().slice(-2)).toEqual([answer.id, first.id])
  const thread = await client.v1.statuses.$select(first.id).context.fetch()
  expect(thread.descendants.map(({ id }) => id)).toEqual([answer.id])

  await createRestAPIClient({ url: server.origin, accessToken: 'A reader' })
    .v1.statuses.$select(first.id)
    .favourite()
  const [counted] = await client.v1.statuses.fetch({ id: [first.id] })
  expect(counted).toMatchObject({ favouritesCount: 1, repliesCount: 1 })

  await client.v1.statuses.$select(answer.id).remove()
  await expect(client.v1.statuses.$select(answer.id).fetch()).rejects.toThrow('Record not found')
  await oauth.revoke({ ...app, token: token.accessToken })
  await expect(client.v1.accounts.verifyCredentials()).rejects.toThrow('The access token was revoked')

  const spec = sharedSpec('mastodon/openapi.json')
  if (!spec) return context.annotate('not held against the description: ../shared/specs is absent')
  const validator = openApiValidator(spec, {
    mount: observedMount('mastodon'),
    oneOfIsAnyOf: true,
    formsAsJson: true,
    allow: mastodonAllowances,
  })
  expect(validator.check(await observedExchanges(server.exchanges))).toEqual([])
})

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)
