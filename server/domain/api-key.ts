import type { Permission } from './permission.ts'

/** What a key is allowed a minute (CR15; the example's 60 is the smallest tier, the others are ours). */
export const tiers = { starter: 60, professional: 300, enterprise: 1000 } as const
export type Tier = keyof typeof tiers
export const isTier = (name: string): name is Tier => Object.hasOwn(tiers, name)

/** What a key may do, in dialect C's words, and what each means in ours (answers 1.16). An empty list means all. */
export const keyScopes = {
  'posts.read': [],
  'posts.write': [
    'posts.create',
    'posts.edit',
    'posts.delete',
    'posts.schedule',
    'posts.publish',
    'media.upload',
    'media.delete',
  ],
  'analytics.read': ['analytics.view', 'analytics.export'],
  'accounts.write': ['accounts.connect', 'accounts.disconnect'],
  'workspaces.write': ['workspace.settings', 'brands.create', 'brands.edit', 'brands.delete'],
} as const satisfies Record<string, readonly Permission[]>
export type KeyScope = keyof typeof keyScopes
export const allKeyScopes = Object.keys(keyScopes) as KeyScope[]
export const isKeyScope = (name: string): name is KeyScope => Object.hasOwn(keyScopes, name)

export const scopesOf = (stored: readonly string[]): KeyScope[] =>
  stored.length === 0 ? allKeyScopes : stored.filter(isKeyScope)

export const permissionsOf = (scopes: readonly KeyScope[]): Permission[] => [
  ...new Set(scopes.flatMap((scope) => [...keyScopes[scope]])),
]

/** After a rotation the old key works this much longer (CR14). */
export const rotationGraceMs = 24 * 60 * 60 * 1000

/** The part of a key that is shown for ever: `pk_live_abc` (C35). */
export const keyPrefixCharacters = 11

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** A key like the documented `pk_live_def456ghi789jkl012mno345`: 32 characters of 36, 165 bits. */
export function newKeyText(randomBytes: (count: number) => Buffer): string {
  let text = ''
  // 252 is the largest multiple of 36 a byte holds: the rest is thrown away, so that every character is as likely.
  while (text.length < 32)
    for (const byte of randomBytes(48)) if (byte < 252 && text.length < 32) text += alphabet[byte % 36]
  return `pk_live_${text}`
}
