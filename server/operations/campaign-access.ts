import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { type Issue, invalid, notFound } from '../domain/refusal.ts'
import { type Campaign, type CampaignFields, findCampaign } from '../storage/campaigns.ts'
import type { Db } from '../storage/database.ts'
import { permissionsIn, requireAccess } from './access.ts'

/** The campaign, for an actor who may; one of another workspace does not exist. @param permission null to read. */
export async function requireCampaign(
  tx: Db,
  actor: Actor,
  id: string,
  permission: Permission | null,
): Promise<Campaign> {
  const campaign = await findCampaign(tx, id)
  if (!campaign || !(await permissionsIn(tx, actor, campaign.workspaceId))) throw notFound('Campaign', id)
  await requireAccess(tx, actor, campaign.workspaceId, permission)
  return campaign
}

/** Refuses a name that is empty, a colour that is none, and an end before the start. */
export function requireGoodCampaign({ name, color, startDate, endDate }: Partial<CampaignFields>): void {
  const issues: Issue[] = []
  if (name !== undefined && name.trim() === '')
    issues.push({ path: 'name', rule: 'campaign_name', message: 'A campaign needs a name.' })
  if (color && !/^#[0-9a-f]{6}$/i.test(color))
    issues.push({ path: 'color', rule: 'campaign_color', message: 'Write a colour as #RRGGBB.' })
  if (startDate && endDate && endDate < startDate)
    issues.push({
      path: 'endDate',
      rule: 'campaign_dates',
      message: `It ends on ${endDate}, before it starts on ${startDate}.`,
    })
  if (issues.length > 0) throw invalid(issues)
}
