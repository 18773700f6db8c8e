import type { Actor } from '../domain/actor.ts'
import { type Campaign, type CampaignFields, insertCampaign } from '../storage/campaigns.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import { requireGoodCampaign } from './campaign-access.ts'
import { userIdOf } from './connect-account.ts'
import type { Context } from './context.ts'

const empty: Omit<CampaignFields, 'name' | 'status'> = {
  description: null,
  color: null,
  campaignType: null,
  targetPlatforms: [],
  goals: {},
  tags: [],
  startDate: null,
  endDate: null,
}

/** Makes a campaign, under which posts are gathered. Needs `campaigns.manage`. */
export async function createCampaign(
  ctx: Context,
  actor: Actor,
  input: Partial<CampaignFields> & Pick<CampaignFields, 'name' | 'status'> & { workspaceId: string },
): Promise<Campaign> {
  requireGoodCampaign(input)
  return transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, input.workspaceId, 'campaigns.manage')
    const now = ctx.clock.now()
    const said = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
    const campaign = await insertCampaign(
      tx,
      { ...empty, ...(said as typeof input), id: ctx.newId(), createdBy: userIdOf(actor) },
      now,
    )
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: campaign.workspaceId,
        type: 'campaign.created',
        resourceType: 'campaign',
        resourceId: campaign.id,
        data: { name: campaign.name, status: campaign.status },
      },
    ])
    return campaign
  })
}
