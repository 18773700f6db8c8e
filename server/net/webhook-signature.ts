import { Webhook } from 'standardwebhooks'

/**
 * The three headers of the Standard Webhooks specification. A secret that starts with `whsec_` is base64, any other
 * is taken as its UTF-8 bytes (answers 1.12). While a rotation overlaps, both secrets sign, newest first.
 */
export function signWebhook(secrets: string[], id: string, at: Date, body: string) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => signerOf(secret).sign(id, at, body)).join(' '),
  }
}

const signerOf = (secret: string) =>
  secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' })
