import type { Permission } from '../../domain/permission.ts'

/** The 11 permissions of the document (DR4) with what they grant there, and what each is here (answers 1.16). */
export const contentPermissions = {
  'content:connections.read': { grants: 'View connected social accounts', ours: [] },
  'content:connections.write': {
    grants: 'Connect/disconnect social accounts',
    ours: ['accounts.connect', 'accounts.disconnect'],
  },
  'content:campaigns.read': { grants: 'View campaigns', ours: [] },
  'content:campaigns.write': { grants: 'Create/edit/archive campaigns', ours: ['campaigns.manage'] },
  'content:labels.read': { grants: 'View labels', ours: [] },
  'content:labels.write': { grants: 'Create/delete labels', ours: ['labels.manage'] },
  'content:slots.read': { grants: 'View content slots and calendar', ours: [] },
  'content:slots.write': {
    grants: 'Create/edit/delete/schedule content slots',
    ours: ['posts.create', 'posts.edit', 'posts.delete', 'posts.schedule', 'media.upload'],
  },
  'content:slots.approve': { grants: 'Approve/reject content in review', ours: ['posts.approve'] },
  'content:recurring.read': { grants: 'View recurring schedules', ours: [] },
  'content:recurring.write': {
    grants: 'Create/edit/delete recurring schedules',
    // With `autoSchedule` their slots go out by themselves, and the document asks for this permission alone.
    ours: ['recurrences.manage', 'posts.schedule'],
  },
} as const satisfies Record<string, { grants: string; ours: readonly Permission[] }>

export type ContentPermission = keyof typeof contentPermissions

/** The names in the header `x-user-permissions`: separated by commas or blanks, or a JSON array. */
export const namesIn = (header: string): string[] => header.split(/[\s,[\]"]+/)

/** Unknown names say nothing. */
export const permissionsFrom = (names: string[]): ContentPermission[] =>
  names.filter((name): name is ContentPermission => Object.hasOwn(contentPermissions, name))

export const ourPermissions = (held: ContentPermission[]): Permission[] => [
  ...new Set(held.flatMap((name) => contentPermissions[name].ours)),
]
