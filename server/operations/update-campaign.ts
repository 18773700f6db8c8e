import type { Actor } from '../domain/actor.ts'
import { type Campaign, type CampaignFields, updateCampaign as update } from '../storage/campaigns.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { requireCampaign, requireGoodCampaign } from './campaign-access.ts'
import { changesOf } from './changes.ts'
import type { Context } from './context.ts'

/** Changes what is given and leaves the rest; archiving (D9) is a change of status. Needs `campaigns.manage`. */
export async function updateCampaign(
  ctx: Context,
  actor: Actor,
  { id, ...change }: Partial<CampaignFields> & { id: string },
): Promise<Campaign> {
  return transaction(ctx.db, async (tx) => {
    const before = await requireCampaign(tx, actor, id, 'campaigns.manage')
    requireGoodCampaign({ startDate: before.startDate, endDate: before.endDate, ...change })
    const now = ctx.clock.now()
    const after = await update(tx, id, change, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: before.workspaceId,
        type:
          after.status === 'archived' && before.status !== 'archived'
            ? 'campaign.archived'
            : 'campaign.updated',
        resourceType: 'campaign',
        resourceId: id,
        data: { name: after.name, status: after.status, changes: changesOf<object>(before, change) ?? {} },
      },
    ])
    return after
  })
}
