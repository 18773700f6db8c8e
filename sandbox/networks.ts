import type { Simulator } from './simulator.ts'

/** Every simulated network; one line each. */
export const simulators: Simulator[] = []
