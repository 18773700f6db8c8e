import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { DeliveryState } from '../domain/delivery.ts'

export interface DeliveryFigures {
  /** Waiting for their time, which may be far ahead. */
  scheduled: number
  /** Their time has come. */
  due: number
  /** Due for longer than a minute. */
  late: number
  /** For how long the oldest is due; 0 when none is. */
  oldestDueMs: number
}

export interface MetricsOptions {
  /** Asked at each scrape, over all processes; a failure leaves the figures out. */
  readFigures(): Promise<DeliveryFigures>
  /** When set, a scrape must bring it as a bearer token. */
  token: string | null
}

export interface Metrics {
  /** Serves `/metrics` and measures every request. */
  routes: FastifyPluginAsync
  sent(delivery: { network: string; latenessMs: number }): void
  settled(attempt: { network: string; state: DeliveryState }): void
  tookOver(count: number): void
}

/** From the best case (milliseconds) to the day that the lateness window usually is. */
const latenessBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3_600, 86_400]
const requestBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30]

/** What Prometheus reads, kept in a registry of its own so that two servers in one process (tests) stay apart. */
export function createMetrics({ readFigures, token }: MetricsOptions): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'fanfare_' })

  const count = (name: string, help: string, labelNames: string[] = ['network']) =>
    new Counter({ name: `fanfare_${name}`, help, labelNames, registers })
  const published = count('published_total', 'Deliveries that went out')
  const failed = count('failed_total', 'Deliveries that failed for good')
  const uncertain = count('uncertain_total', 'Deliveries of which nobody can tell whether they went out')
  const retried = count('retried_total', 'Attempts that will be tried again')
  const held = count('held_total', 'Deliveries that wait for their account')
  const takenOver = count('taken_over_total', 'Deliveries taken over from a process that died', [])
  const lateness = new Histogram({
    name: 'fanfare_lateness_seconds',
    help: 'From the due time to the first request to the network',
    labelNames: ['network'],
    buckets: latenessBuckets,
    registers,
  })
  const requests = new Histogram({
    name: 'fanfare_http_request_duration_seconds',
    help: 'Requests by route pattern and status',
    labelNames: ['method', 'route', 'status'],
    buckets: requestBuckets,
    registers,
  })
  const gauge = (name: string, help: string) => new Gauge({ name: `fanfare_${name}`, help, registers: [] })
  const figures = {
    scheduled: gauge('deliveries_scheduled', 'Deliveries that wait for their time'),
    due: gauge('deliveries_due', 'Deliveries whose time has come'),
    late: gauge('deliveries_late', 'Deliveries due for more than a minute'),
    oldest: gauge('deliveries_oldest_due_age_seconds', 'For how long the oldest delivery is due'),
    answers: gauge('database_up', 'Whether the database answered at this scrape'),
  }
  for (const figure of Object.values(figures)) registry.registerMetric(figure)

  async function readGauges() {
    try {
      const { scheduled, due, late, oldestDueMs } = await readFigures()
      figures.scheduled.set(scheduled)
      figures.due.set(due)
      figures.late.set(late)
      figures.oldest.set(oldestDueMs / 1000)
      figures.answers.set(1)
    } catch {
      // Old figures would look like good ones.
      for (const figure of Object.values(figures)) figure.set(Number.NaN)
      figures.answers.set(0)
    }
  }

  const counters: Partial<Record<DeliveryState, Counter>> = {
    published,
    failed,
    uncertain,
    scheduled: retried,
    held,
  }
  return {
    sent: ({ network, latenessMs }) => lateness.observe({ network }, Math.max(0, latenessMs) / 1000),
    settled: ({ network, state }) => counters[state]?.inc({ network }),
    tookOver: (deliveries) => takenOver.inc(deliveries),
    routes: fp(async (app) => {
      app.addHook('onResponse', async (request, reply) => {
        const { config, url } = request.routeOptions
        if (config.isProbe) return
        const labels = { method: request.method, route: url ?? 'none', status: String(reply.statusCode) }
        requests.observe(labels, reply.elapsedTime / 1000)
      })
      app.get('/metrics', { config: { public: true, isProbe: true } }, async (request, reply) => {
        if (token !== null && !isSame(request.headers.authorization, `Bearer ${token}`))
          return reply
            .code(401)
            .header('www-authenticate', 'Bearer')
            .send({ error: 'Send the metrics token as a bearer token.' })
        await readGauges()
        return reply.type(registry.contentType).send(await registry.metrics())
      })
    }),
  }
}

function isSame(given: string | undefined, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(wanted))
}
