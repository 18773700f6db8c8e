/** A network's state as an operator reads it, judged from our own attempts alone. */
export interface JudgedHealth {
  status: 'operational' | 'degraded' | 'down'
  apiStatus: 'healthy' | 'partial_outage' | 'outage'
  /** Percent of the attempts of the last 24 hours, one decimal; null without any. */
  errorRate: number | null
}

/** From this share of failed attempts a network counts as degraded; the documented example calls 5.2 % degraded, 0.8 % not. */
export const degradedPercent = 5
/** From this share, and at least three attempts, it counts as down. */
export const downPercent = 90
const downAttemptsMin = 3

export function judgeHealth({ attempts, errors }: { attempts: number; errors: number }): JudgedHealth {
  if (attempts === 0) return { status: 'operational', apiStatus: 'healthy', errorRate: null }
  const percent = (100 * errors) / attempts
  const errorRate = Math.round(percent * 10) / 10
  if (percent >= downPercent && attempts >= downAttemptsMin)
    return { status: 'down', apiStatus: 'outage', errorRate }
  if (percent >= degradedPercent) return { status: 'degraded', apiStatus: 'partial_outage', errorRate }
  return { status: 'operational', apiStatus: 'healthy', errorRate }
}

const order = ['operational', 'degraded', 'down'] as const

/** The whole is as well as its worst part. */
export const worstOf = (statuses: JudgedHealth['status'][]): JudgedHealth['status'] =>
  order[Math.max(0, ...statuses.map((status) => order.indexOf(status)))] ?? 'operational'
