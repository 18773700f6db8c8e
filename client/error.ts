/** Why a request failed, in the words of the API. */
export class FanfareError extends Error {
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number
  /** `VALIDATION_ERROR`, `NOT_FOUND` ...; `NO_ANSWER` when the server could not be reached or did not answer in time. */
  readonly code: string
  /** What is wrong with which field. */
  readonly details: { path: string; message: string; [fact: string]: unknown }[]
  /** Finds the request in the server's log. */
  readonly requestId: string | null
  /** How long the server asks to be left alone, in milliseconds; null when it does not say. */
  readonly retryAfterMs: number | null

  constructor(
    message: string,
    facts: Pick<FanfareError, 'status' | 'code'> &
      Partial<Pick<FanfareError, 'details' | 'requestId' | 'retryAfterMs'>> & { cause?: unknown },
  ) {
    super(message, { cause: facts.cause })
    this.name = 'FanfareError'
    this.status = facts.status
    this.code = facts.code
    this.details = facts.details ?? []
    this.requestId = facts.requestId ?? null
    this.retryAfterMs = facts.retryAfterMs ?? null
  }
}

/** The error that an answer tells of. What is no JSON (a proxy's page) is told by its status alone. */
export async function errorIn(answer: Response): Promise<FanfareError> {
  const text = await answer.text()
  const told = parse(text)?.error
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  return new FanfareError(told?.message ?? `The server answered ${answer.status}`, {
    status: answer.status,
    code: told?.code ?? 'UNEXPECTED_ANSWER',
    details: told?.details,
    requestId: told?.requestId ?? answer.headers.get('x-request-id'),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : null,
  })
}

interface Told {
  error?: { code?: string; message?: string; details?: FanfareError['details']; requestId?: string }
}

function parse(text: string): Told | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? (value as Told) : null
  } catch {
    return null
  }
}
