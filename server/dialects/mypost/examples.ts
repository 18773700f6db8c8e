import type { Examples } from '../../http/dialect.ts'

/**
 * The examples of the document this API comes from, but for ids, which are whole here. Its answers are abridged: ours
 * have more fields.
 */
const uuid = (last: string) => `0198c1a2-7b6e-7c3d-9a41-5d0f3c2b${last}`
const ids = {
  user: uuid('0001'),
  role: uuid('0002'),
  brand: uuid('0003'),
  account: uuid('0004'),
  post: uuid('0005'),
  event: uuid('0006'),
  media: [uuid('0007'), uuid('0008')],
}

export const examples: Examples = {
  'POST /api/v1/auth/login': {
    body: { email: 'user@example.com', password: 'password123' },
    answer: {
      accessToken: 'eyJhbGciOiJSUzI1NiIs...',
      expiresIn: 900,
      user: { id: ids.user, email: 'user@example.com', name: 'John Doe' },
    },
  },
  'POST /api/v1/workspaces/{workspaceId}/brands': {
    body: { name: 'My Brand', description: 'Brand description' },
  },
  'GET /api/v1/brands/{brandId}/social-accounts': {
    answer: {
      data: [
        {
          id: ids.account,
          network: 'facebook',
          name: 'My Page',
          profileImageUrl: 'https://graph.facebook.com/my-page/picture',
          status: 'active',
          tokenExpiresAt: '2026-02-01T00:00:00Z',
        },
      ],
    },
  },
  'POST /api/v1/brands/{brandId}/social-accounts': { body: { network: 'facebook' } },
  'POST /api/v1/brands/{brandId}/posts': {
    body: {
      content: 'Hello world! 👋',
      mediaIds: ids.media,
      targetAccountIds: [ids.account],
      scheduledAt: '2026-01-15T14:00:00Z',
    },
  },
  'POST /api/v1/posts/{id}/schedule': { body: { scheduledAt: '2026-01-15T14:00:00Z' } },
  'POST /api/v1/brands/{brandId}/media': {
    body: { filename: 'image.jpg', mimeType: 'image/jpeg', size: 1024000 },
  },
  'GET /api/v1/analytics/brands/{brandId}': {
    answer: {
      followers: 15420,
      followerGrowth: 523,
      impressions: 142000,
      engagement: 8532,
      engagementRate: 6.01,
      posts: 45,
    },
  },
  'POST /api/v1/analytics/export': {
    body: { brandId: ids.brand, from: '2026-01-01', to: '2026-01-31', format: 'csv' },
  },
  'POST /api/v1/workspaces/{workspaceId}/users/invite': {
    body: { email: 'newuser@example.com', roleId: ids.role },
  },
  'PATCH /api/v1/workspaces/{workspaceId}/users/{userId}': { body: { roleId: ids.role } },
  'POST /api/v1/workspaces/{workspaceId}/roles': {
    body: {
      name: 'Content Manager',
      permissions: ['posts.create', 'posts.edit', 'media.upload', 'analytics.view'],
    },
  },
  'POST /api/v1/approvals/{id}/reject': { body: { reason: 'Please revise the hashtags' } },
  'GET /api/v1/workspaces/{workspaceId}/audit': {
    answer: {
      data: [
        {
          id: ids.event,
          action: 'post.published',
          userId: ids.user,
          resourceType: 'post',
          resourceId: ids.post,
          createdAt: '2026-01-01T12:00:00Z',
          metadata: {},
        },
      ],
      page: { nextCursor: 'b3BhcXVl' },
    },
  },
  'POST /api/v1/webhooks': {
    body: {
      url: 'https://your-server.com/webhook',
      events: ['post.published', 'post.failed'],
      secret: 'your-signing-secret',
    },
  },
}
