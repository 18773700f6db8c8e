import type { Dialect } from './actor.ts'
import type { Delivery, Post } from './post.ts'
import { wrongState } from './refusal.ts'

/** What a person may ask of a post that depends on where the post stands. */
export type PostVerb = 'edit' | 'schedule' | 'move' | 'cancel' | 'delete' | 'publish' | 'submit' | 'remove'

/**
 * Where a post stands, as far as verbs care: `pending` is a draft that waits for approval, `approved` one that has it and
 * no time yet, which is a stage of its own in D (DR7, DR8) and a draft elsewhere; `scheduled` includes held
 * deliveries and claims that have sent nothing, `publishing` begins at the first fence, and `published` includes
 * posts of which only a part is out.
 */
export const postStages = [
  'draft',
  'pending',
  'approved',
  'scheduled',
  'publishing',
  'published',
  'failed',
  'uncertain',
  'cancelled',
] as const
export type PostStage = (typeof postStages)[number]

/** The letters under which the contract speaks of the dialects. The engine acts like the native dialect. */
export const dialectLetters = {
  'social-media-service': 'A',
  mypost: 'B',
  'oui-post': 'C',
  content: 'D',
  engine: 'B',
} as const satisfies Record<Dialect, string>

/**
 * Which dialects may do what at which stage: the table of answers 1.5, and the only place where it stands.
 * `move` changes nothing but the time (A17, D21); `schedule` makes a post that will go out by itself (B23, C12);
 * `publish` makes it due now; `submit` asks for approval; `remove` takes it down at the networks.
 */
const may: Record<PostVerb, Record<PostStage, string>> = {
  edit: {
    draft: 'ABCD',
    pending: 'ABCD',
    approved: 'ABC',
    scheduled: 'ABC',
    publishing: '',
    published: '',
    failed: 'AB',
    uncertain: '',
    cancelled: 'BCD',
  },
  schedule: {
    draft: 'ABCD',
    pending: '',
    approved: 'ABCD',
    scheduled: 'BC',
    publishing: '',
    published: '',
    failed: 'BC',
    uncertain: '',
    cancelled: 'BC',
  },
  move: {
    draft: 'ABCD',
    pending: 'ABCD',
    approved: 'ABCD',
    scheduled: 'ABCD',
    publishing: '',
    published: '',
    failed: 'A',
    uncertain: '',
    cancelled: 'AD',
  },
  cancel: {
    draft: '',
    pending: '',
    approved: '',
    scheduled: 'AB',
    publishing: '',
    published: '',
    failed: '',
    uncertain: '',
    cancelled: '',
  },
  delete: {
    draft: 'ABCD',
    pending: 'ABC',
    approved: 'ABC',
    scheduled: 'ABCD',
    publishing: '',
    published: 'ABC',
    failed: 'ABC',
    uncertain: '',
    cancelled: 'ABCD',
  },
  publish: {
    draft: 'ABCD',
    pending: '',
    approved: 'ABCD',
    scheduled: 'ABCD',
    publishing: '',
    published: '',
    failed: 'BC',
    uncertain: '',
    cancelled: 'BC',
  },
  submit: {
    draft: 'ABCD',
    pending: '',
    approved: 'ABC',
    scheduled: '',
    publishing: '',
    published: '',
    failed: '',
    uncertain: '',
    cancelled: 'BCD',
  },
  remove: {
    draft: '',
    pending: '',
    approved: '',
    scheduled: '',
    publishing: '',
    published: 'ABCD',
    failed: '',
    uncertain: '',
    cancelled: '',
  },
}

export const mayDo = (verb: PostVerb, stage: PostStage, dialect: Dialect): boolean =>
  may[verb][stage].includes(dialectLetters[dialect])

/** Refuses (`wrong_state`, rule `post_<stage>`) with the reason and the way out, when the table says no. */
export function requireVerb(verb: PostVerb, post: Standing, dialect: Dialect): void {
  const stage = stageOf(post, verb)
  if (!mayDo(verb, stage, dialect)) throw wrongState(`${refusals[verb]} ${reasons[stage]}`, `post_${stage}`)
}

type Standing = Pick<Post, 'status' | 'approval'> & {
  deliveries: Pick<Delivery, 'state' | 'fenced' | 'begun'>[]
}

/**
 * The stage of a post for a verb. Where deliveries differ, verbs about time look at those still to go, and verbs that
 * would change or hide what readers may already see look at those that are out, or may be.
 */
export function stageOf({ status, approval, deliveries }: Standing, verb: PostVerb): PostStage {
  if (verb === 'remove' && deliveries.some(isVisible)) return 'published'
  if (deliveries.some(isSending)) return 'publishing'
  if (seesContent[verb] && deliveries.some(({ state }) => state === 'uncertain')) return 'uncertain'
  if (deliveries.some(isWaiting))
    return seesContent[verb] && deliveries.some(isVisible) ? 'published' : 'scheduled'
  switch (status) {
    case 'draft':
      return approval === 'none' ? 'draft' : approval
    case 'partially_failed':
      return 'published'
    case 'failed':
      return seesContent[verb] && deliveries.some(isVisible) ? 'published' : 'failed'
    default:
      return status
  }
}

/** A write is under way; nothing may change below it. */
export const isSending = (delivery: Pick<Delivery, 'state' | 'fenced'>): boolean =>
  delivery.state === 'publishing' && delivery.fenced

/** Will go out by itself, and can still be stopped or changed. */
export const isWaiting = (delivery: Pick<Delivery, 'state' | 'fenced'>): boolean =>
  delivery.state === 'scheduled' ||
  delivery.state === 'held' ||
  (delivery.state === 'publishing' && !delivery.fenced)

const isVisible = (delivery: Pick<Delivery, 'state' | 'begun'>) =>
  delivery.state === 'published' || delivery.begun

const seesContent: Record<PostVerb, boolean> = {
  edit: true,
  delete: true,
  remove: false,
  schedule: false,
  move: false,
  cancel: false,
  publish: false,
  submit: false,
}

const refusals: Record<PostVerb, string> = {
  edit: 'This post cannot be edited:',
  schedule: 'This post cannot be scheduled:',
  move: 'This post cannot be moved to another time:',
  cancel: 'This post cannot be cancelled:',
  delete: 'This post cannot be deleted:',
  publish: 'This post cannot be published now:',
  submit: 'This post cannot be submitted for approval:',
  remove: 'This post cannot be removed from the networks:',
}

const reasons: Record<PostStage, string> = {
  draft: 'it is a draft that was never scheduled.',
  pending: 'it is waiting for approval. Have it approved or rejected first.',
  approved: 'it is approved, and waits for a time.',
  scheduled: 'it is already scheduled. Cancel it first.',
  publishing: 'it is being sent to a network right now. Try again when that has ended.',
  published: 'it is already out, at least in part.',
  failed: 'it was tried and failed.',
  uncertain:
    'a network did not answer, so it may already be out. Look there and say whether it is, then try again.',
  cancelled: 'it was cancelled.',
}
