import type { Allowance } from './openapi.ts'

/** What is not in the discovery document (rev. 20230321), and why it is right. */
export const youtubeAllowances: Allowance[] = [
  { problem: 'GET /accounts/', why: 'the consent page is at accounts.google.com' },
  { problem: 'POST /oauth/token', why: "Google's token endpoint is described elsewhere (RFC 6749)" },
  { problem: 'POST /oauth/revoke', why: "Google's revocation endpoint is described elsewhere" },
  {
    problem: 'POST /upload/youtube/v3/videos: response 200 body: missing',
    why: 'the beginning of a resumable session has its address in Location and no body (guides/using_resumable_upload_protocol)',
  },
]
