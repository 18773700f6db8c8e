import { invalidAt } from '../domain/refusal.ts'
import { isTimezone } from '../domain/timezone.ts'
import type { WorkspaceChange } from '../storage/workspaces.ts'

/** The settings that were given, and nothing else that came along, checked beyond their types. */
export function goodSettings(given: WorkspaceChange): WorkspaceChange {
  const { name, description, timezone, approvals, allowSelfApproval, latenessHours, defaultHashtags } = given
  if (timezone !== undefined && !isTimezone(timezone))
    throw invalidAt(
      'timezone',
      `${timezone} is not a known time zone. Write it like Europe/Paris.`,
      'unknown_timezone',
    )
  return { name, description, timezone, approvals, allowSelfApproval, latenessHours, defaultHashtags }
}
