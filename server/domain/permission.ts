/**
 * What a role may allow. The first 18 are the documented ones of the native dialect (BR3) with its descriptions;
 * the last four name what the product can do beyond them.
 */
export const permissions = {
  'posts.create': 'Create new posts',
  'posts.edit': 'Edit existing posts',
  'posts.delete': 'Delete posts',
  'posts.publish': 'Publish posts',
  'posts.schedule': 'Schedule posts',
  'media.upload': 'Upload media assets',
  'media.delete': 'Delete media assets',
  'brands.create': 'Create brands',
  'brands.edit': 'Edit brands',
  'brands.delete': 'Delete brands',
  'accounts.connect': 'Connect social accounts',
  'accounts.disconnect': 'Disconnect accounts',
  'analytics.view': 'View analytics',
  'analytics.export': 'Export analytics data',
  'users.invite': 'Invite team members',
  'users.manage': 'Manage team members',
  'roles.manage': 'Manage roles',
  'workspace.settings': 'Modify workspace settings',
  'posts.approve': 'Approve or reject submitted posts',
  'campaigns.manage': 'Create, change and archive campaigns',
  'labels.manage': 'Create, change and delete labels',
  'recurrences.manage': 'Create, change and delete recurring posts',
} as const

export type Permission = keyof typeof permissions

export const allPermissions = Object.keys(permissions) as Permission[]

export const isPermission = (name: string): name is Permission => Object.hasOwn(permissions, name)

/** `posts.publish` implies `posts.approve`, because B's documented names contain no approve (answers 1.2). */
export const holds = (held: readonly Permission[], wanted: Permission): boolean =>
  held.includes(wanted) || (wanted === 'posts.approve' && held.includes('posts.publish'))

/** The roles every workspace is born with. */
export const systemRoles: { name: string; permissions: Permission[] }[] = [
  { name: 'Owner', permissions: allPermissions },
  {
    name: 'Editor',
    permissions: [
      'posts.create',
      'posts.edit',
      'posts.delete',
      'posts.publish',
      'posts.schedule',
      'posts.approve',
      'media.upload',
      'media.delete',
      'analytics.view',
      'analytics.export',
      'campaigns.manage',
      'labels.manage',
      'recurrences.manage',
    ],
  },
  { name: 'Author', permissions: ['posts.create', 'posts.edit', 'media.upload', 'analytics.view'] },
  { name: 'Viewer', permissions: ['analytics.view'] },
]
