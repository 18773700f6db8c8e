/** The content API over a workspace with accounts on real and made-up networks, and the gateway before it. */
import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import { networksById } from '../server/networks/index.ts'
import { chirp, gallery, testPosting } from './posting.ts'
import { outside, scriptedNetworks } from './scripted-network.ts'

export const gatewayKey = 'the key that only the gateway knows'

export async function testContent() {
  const { script, square, circle } = scriptedNetworks()
  const world = await testPosting([...networksById.values(), chirp, gallery, square, circle])
  world.ctx.settings.contentGatewayKey = gatewayKey
  const { owner } = world
  const chirpId = await world.addAccount('chirp')
  const galleryId = await world.addAccount('gallery')

  /** The gateway, speaking for a user it knows, with the permissions it gives them. */
  const gateway = (
    permissions: string,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    headers: Record<string, string> = {},
  ) =>
    world.app.inject({
      method,
      url,
      ...(payload ? { payload } : {}),
      headers: {
        'x-gateway-key': gatewayKey,
        'x-tenant-id': owner.workspaceId,
        'x-user-id': 'user-7',
        'x-user-permissions': permissions,
        ...headers,
      },
    })

  const slot = (more: object = {}) => ({
    caption: 'Our latest product update!',
    contentType: 'text',
    scheduledAt: world.inAnHour(),
    timezone: 'Asia/Kolkata',
    targets: [{ connectionId: chirpId }],
    ...more,
  })

  /** Through the API; fails the test when it is refused. */
  async function newSlot(more: object = {}, caller = owner) {
    const answer = await caller('POST', '/content/slots', slot(more))
    expect(answer.statusCode, answer.body).toBe(201)
    return answer.json()
  }

  return { ...world, script, outside, chirpId, galleryId, gateway, slot, newSlot }
}

/** Status and code of an answer, as the document's table has them. */
export const told = (answer: LightMyRequestResponse): [number, string | undefined] => [
  answer.statusCode,
  answer.statusCode >= 400 ? answer.json().error.code : undefined,
]
