import type { Examples } from '../../http/dialect.ts'

/** The examples of the document this API comes from, word for word. Its answers are in one general form. */
export const examples: Examples = {
  'POST /api/v1/social-accounts': {
    body: {
      platform: 'twitter',
      account_name: '@username',
      buffer_profile_id: 'buf_123',
      access_token: 'token_123',
    },
  },
  'POST /api/v1/posts': {
    body: {
      social_account_id: 1,
      campaign_id: 1,
      content: 'Post content #hashtag',
      scheduled_time: '2025-12-25T10:00:00',
      platform: 'twitter',
      media_urls: ['https://example.com/image.jpg'],
    },
  },
  'POST /api/v1/posts/bulk': {
    body: {
      posts: [{ social_account_id: 1, content: 'Post 1', scheduled_time: '2025-12-25T10:00:00' }],
    },
  },
  'POST /api/v1/analytics': {
    body: { post_id: 1, views: 1000, likes: 50, shares: 10, comments: 5, engagement_rate: 6.5 },
  },
  'POST /api/v1/campaigns': {
    body: {
      name: 'Summer Campaign 2025',
      description: 'Summer promotion',
      start_date: '2025-06-01',
      end_date: '2025-08-31',
      status: 'active',
    },
  },
  'POST /api/v1/buffer/config': { body: { access_token: 'your-buffer-access-token' } },
}
