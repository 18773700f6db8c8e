import { createClient, defineScript } from '@redis/client'
import { type Bucket, type RateStore, takenOf } from './rate-store.ts'

/** A rate store in Valkey or Redis, whose promises reject while the server is away. Nothing waits longer than `answerMsMax`. */
export interface ValkeyRateStore extends RateStore {
  /** Connects, and again whenever the connection is lost, until closed. Resolves when the first attempt is over. */
  connect(): Promise<void>
}

/** A request may wait this long for its count. Valkey answers in well under a millisecond; a pause of it is over by then. */
const answerMsMax = 100
const connectMsMax = 2_000
/** The wait before connecting again grows from the first to the second. */
const reconnectMsMin = 50
const reconnectMsMax = 2_000
/** A connection that is silent this long, pings included, is dead: a broken network does not always close it. */
const pingEveryMs = 1_000
const silenceMsMax = 3_000
/** Commands on the way at most; more means that nobody answers. */
const commandsMax = 1_000

/**
 * Keys live as long as a bucket needs to be full again: one that is absent is a full one. The clock is the caller's
 * (the database's, the same for every process). A bucket touched later than that clock says gains nothing, and one
 * touched more than a whole period later was written under a clock that has been set back since: it starts anew.
 */
const bucketsScript = `
local now = tonumber(ARGV[1])
local limits, periods, tokens, lasts = {}, {}, {}, {}
for i, key in ipairs(KEYS) do
  local limit, period = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local held = redis.call('hmget', key, 'tokens', 'at')
  local at = tonumber(held[2] or now)
  if at > now + period then at = now end
  local gained = math.max(0, now - at) * limit / period
  limits[i], periods[i], lasts[i] = limit, period, math.max(at, now)
  tokens[i] = math.min(limit, tonumber(held[1] or limit) + gained)
end
local function keep(i)
  local fullInMs = lasts[i] - now + math.ceil((limits[i] - tokens[i]) * periods[i] / limits[i])
  if fullInMs <= 0 then
    redis.call('del', KEYS[i])
  else
    redis.call('hset', KEYS[i], 'tokens', tostring(tokens[i]), 'at', string.format('%.0f', lasts[i]))
    redis.call('pexpire', KEYS[i], fullInMs)
  end
end`

const takeScript = defineScript({
  NUMBER_OF_KEYS: undefined,
  IS_READ_ONLY: false,
  SCRIPT: `${bucketsScript}
local allowed = 1
for i = 1, #KEYS do if tokens[i] < 1 then allowed = 0 end end
local answer = {allowed}
for i = 1, #KEYS do
  tokens[i] = tokens[i] - allowed
  keep(i)
  answer[i + 1] = tostring(tokens[i])
end
return answer`,
  parseCommand: pushBuckets,
  transformReply: (reply: unknown) => reply as [number, ...string[]],
})

const giveBackScript = defineScript({
  NUMBER_OF_KEYS: undefined,
  IS_READ_ONLY: false,
  SCRIPT: `${bucketsScript}
for i = 1, #KEYS do
  tokens[i] = math.min(limits[i], tokens[i] + 1)
  keep(i)
end`,
  parseCommand: pushBuckets,
  transformReply: () => undefined,
})

interface CommandParser {
  pushKeysLength(keys: string[]): void
  push(...args: string[]): unknown
}

function pushBuckets(parser: CommandParser, buckets: Bucket[], now: Date) {
  parser.pushKeysLength(buckets.map(({ key }) => `fanfare:rate:${key}`))
  parser.push(String(now.getTime()))
  for (const { limit, perMs } of buckets) parser.push(String(limit), String(perMs))
}

/** @param url `valkey://`, `redis://`, or with TLS `valkeys://`, `rediss://`; may hold a password. */
export function valkeyRateStore(url: string): ValkeyRateStore {
  const client = createClient({
    url: url.replace(/^valkey/, 'redis'),
    // What is asked while nobody listens is refused at once rather than kept for later.
    disableOfflineQueue: true,
    commandsQueueMaxLength: commandsMax,
    pingInterval: pingEveryMs,
    socket: {
      connectTimeout: connectMsMax,
      socketTimeout: silenceMsMax,
      reconnectStrategy: (tries) => Math.min(reconnectMsMin * 2 ** tries, reconnectMsMax),
    },
    scripts: { take: takeScript, giveBack: giveBackScript },
  })
  let lastError: Error | null = null
  client.on('error', (error: Error) => {
    lastError = error
  })

  function ready() {
    if (!client.isReady) throw lastError ?? new Error('Not connected yet')
    return client
  }

  return {
    async connect() {
      const attempted = new Promise<void>((done) => client.once('error', () => done()))
      const connected = client.connect().then(
        () => undefined,
        (error: Error) => {
          lastError = error
        },
      )
      await Promise.race([connected, attempted])
    },
    async take(buckets, now) {
      const [allowed, ...left] = await inTime(ready().take(buckets, now))
      return takenOf(buckets, left.map(Number), allowed === 1, now)
    },
    async giveBack(buckets, now) {
      await inTime(ready().giveBack(buckets, now))
    },
    async ping() {
      await inTime(ready().ping())
    },
    async close() {
      if (client.isOpen) client.destroy()
    },
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`No answer within ${answerMsMax} ms`)), answerMsMax)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
