import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import type { Post } from '../domain/post.ts'
import { notFound, Refusal } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { postOfDelivery } from '../storage/deliveries.ts'
import { type PostRules, rulesOfBrand } from '../storage/post-home.ts'
import { findPost, lockPost, workspaceOfPost } from '../storage/posts.ts'
import { permissionsIn, requireAccess } from './access.ts'

/** The post, for an actor who may; one of another workspace does not exist. @param permission null to read. */
export async function requirePost(
  tx: Db,
  actor: Actor,
  postId: string,
  permission: Permission | null,
): Promise<Post> {
  await requirePostAccess(tx, actor, postId, permission)
  const post = await findPost(tx, postId)
  if (!post) throw notFound('Post', postId)
  return post
}

/**
 * As `requirePost`, with the post and its deliveries locked until the transaction ends, and unchanged since the
 * caller read it.
 * @param version what the caller last saw (If-Match); undefined when it does not care.
 */
export async function requirePostForChange(
  tx: Db,
  actor: Actor,
  postId: string,
  permission: Permission,
  version: number | undefined,
): Promise<Post> {
  await requirePostAccess(tx, actor, postId, permission)
  const post = await lockPost(tx, postId)
  if (!post) throw notFound('Post', postId)
  requireVersion(post, version)
  return post
}

/** Refuses when the post is not the one the caller looked at. @param version undefined when it does not care. */
export function requireVersion(post: Post, version: number | undefined): void {
  if (version !== undefined && version !== post.version)
    throw new Refusal(
      'precondition_failed',
      `This post was changed by somebody else: you have version ${version}, it is at ${post.version}. Read it again.`,
      { rule: 'version_changed' },
    )
}

/** A delivery with its post, for an actor who may; one of another workspace does not exist. */
export async function requireDelivery(tx: Db, actor: Actor, deliveryId: string, permission: Permission) {
  const postId = await requireDeliveryAccess(tx, actor, deliveryId, permission)
  return deliveryIn(await findPost(tx, postId), deliveryId)
}

/** As `requireDelivery`, with the post and its deliveries locked until the transaction ends. */
export async function requireDeliveryForChange(
  tx: Db,
  actor: Actor,
  deliveryId: string,
  permission: Permission,
) {
  const postId = await requireDeliveryAccess(tx, actor, deliveryId, permission)
  return deliveryIn(await lockPost(tx, postId), deliveryId)
}

async function requireDeliveryAccess(tx: Db, actor: Actor, deliveryId: string, permission: Permission) {
  const postId = await postOfDelivery(tx, deliveryId)
  const workspaceId = postId && (await workspaceOfPost(tx, postId))
  if (!postId || !workspaceId || !(await permissionsIn(tx, actor, workspaceId)))
    throw notFound('Delivery', deliveryId)
  await requireAccess(tx, actor, workspaceId, permission)
  return postId
}

function deliveryIn(post: Post | null, deliveryId: string) {
  const delivery = post?.deliveries.find(({ id }) => id === deliveryId)
  if (!post || !delivery) throw notFound('Delivery', deliveryId)
  return { post, delivery }
}

/** The rules of the workspace that a brand is in, for a member; a foreign brand does not exist. */
export async function requireBrandRules(
  tx: Db,
  actor: Actor,
  brandId: string,
  permission: Permission | null,
): Promise<PostRules> {
  const rules = await rulesOfBrand(tx, brandId)
  if (!rules || !(await permissionsIn(tx, actor, rules.workspaceId))) throw notFound('Brand', brandId)
  await requireAccess(tx, actor, rules.workspaceId, permission)
  return rules
}

async function requirePostAccess(tx: Db, actor: Actor, postId: string, permission: Permission | null) {
  const workspaceId = await workspaceOfPost(tx, postId)
  if (!workspaceId || !(await permissionsIn(tx, actor, workspaceId))) throw notFound('Post', postId)
  await requireAccess(tx, actor, workspaceId, permission)
}
