import type { HttpDialect } from '../http/dialect.ts'
import type { Context } from '../operations/context.ts'
import { content } from './content/index.ts'
import { mypost } from './mypost/index.ts'
import { ouiPost } from './oui-post/index.ts'
import { socialMediaService } from './social-media-service/index.ts'

/** Every API the server speaks. The native one comes last: it answers for unknown addresses that no other claims. */
export const allDialects = (ctx: Context): HttpDialect[] => [
  content(ctx),
  ouiPost(ctx),
  socialMediaService(ctx),
  mypost(ctx),
]
