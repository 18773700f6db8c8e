import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { World } from '../simulator.ts'
import type { Caller, Callers } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, refuse, unprocessable, validationFailed } from './errors.ts'
import { mediaLimits, pollLimits } from './instance-routes.ts'
import { fieldsOf } from './oauth-routes.ts'
import { type Attachment, newStatusId, type Poll, type Status, tables, type Visibility } from './state.ts'
import { countedLength, graphemes, statusCharactersMax } from './text.ts'

/** The most ids of `GET /api/v1/statuses`. */
const batchMax = 20
/** How long an Idempotency-Key is kept, from when the status was made. */
const keyKeptMs = 3_600_000

export function statusRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { statuses, attachments, keys, favourites } = tables(world)

  const create = {
    simulated: {
      operation: 'statuses.create',
      text: (request: FastifyRequest) => stringOf(fieldsOf(request).status) ?? '',
      account: (request: FastifyRequest) => callers.nameOf(request),
    },
  }
  app.post('/api/v1/statuses', { config: create }, (request, reply) => {
    const caller = callers.person(request, reply, ['write:statuses'], 'posts')
    const given = request.headers['idempotency-key']
    const key = typeof given === 'string' && given !== '' ? `${caller.person.id}:${given}` : null
    const kept = key === null ? undefined : keys.get(key)
    if (kept && kept.expiresAt > world.now().toISOString()) {
      const existing = statuses.get(kept.statusId)
      if (!existing) throw refuse(answers.notFound)
      return entities.status(existing, caller.person)
    }
    const made = makeStatus(fieldsOf(request), caller)
    if (key !== null)
      keys.put(key, {
        statusId: made.id,
        expiresAt: new Date(world.now().getTime() + keyKeptMs).toISOString(),
      })
    return entities.status(made, caller.person)
  })

  function makeStatus(form: Record<string, unknown>, caller: Caller): Status {
    if (form.scheduled_at) throw unprocessable('Scheduled posts are not simulated')
    const media = attachable(listOf(form, 'media_ids'), caller, form.poll !== undefined && form.poll !== null)
    const spoilerText = stringOf(form.spoiler_text) ?? ''
    // A warning without a text becomes the text (PostStatusService#preprocess_attributes!).
    const text = stringOf(form.status)?.trim() ? (stringOf(form.status) ?? '') : spoilerText
    const isMoved = text === spoilerText && !stringOf(form.status)?.trim()
    const replyTo = replyTarget(stringOf(form.in_reply_to_id), caller)
    const visibility = (stringOf(form.visibility) ?? 'public') as Visibility
    if (!['public', 'unlisted', 'private', 'direct'].includes(visibility))
      throw validationFailed('Visibility is not included in the list')
    if (text.trim() === '' && media.length === 0) throw validationFailed("Text can't be blank")
    const spoiler = isMoved ? '' : spoilerText
    if (countedLength(text, spoiler) > statusCharactersMax)
      throw validationFailed(`Text character limit of ${statusCharactersMax} exceeded`)
    const poll = pollOf(form)
    const id = newStatusId(world)
    const status = statuses.put(id, {
      id,
      author: caller.person,
      at: world.now().toISOString(),
      text,
      spoilerText: spoiler,
      visibility,
      sensitive: isTrue(form.sensitive) || spoiler !== '',
      language: stringOf(form.language)?.slice(0, 2) ?? 'en',
      replyTo,
      mediaIds: media.map((one) => one.id),
      poll,
      appName: caller.appName,
    })
    for (const one of media) attachments.put(one.id, { ...one, statusId: id })
    return status
  }

  function attachable(ids: string[], { person }: Caller, hasPoll: boolean): Attachment[] {
    if (ids.length === 0) return []
    if (ids.length > mediaLimits.attachmentsMax || hasPoll)
      throw unprocessable(`Cannot attach more than ${mediaLimits.attachmentsMax} files`)
    const found = ids.map((id) => attachments.get(id))
    const missing = ids.filter((_id, index) => {
      const one = found[index]
      return !one || one.owner !== person.id || one.statusId !== null
    })
    if (missing.length > 0)
      throw unprocessable(`Media ${missing.join(', ')} not found or already attached to another post`)
    const media = found.filter((one): one is Attachment => one !== undefined)
    if (media.length > 1 && media.some(({ type }) => type === 'video' || type === 'audio'))
      throw unprocessable('Cannot attach a video to a post that already contains images')
    if (media.some((one) => one.broken || one.readyAt > world.now().toISOString()))
      throw unprocessable('Cannot attach files that have not finished processing. Try again in a moment!')
    return media
  }

  function replyTarget(id: string | undefined, caller: Caller): string | null {
    if (!id) return null
    const target = statuses.get(id)
    if (!target || !mayRead(target, caller)) throw refuse(answers.replyNotFound)
    return id
  }

  function pollOf(form: Record<string, unknown>): Poll | null {
    const nested = (form.poll ?? {}) as Record<string, unknown>
    const options = form.poll ? listOf(nested, 'options') : listOf(form, 'poll[options]')
    const expiresIn = Number(nested.expires_in ?? form['poll[expires_in]'] ?? Number.NaN)
    if (options.length === 0 && form.poll === undefined) return null
    if (options.length < 2) throw validationFailed('Options must have more than one item')
    if (options.length > pollLimits.optionsMax)
      throw validationFailed(`Options can't contain more than ${pollLimits.optionsMax} items`)
    if (options.some((option) => graphemes(option) > pollLimits.optionCharactersMax))
      throw validationFailed(`Options can't be longer than ${pollLimits.optionCharactersMax} characters each`)
    if (new Set(options).size < options.length) throw validationFailed('Options contain duplicate items')
    if (!(expiresIn <= pollLimits.expirationSecondsMax))
      throw validationFailed('Expires at is too far into the future')
    if (expiresIn < pollLimits.expirationSecondsMin) throw validationFailed('Expires at is too soon')
    return {
      id: String(world.nextNumber('poll')),
      options,
      expiresAt: new Date(world.now().getTime() + expiresIn * 1000).toISOString(),
      multiple: isTrue(nested.multiple ?? form['poll[multiple]']),
      hideTotals: isTrue(nested.hide_totals ?? form['poll[hide_totals]']),
    }
  }

  app.get('/api/v1/statuses', { config: { simulated: { operation: 'statuses.index' } } }, (request) => {
    const caller = callers.anyone(request)
    const ids = listOf(request.query as Record<string, unknown>, 'id')
    if (ids.length > batchMax) throw validationFailed(`Limit of ${batchMax} exceeded`)
    return ids.flatMap((id) => {
      const found = statuses.get(id)
      return found && mayRead(found, caller) ? [entities.status(found, caller?.person ?? null)] : []
    })
  })

  app.get<{ Params: { id: string } }>(
    '/api/v1/statuses/:id',
    { config: { simulated: { operation: 'statuses.get' } } },
    (request) => {
      const caller = callers.anyone(request)
      return entities.status(readable(request.params.id, caller), caller?.person ?? null)
    },
  )

  app.get<{ Params: { id: string } }>(
    '/api/v1/statuses/:id/context',
    { config: { simulated: { operation: 'statuses.context' } } },
    (request) => {
      const caller = callers.anyone(request)
      const me = caller?.person ?? null
      const ancestors: Status[] = []
      let at = readable(request.params.id, caller)
      for (let parent = at.replyTo; parent !== null; parent = at.replyTo) {
        const found = statuses.get(parent)
        if (!found || ancestors.length > 50) break
        ancestors.unshift(found)
        at = found
      }
      const descendants: Status[] = []
      for (const one of statuses.all())
        if ([request.params.id, ...descendants.map(({ id }) => id)].includes(one.replyTo ?? ''))
          descendants.push(one)
      const shown = (list: Status[]) =>
        list.filter((one) => mayRead(one, caller)).map((one) => entities.status(one, me))
      return { ancestors: shown(ancestors), descendants: shown(descendants) }
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/api/v1/statuses/:id',
    { config: { simulated: { operation: 'statuses.delete' } } },
    (request, reply) => {
      const { person } = callers.person(request, reply, ['write:statuses'], 'deletions')
      const found = statuses.get(request.params.id)
      if (!found || found.author.id !== person.id) throw refuse(answers.notFound)
      const answer = { ...entities.status(found, person), text: found.text }
      statuses.delete(found.id)
      return reply.send(answer)
    },
  )

  for (const [verb, isLiked] of [
    ['favourite', true],
    ['unfavourite', false],
  ] as const)
    app.post<{ Params: { id: string } }>(
      `/api/v1/statuses/:id/${verb}`,
      { config: { simulated: { operation: `statuses.${verb}` } } },
      (request, reply) => {
        const caller = callers.person(request, reply, ['write:favourites'])
        const found = readable(request.params.id, caller)
        const key = `${found.id}:${caller.person.id}`
        if (isLiked) favourites.put(key, found.id)
        else favourites.delete(key)
        return { ...entities.status(found, caller.person), favourited: isLiked }
      },
    )

  function readable(id: string, caller: Caller | null): Status {
    const found = statuses.get(id)
    if (!found || !mayRead(found, caller)) throw refuse(answers.notFound)
    return found
  }
}

/** Nobody follows anybody here, so what is not public or unlisted is for its author. */
export const mayRead = (status: Status, caller: Caller | null) =>
  status.visibility === 'public' || status.visibility === 'unlisted' || caller?.person.id === status.author.id

const stringOf = (value: unknown) =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined

/** `name`, `name[]`: a list in JSON, repeated in a form. */
function listOf(form: Record<string, unknown>, name: string): string[] {
  return [form[name] ?? form[`${name}[]`] ?? []].flat().map(String).filter(Boolean)
}

const isTrue = (value: unknown) => value === true || value === 'true' || value === '1' || value === 1
