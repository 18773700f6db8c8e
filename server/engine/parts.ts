import type { Fence, FenceVerdict, FinishedStep } from '../storage/fences.ts'
import type { EngineContext, EngineOptions, KillPoint } from './engine-context.ts'
import type { EngineObserver } from './observer.ts'
import type { Settle } from './run.ts'
import type { Timing } from './timing.ts'

/** What the parts of one engine share. */
export interface Parts {
  ctx: EngineContext
  processId: string
  timing: Timing
  observer: EngineObserver
  options: EngineOptions
  /** True once a stop was asked for. */
  isStopping(): boolean
  fence(fence: Fence): Promise<FenceVerdict>
  /** @returns false when the delivery is no longer ours. */
  checkpoint(step: FinishedStep): Promise<boolean>
  settle: Settle
  at(point: KillPoint, deliveryId: string | null): void | Promise<void>
  /** From 0 to 1. */
  random(): number
}
