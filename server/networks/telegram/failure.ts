import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer } from '../../net/http.ts'
import { asNumber, asRecord, asString, bodyOf } from './request.ts'

const retryAfterMsDefault = 30_000
/** The longest waits reported are about a day; a number beyond that is a mistake. */
const retryAfterMsMax = 26 * 60 * 60_000

/**
 * What a refused or lost request means. Status and parameters first. Telegram has no error codes below the status, so
 * for 400 the official server's own texts decide (tdlib/telegram-bot-api Client.cpp, read 2026-11-22).
 * @param tried in the words of a sentence: `publish the post`.
 */
export function failureOf(answer: HttpAnswer, tried: string): Failure {
  if (answer.kind !== 'answer') return unreachable(answer, tried)
  const body = bodyOf(answer)
  const description = asString(body?.description)?.slice(0, 500)
  const message = `Telegram refused to ${tried}: ${description ?? `it answered ${answer.status}`}`
  const status = asNumber(body?.error_code) ?? answer.status
  switch (status) {
    case 401:
    case 404: // a token that is no token at all
      return {
        class: 'reconnect',
        rule: 'telegram.token_invalid',
        message,
        remedy: 'Get the current token of the bot from @BotFather and connect the account again.',
      }
    case 403:
      return {
        class: 'reconnect',
        rule: 'telegram.bot_removed',
        message,
        remedy:
          'Add the bot to the chat again, as an administrator who may post, then reconnect the account.',
      }
    case 429:
      return {
        class: 'rate_limited',
        rule: 'telegram.rate_limited',
        message,
        remedy: 'Nothing to do: it is tried again when Telegram allows it.',
        retryAfterMs: retryAfterMs(asNumber(asRecord(body?.parameters)?.retry_after)),
      }
    case 413:
      return {
        class: 'permanent',
        rule: 'telegram.file_too_large',
        message,
        remedy: 'Make the files smaller: bots may send 10 MB a picture and 50 MB a video or file.',
      }
    case 400:
      return badRequest(message, description ?? '')
    default:
      return status >= 500 || status === 409 || status === 408
        ? {
            class: 'transient',
            rule: 'telegram.server_error',
            message,
            remedy: 'Nothing to do: it is tried again.',
          }
        : {
            class: 'permanent',
            rule: 'telegram.rejected',
            message,
            remedy: 'Change the post so that Telegram takes it, then retry.',
          }
  }
}

const badRequests: { pattern: RegExp; failure: Pick<Failure, 'class' | 'rule' | 'remedy'> }[] = [
  {
    pattern: /chat not found|chat_id is empty/i,
    failure: {
      class: 'reconnect',
      rule: 'telegram.chat_not_found',
      remedy: 'Check that the chat exists and the bot is in it, then connect the account again.',
    },
  },
  {
    pattern:
      /not enough rights|need administrator rights|have no rights|CHAT_WRITE_FORBIDDEN|CHAT_ADMIN_REQUIRED/i,
    failure: {
      class: 'reconnect',
      rule: 'telegram.rights_missing',
      remedy: 'Make the bot an administrator who may post, then reconnect the account.',
    },
  },
  {
    pattern: /message to be replied not found|message thread not found/i,
    failure: {
      class: 'permanent',
      rule: 'telegram.reply_target_missing',
      remedy: 'The message or topic it was to answer is gone: choose another, or none.',
    },
  },
  {
    pattern: /can't parse/i,
    failure: {
      class: 'permanent',
      rule: 'telegram.markup_invalid',
      remedy: 'Correct the markup of the text, or send it without one (option parseMode).',
    },
  },
]

function badRequest(message: string, description: string): Failure {
  const known = badRequests.find(({ pattern }) => pattern.test(description))?.failure
  return known
    ? { ...known, message }
    : {
        class: 'permanent',
        rule: 'telegram.rejected',
        message,
        remedy: 'Change the post so that Telegram takes it, then retry.',
      }
}

function unreachable(answer: Exclude<HttpAnswer, { kind: 'answer' }>, tried: string): Failure {
  const message = `Could not ${tried}: ${answer.why}`
  if (answer.kind === 'not_sent' && answer.blocked)
    return {
      class: 'administrator',
      rule: 'telegram.address_blocked',
      message,
      remedy: 'Set FANFARE_ALLOW_PRIVATE_ADDRESSES if this server is meant to be reached.',
    }
  return {
    class: 'transient',
    rule: 'telegram.unreachable',
    message,
    remedy: 'Nothing to do: it is tried again. If it goes on, check the connection to api.telegram.org.',
  }
}

const retryAfterMs = (seconds: number | undefined) =>
  seconds === undefined ? retryAfterMsDefault : Math.min(Math.max(seconds * 1000, 1000), retryAfterMsMax)
