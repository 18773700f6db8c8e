import type { UserActor } from '../domain/actor.ts'
import { isLookedUp, workspaceOfMember } from '../storage/charged-workspace.ts'
import type { Context } from './context.ts'

/** Rows do not move between workspaces, so what was looked up once stays true; the oldest entries make room. */
const rememberedMax = 20_000

/** Answers which workspace a request counts against, by the first id in its address; asks the database once for each. */
export function chargedWorkspaces(ctx: Context) {
  const remembered = new Map<string, string | null>()
  return async (actor: UserActor, path: string): Promise<string | null> => {
    const [, resource = '', id = ''] = /\/([a-z-]+)\/([0-9a-f]{8}-[0-9a-f-]{27})(?=\/|$)/i.exec(path) ?? []
    if (!isLookedUp(resource) || !uuid.test(id)) return null
    const key = `${actor.userId} ${resource} ${id}`
    const known = remembered.get(key)
    if (known !== undefined) return known
    const workspaceId = await workspaceOfMember(ctx.db, resource, id, actor.userId)
    // Not a member yet may be one in a minute: only what was found is remembered.
    if (workspaceId === null) return null
    if (remembered.size >= rememberedMax) remembered.delete(remembered.keys().next().value ?? '')
    remembered.set(key, workspaceId)
    return workspaceId
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
