import { mastodon } from './mastodon/index.ts'
import type { Simulator } from './simulator.ts'
import { telegram } from './telegram/index.ts'

/** Every simulated network; one line each. */
export const simulators: Simulator[] = [mastodon, telegram]
