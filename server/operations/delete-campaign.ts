import type { Actor } from '../domain/actor.ts'
import { deleteCampaign as deleteRow } from '../storage/campaigns.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { requireCampaign } from './campaign-access.ts'
import type { Context } from './context.ts'

/** Deletes a campaign (A28); its posts stay, without one. Needs `campaigns.manage`. */
export async function deleteCampaign(ctx: Context, actor: Actor, { id }: { id: string }): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    const campaign = await requireCampaign(tx, actor, id, 'campaigns.manage')
    await deleteRow(tx, id)
    await recordEvents(tx, actor, ctx.clock.now(), [
      {
        id: ctx.newId(),
        workspaceId: campaign.workspaceId,
        type: 'campaign.deleted',
        resourceType: 'campaign',
        resourceId: id,
        data: { name: campaign.name },
      },
    ])
  })
}
