/**
 * Instagram and Threads publish in two steps: an invisible container is made and filled, then published. That split is
 * what protects them against doubles: a container tells afterwards whether it was published.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Failure } from '../domain/delivery.ts'
import {
  asId,
  asRecord,
  asString,
  type GraphNetwork,
  graphFailure,
  graphObject,
  sendGraph,
} from './graph-api.ts'
import type { PublishContext } from './network.ts'

/** Thrown inside prepare; `prepare` answers it as a value. */
export class PrepareFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

export interface ContainerRules {
  network: GraphNetwork
  /** `/v1.0` */
  version: string
  /** The fields of a container that say how far it is. */
  statusField: string
  detailField: string
  /** What the detail of a container in error means. */
  errorOf(detail: string): Omit<Failure, 'message'>
}

/** Containers live 24 hours at both networks; an hour is left for publishing. */
const containerValidMs = 23 * 3_600_000
/** A container that failed for a passing reason is made anew this often. */
const generationsMax = 3
/** A long video takes minutes; past this the delivery comes back later and goes on waiting for the same container. */
const patienceMs = 15 * 60_000
const pauseMsFirst = 200
const pauseMsMax = 15_000

/**
 * Makes a container and waits until it can be published. Made once, however often the process dies; one that broke for
 * a passing reason, or ran out, is made anew.
 * @param form its parameters, asked for only when it is really made: addresses in it run out
 * @throws PrepareFailed
 */
export async function readyContainer(
  ctx: PublishContext,
  rules: ContainerRules,
  token: string,
  made: { name: string; path: string; form: () => Record<string, string>; waitMs?: number },
): Promise<string> {
  for (let generation = 1; ; generation++) {
    const id = await ctx.step(
      generation === 1 ? made.name : `${made.name} (${generation})`,
      () => createContainer(ctx, rules, token, made.path, made.form()),
      { validMs: containerValidMs },
    )
    const state = await settled(ctx, rules, token, id, made.waitMs ?? patienceMs)
    if (state.status === 'FINISHED' || state.status === 'PUBLISHED') return id
    const failure = brokenContainer(rules, made.name, state)
    if (failure.class !== 'transient' || generation === generationsMax) throw new PrepareFailed(failure)
  }
}

async function createContainer(
  ctx: PublishContext,
  { network }: ContainerRules,
  token: string,
  path: string,
  form: Record<string, string>,
): Promise<string> {
  const answer = await sendGraph(ctx, token, { method: 'POST', path, form })
  const id = asId(graphObject(answer)?.id)
  if (!id) throw new PrepareFailed(graphFailure(network, answer, 'take the post'))
  return id
}

export interface ContainerState {
  /** `IN_PROGRESS`, `FINISHED`, `PUBLISHED`, `ERROR`, `EXPIRED`. */
  status: string
  detail: string
}

/** Asks once how far a container is. */
export async function containerState(
  ctx: PublishContext,
  { network, version, statusField, detailField }: ContainerRules,
  token: string,
  id: string,
): Promise<ContainerState | { status: null; failure: Failure }> {
  const answer = await sendGraph(ctx, token, {
    method: 'GET',
    path: `${version}/${id}`,
    query: { fields: `id,${statusField},${detailField}` },
  })
  const container = asRecord(graphObject(answer))
  const status = asString(container?.[statusField])
  if (!status) return { status: null, failure: graphFailure(network, answer, 'say how far the post is') }
  return { status, detail: asString(container?.[detailField]) ?? '' }
}

async function settled(
  ctx: PublishContext,
  rules: ContainerRules,
  token: string,
  id: string,
  waitMs: number,
): Promise<ContainerState> {
  const startedAt = performance.now()
  for (let pauseMs = pauseMsFirst; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    const state = await containerState(ctx, rules, token, id)
    if (state.status === null) throw new PrepareFailed(state.failure)
    if (state.status !== 'IN_PROGRESS') return state
    if (ctx.signal.aborted || performance.now() - startedAt + pauseMs > waitMs)
      throw new PrepareFailed({
        class: 'transient',
        rule: `${rules.network.id}.processing`,
        message: `${rules.network.name} is still processing the files of the post.`,
        remedy: 'Nothing to do: it goes on waiting for them.',
      })
    // A stop ends the wait; the next turn says so.
    await pause(pauseMs, null, { signal: ctx.signal }).catch(() => null)
  }
}

function brokenContainer({ network, errorOf }: ContainerRules, name: string, state: ContainerState): Failure {
  if (state.status === 'EXPIRED')
    return {
      class: 'transient',
      rule: `${network.id}.container_expired`,
      message: `${network.name} has forgotten what was prepared (${name}).`,
      remedy: 'Nothing to do: it is prepared anew.',
    }
  return {
    ...errorOf(state.detail),
    message: `${network.name} could not process the files of the post: ${state.detail || 'no reason given'}`,
  }
}
