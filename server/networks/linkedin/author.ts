import type { AccountContext } from '../network.ts'

/** Pages and members are both authors, and LinkedIn shows apps more of a page than of a member. */
export const isPage = (ctx: AccountContext) => ctx.account.externalId.startsWith('urn:li:organization:')
