import { type DestinationStream, type Logger, pino } from 'pino'

/** One line of JSON per event on standard output, with `requestId` or `deliveryId` where there is one. */
export type Log = Logger

/**
 * Makes the log. Every line is cleaned on its way out, wherever it comes from: values under names that mean secrets
 * are replaced, and so are tokens inside texts (error messages quote URLs and headers).
 */
export function createLog({ level, destination }: { level: string; destination?: DestinationStream }): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (line) => clean(line, 0) as Record<string, unknown>,
      },
      serializers: { err: (error: unknown) => clean(pino.stdSerializers.err(error as Error), 0) },
      hooks: {
        logMethod(args, method) {
          const texts = args.map((arg) => (typeof arg === 'string' ? cleanText(arg) : arg))
          method.apply(this, texts as Parameters<typeof method>)
        },
      },
    },
    destination ?? pino.destination({ sync: true }),
  )
}

const hidden = '[hidden]'

/** Names whose values are never shown, in any spelling: accessToken, access_token, Set-Cookie ... */
const secretName =
  /(pass(word|phrase)?|secret|token|jwt|api-?_?key|authorization|cookie|credential|signature|dpop|private-?_?key|code-?_?verifier|connection-?_?string)s?$/i
/** Names that end like a secret and are none. */
const plainName = /^(tokenExpiresAt|tokenType|hasPassword)$/

/** Deep enough for any line we write; what is deeper is dropped instead of let through unread. */
const depthMax = 6

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`
  if (depth >= depthMax) return '[too deep]'
  if (value instanceof Error) return clean(pino.stdSerializers.err(value), depth + 1)
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => clean(item, depth + 1))
  const cleaned: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) {
    const isSecret = secretName.test(name) && !plainName.test(name) && typeof item !== 'number'
    cleaned[name] = isSecret && item !== null && item !== undefined ? hidden : clean(item, depth + 1)
  }
  return cleaned
}

/** Secrets by their look: JWTs, bearer values, user:password@ in addresses, secrets in queries, Telegram's bot paths. */
const secretLooks: [RegExp, string][] = [
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, hidden],
  [/\b(Bearer|Basic|DPoP|Bot)\s+[\w~+/.=:-]{8,}/gi, `$1 ${hidden}`],
  [/(\w+:\/\/[^\s:/@]*):[^\s/@]+@/g, `$1:${hidden}@`],
  [
    /([?&#](?:code|state|token|access_token|refresh_token|client_secret|api_?key|signature|sig|password|secret)=)[^&\s"']+/gi,
    `$1${hidden}`,
  ],
  [/\bbot\d{6,}:[\w-]{20,}/g, `bot${hidden}`],
  [/(\/webhooks\/\d+\/)[\w-]{20,}/g, `$1${hidden}`],
]

function cleanText(text: string): string {
  let cleaned = text
  for (const [look, instead] of secretLooks) cleaned = cleaned.replace(look, instead)
  return cleaned
}
