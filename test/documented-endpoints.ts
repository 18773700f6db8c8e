/** Every endpoint that the documents of the four APIs name, as an OpenAPI document writes it. */
const under = (prefix: string, lines: string) =>
  lines
    .trim()
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(' ', ` ${prefix}`)
        .replaceAll(/:(\w+)/g, '{$1}'),
    )

export const documentedEndpoints: Record<string, string[]> = {
  'social-media-service': under(
    '/api/v1',
    `POST /social-accounts
    GET /social-accounts/{id}
    GET /social-accounts
    PUT /social-accounts/{id}
    DELETE /social-accounts/{id}
    POST /posts
    GET /posts/{id}
    GET /posts
    PUT /posts/{id}
    DELETE /posts/{id}
    POST /posts/{id}/schedule
    POST /posts/bulk
    GET /posts/calendar
    POST /posts/{id}/cancel
    POST /posts/{id}/reschedule
    POST /analytics
    GET /analytics/{id}
    GET /analytics
    PUT /analytics/{id}
    DELETE /analytics/{id}
    POST /campaigns
    GET /campaigns/{id}
    GET /campaigns
    PUT /campaigns/{id}
    DELETE /campaigns/{id}
    GET /campaigns/{id}/analytics
    GET /campaigns/{id}/posts
    POST /social-accounts/{id}/test-connection
    POST /social-accounts/{id}/sync-buffer
    POST /analytics/sync
    POST /buffer/config
    GET /buffer/config/{id}
    PUT /buffer/config/{id}
    DELETE /buffer/config/{id}
    GET /buffer/profiles`,
  ),
  mypost: under(
    '/api/v1',
    `POST /auth/login
    POST /auth/refresh
    POST /auth/logout
    GET /auth/me
    GET /workspaces
    POST /workspaces
    GET /workspaces/:id
    PATCH /workspaces/:id
    GET /workspaces/:workspaceId/brands
    POST /workspaces/:workspaceId/brands
    GET /brands/:id
    PATCH /brands/:id
    DELETE /brands/:id
    GET /brands/:brandId/social-accounts
    POST /brands/:brandId/social-accounts
    DELETE /social-accounts/:id
    POST /social-accounts/:id/reconnect
    GET /brands/:brandId/posts
    POST /brands/:brandId/posts
    GET /posts/:id
    PATCH /posts/:id
    DELETE /posts/:id
    POST /posts/:id/schedule
    POST /posts/:id/publish
    POST /posts/:id/cancel
    POST /brands/:brandId/media
    POST /media/:id/complete
    GET /brands/:brandId/media
    DELETE /media/:id
    GET /analytics/brands/:brandId
    GET /analytics/accounts/:accountId
    GET /analytics/posts/:postId
    POST /analytics/export
    GET /workspaces/:workspaceId/users
    POST /workspaces/:workspaceId/users/invite
    PATCH /workspaces/:workspaceId/users/:userId
    DELETE /workspaces/:workspaceId/users/:userId
    GET /workspaces/:workspaceId/roles
    POST /workspaces/:workspaceId/roles
    POST /posts/:id/submit-for-approval
    POST /approvals/:id/approve
    POST /approvals/:id/reject
    GET /workspaces/:workspaceId/audit
    POST /webhooks`,
  ),
  'oui-post': under(
    '',
    `GET /api/platforms
    GET /api/workspaces
    POST /api/workspaces
    GET /api/workspaces/{id}
    PUT /api/workspaces/{id}
    DELETE /api/workspaces/{id}
    GET /api/posts
    POST /api/posts
    GET /api/posts/{id}
    PUT /api/posts/{id}
    DELETE /api/posts/{id}
    POST /api/posts/{id}/schedule
    POST /api/posts/{id}/publish
    GET /api/posts/{id}/analytics
    POST /api/posts/{id}/media
    DELETE /api/media/{id}
    GET /api/schedules
    POST /api/schedules
    GET /api/schedules/{id}
    PUT /api/schedules/{id}
    DELETE /api/schedules/{id}
    GET /api/accounts
    POST /api/accounts
    GET /api/accounts/{id}
    PUT /api/accounts/{id}
    DELETE /api/accounts/{id}
    POST /api/accounts/callback
    GET /api/analytics
    POST /admin/login
    POST /admin/logout
    GET /admin/profile
    GET /admin/users
    POST /admin/users
    PUT /admin/users/{id}
    DELETE /admin/users/{id}
    GET /admin/keys
    POST /admin/keys
    POST /admin/keys/{id}/rotate
    GET /admin/dashboard
    GET /admin/stats
    GET /admin/analytics
    GET /admin/webhooks
    POST /admin/webhooks
    GET /admin/audit
    GET /admin/health
    GET /admin/platform-health
    GET /admin/system`,
  ),
  content: under(
    '/content',
    `GET /connections
    POST /connections/:platform/authorize
    POST /connections/:platform/callback
    DELETE /connections/:connectionId
    GET /campaigns
    POST /campaigns
    GET /campaigns/:campaignId
    PATCH /campaigns/:campaignId
    DELETE /campaigns/:campaignId
    GET /labels
    POST /labels
    DELETE /labels/:labelId
    PATCH /labels/:labelId
    GET /slots
    POST /slots
    PATCH /slots/:slotId
    DELETE /slots/:slotId
    POST /slots/:slotId/submit-review
    POST /slots/:slotId/approve
    POST /slots/:slotId/reject
    POST /slots/:slotId/reschedule
    GET /slots/:slotId
    POST /slots/bulk
    GET /recurring
    POST /recurring
    PATCH /recurring/:scheduleId
    POST /recurring/:scheduleId/pause
    POST /recurring/:scheduleId/resume
    DELETE /recurring/:scheduleId
    GET /slots/:slotId/logs`,
  ),
}

/** Two APIs serve these, told apart by the shape of the id. */
export const sharedEndpoints = under(
  '/api/v1',
  `GET /posts/:id
  DELETE /posts/:id
  POST /posts/:id/schedule
  POST /posts/:id/cancel
  DELETE /social-accounts/:id`,
)
