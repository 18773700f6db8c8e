import { asList, asRecord, asString, at } from '../net/read-json.ts'
import { askBuffer, type BufferAccess, type BufferAnswer } from './ask-buffer.ts'

/** A connected page or profile at Buffer; dialect A calls it a profile. */
export interface BufferChannel {
  id: string
  organizationId: string
  /** Buffer's name of the network. */
  service: string
  name: string
  displayName: string | null
  descriptor: string
  avatar: string
  timezone: string
  isDisconnected: boolean
  isLocked: boolean
  isQueuePaused: boolean
}

const channelFields =
  'id organizationId service name displayName descriptor avatar timezone isDisconnected isLocked isQueuePaused'

/** The organizations that the token reaches; proves the token too. */
export async function readOrganizations(access: BufferAccess): Promise<BufferAnswer<string[]>> {
  const answer = await askBuffer(access, 'query Account { account { id organizations { id } } }', {})
  if (answer.outcome !== 'done') return answer
  const ids = asList(at(answer.value, 'account', 'organizations')).map((one) => asString(at(one, 'id')))
  return { outcome: 'done', value: ids.filter((id) => id !== undefined) }
}

/** Buffer allows thirty aliases in one document. */
const organizationsMax = 30

/** The channels of these organizations, in one request. */
export async function readChannels(
  access: BufferAccess,
  organizationIds: string[],
): Promise<BufferAnswer<BufferChannel[]>> {
  const ids = organizationIds.slice(0, organizationsMax)
  if (ids.length === 0) return { outcome: 'done', value: [] }
  const parts = ids.map((_, index) => `o${index}: channels(input: $i${index}) { ${channelFields} }`)
  const answer = await askBuffer(
    access,
    `query Channels(${ids.map((_, index) => `$i${index}: ChannelsInput!`).join(', ')}) { ${parts.join(' ')} }`,
    Object.fromEntries(ids.map((organizationId, index) => [`i${index}`, { organizationId }])),
  )
  if (answer.outcome !== 'done') return answer
  const found = ids.flatMap((_, index) => asList(answer.value[`o${index}`]))
  return { outcome: 'done', value: found.map(channelOf).filter((channel) => channel !== null) }
}

export async function readChannel(access: BufferAccess, id: string): Promise<BufferAnswer<BufferChannel>> {
  const answer = await askBuffer(
    access,
    `query Channel($input: ChannelInput!) { channel(input: $input) { ${channelFields} } }`,
    { input: { id } },
  )
  if (answer.outcome !== 'done') return answer
  const channel = channelOf(answer.value.channel)
  return channel
    ? { outcome: 'done', value: channel }
    : { outcome: 'refused', reason: 'not_found', message: `Buffer has no channel ${id}` }
}

function channelOf(value: unknown): BufferChannel | null {
  const channel = asRecord(value)
  const id = asString(channel?.id)
  if (!channel || !id) return null
  const text = (name: string) => asString(channel[name]) ?? ''
  return {
    id,
    organizationId: text('organizationId'),
    service: text('service'),
    name: text('name'),
    displayName: asString(channel.displayName) ?? null,
    descriptor: text('descriptor'),
    avatar: text('avatar'),
    timezone: text('timezone'),
    isDisconnected: channel.isDisconnected === true,
    isLocked: channel.isLocked === true,
    isQueuePaused: channel.isQueuePaused === true,
  }
}
