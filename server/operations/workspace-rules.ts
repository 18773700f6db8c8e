import { invalidAt } from '../domain/refusal.ts'
import { isTimezone } from '../domain/timezone.ts'
import type { WorkspaceChange } from '../storage/workspaces.ts'

/** What a workspace's settings must be beyond their types. */
export function requireGoodSettings({ timezone }: WorkspaceChange): void {
  if (timezone !== undefined && !isTimezone(timezone))
    throw invalidAt(
      'timezone',
      `${timezone} is not a known time zone. Write it like Europe/Paris.`,
      'unknown_timezone',
    )
}
