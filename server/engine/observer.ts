import type { DeliveryState } from '../domain/delivery.ts'

/** What the engine tells whoever counts and logs. Every member may be left out. */
export interface EngineObserver {
  /** The first request of a delivery is about to leave, so long after its due time; not for retries and take-overs. */
  sent?(delivery: { deliveryId: string; network: string; latenessMs: number }): void
  /** An attempt has ended. `state` is what the delivery is now; `publishing` means parked. */
  settled?(attempt: { deliveryId: string; network: string; state: DeliveryState; rule: string | null }): void
  /** Deliveries of dead or silent processes that this one goes on with. */
  tookOver?(count: number): void
  /** Something failed that is not a delivery's failure: the database, a network's code. */
  trouble?(what: string, error: unknown, deliveryId?: string): void
}
