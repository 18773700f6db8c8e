import { bluesky } from './bluesky/index.ts'
import { buffer } from './buffer/index.ts'
import { discord } from './discord/index.ts'
import { facebook } from './facebook/index.ts'
import { instagram } from './instagram/index.ts'
import { linkedin } from './linkedin/index.ts'
import { mastodon } from './mastodon/index.ts'
import { pinterest } from './pinterest/index.ts'
import type { Simulator } from './simulator.ts'
import { telegram } from './telegram/index.ts'
import { threads } from './threads/index.ts'
import { tiktok } from './tiktok/index.ts'
import { twitter } from './twitter/index.ts'
import { wordpress } from './wordpress/index.ts'
import { youtube } from './youtube/index.ts'

/** Every simulated network, and Buffer, which posts to others. */
// biome-ignore format: one line each, so that two additions do not collide
export const simulators: Simulator[] = [
  bluesky,
  buffer,
  discord,
  facebook,
  instagram,
  linkedin,
  mastodon,
  pinterest,
  telegram,
  threads,
  tiktok,
  twitter,
  wordpress,
  youtube,
]
