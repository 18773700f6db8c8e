import type { Allowance } from './openapi.ts'

/**
 * Where the community's OpenAPI document, which is generated from Mastodon's documentation, and the documentation itself
 * differ. The documentation is right: docs.joinmastodon.org, 2 July 2026.
 */
export const mastodonAllowances: Allowance[] = [
  {
    problem: 'POST /api/v1/apps: request body /redirect_uris: must be array',
    why: 'methods/apps: "String or Array of Strings"; before 4.3 a string only',
  },
  {
    problem: "POST /oauth/token: request body: must have required property 'code'",
    why: 'methods/oauth: a code goes with the grant type authorization_code only',
  },
  {
    problem: 'POST /api/v1/statuses: request header Idempotency-Key: must be object',
    why: 'methods/statuses: "any arbitrary string"',
  },
  {
    problem: 'GET /oauth/authorize: request query sandbox_',
    why: 'the way past the simulated consent page, which is for people',
  },
  {
    problem: 'GET /oauth/authorize: response 302',
    why: 'methods/oauth: the redirect that brings the code',
  },
]
