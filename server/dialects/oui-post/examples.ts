import type { Examples } from '../../http/dialect.ts'

/**
 * The examples of the document this API comes from, word for word, but for ids, which are whole here, and addresses of
 * persons, which the document hides. Its answers are abridged: ours have more fields.
 */
const uuid = (last: string) => `550e8400-e29b-41d4-a716-44665544${last}`
const ids = {
  workspace: `ws_${uuid('0000')}`,
  newWorkspace: `ws_${uuid('0001')}`,
  post: `post_${uuid('0010')}`,
  newPost: `post_${uuid('0011')}`,
  media: `media_${uuid('0020')}`,
  schedule: `sched_${uuid('0030')}`,
  newSchedule: `sched_${uuid('0031')}`,
  slot: `slot_${uuid('0032')}`,
  facebook: `acc_${uuid('0040')}`,
  twitter: `acc_${uuid('0041')}`,
  user: `user_${uuid('0050')}`,
  key: `key_${uuid('0060')}`,
  newKey: `key_${uuid('0061')}`,
  webhook: `wh_${uuid('0070')}`,
  log: `log_${uuid('0080')}`,
}
const email = 'admin@example.com'
const done = (data: object) => ({ success: true, data })
const said = (message: string) => done({ message })
const page = (total_pages: number, total_items: number) => ({
  current_page: 1,
  total_pages,
  total_items,
  per_page: 20,
})

const platform = (id: string, name: string, max_characters: number, max_images: number, seconds: number) => ({
  id,
  name,
  supports_images: true,
  supports_videos: true,
  supports_carousel: id !== 'twitter',
  supports_stories: id !== 'twitter',
  max_characters,
  max_images,
  max_video_duration: seconds,
  oauth_supported: true,
})

const workspaces: Examples = {
  'GET /api/platforms': {
    answer: done({
      platforms: [
        platform('facebook', 'Facebook', 63206, 10, 240),
        platform('instagram', 'Instagram', 2200, 10, 60),
        platform('twitter', 'Twitter/X', 280, 4, 140),
      ],
    }),
  },
  'GET /api/workspaces': {
    answer: done({
      workspaces: [
        {
          id: ids.workspace,
          name: 'Marketing Team',
          description: 'Marketing content and campaigns',
          created_at: '2024-01-15T10:30:00Z',
          updated_at: '2024-01-20T14:25:00Z',
          accounts_count: 5,
          posts_count: 128,
          members_count: 3,
        },
      ],
      pagination: page(1, 1),
    }),
  },
  'POST /api/workspaces': {
    body: {
      name: 'Marketing Team',
      description: 'Marketing content and campaigns',
      settings: { timezone: 'Europe/Paris', default_hashtags: ['#marketing', '#brand'] },
    },
    answer: done({
      workspace: {
        id: ids.newWorkspace,
        name: 'Marketing Team',
        description: 'Marketing content and campaigns',
        settings: { timezone: 'Europe/Paris', default_hashtags: ['#marketing', '#brand'] },
        created_at: '2024-01-22T10:30:00Z',
      },
    }),
  },
  'GET /api/workspaces/{id}': {
    answer: done({
      workspace: {
        id: ids.workspace,
        name: 'Marketing Team',
        description: 'Marketing content and campaigns',
        settings: { timezone: 'Europe/Paris', default_hashtags: ['#marketing', '#brand'] },
        created_at: '2024-01-15T10:30:00Z',
        updated_at: '2024-01-20T14:25:00Z',
        accounts: [
          {
            id: ids.facebook,
            platform: 'facebook',
            name: 'Company Page',
            connected_at: '2024-01-15T11:00:00Z',
          },
        ],
        stats: { total_posts: 128, scheduled_posts: 12, published_posts: 116 },
      },
    }),
  },
  'PUT /api/workspaces/{id}': {
    body: {
      name: 'Marketing Team - 2024',
      description: 'Updated description',
      settings: { timezone: 'Europe/London' },
    },
    answer: done({
      workspace: { id: ids.workspace, name: 'Marketing Team - 2024', updated_at: '2024-01-22T15:00:00Z' },
    }),
  },
  'DELETE /api/workspaces/{id}': { answer: said('Workspace deleted successfully') },
}

const posts: Examples = {
  'GET /api/posts': {
    answer: done({
      posts: [
        {
          id: ids.post,
          content: 'Check out our latest product launch! #newproduct',
          status: 'published',
          platforms: ['facebook', 'twitter', 'linkedin'],
          media: [{ id: ids.media, type: 'image', url: 'https://storage.example.com/images/product.jpg' }],
          scheduled_at: null,
          published_at: '2024-01-20T15:00:00Z',
          created_at: '2024-01-20T14:30:00Z',
          analytics: { impressions: 5420, engagement: 342, clicks: 89 },
        },
      ],
      pagination: page(5, 98),
    }),
  },
  'POST /api/posts': {
    body: {
      content: 'Excited to announce our new product line! Check it out at our website.',
      platforms: ['facebook', 'twitter', 'linkedin'],
      link: 'https://example.com/products',
      hashtags: ['#newproduct', '#launch'],
    },
    answer: done({
      post: {
        id: ids.newPost,
        content: 'Excited to announce our new product line! Check it out at our website.',
        status: 'draft',
        platforms: ['facebook', 'twitter', 'linkedin'],
        link: 'https://example.com/products',
        hashtags: ['#newproduct', '#launch'],
        created_at: '2024-01-22T10:00:00Z',
      },
    }),
  },
  'GET /api/posts/{id}': {
    answer: done({
      post: {
        id: ids.post,
        content: 'Check out our latest product launch!',
        status: 'published',
        platforms: ['facebook', 'twitter'],
        media: [
          {
            id: ids.media,
            type: 'image',
            url: 'https://storage.example.com/images/product.jpg',
            thumbnail_url: 'https://storage.example.com/thumbs/product.jpg',
          },
        ],
        published_at: '2024-01-20T15:00:00Z',
        platform_posts: [
          {
            platform: 'facebook',
            post_id: 'fb_12345',
            url: 'https://facebook.com/post/12345',
            status: 'published',
          },
          {
            platform: 'twitter',
            post_id: 'tw_67890',
            url: 'https://twitter.com/user/status/67890',
            status: 'published',
          },
        ],
        analytics: {
          total_impressions: 8500,
          total_engagement: 523,
          total_clicks: 156,
          by_platform: {
            facebook: { impressions: 5000, engagement: 300, clicks: 90 },
            twitter: { impressions: 3500, engagement: 223, clicks: 66 },
          },
        },
      },
    }),
  },
  'PUT /api/posts/{id}': {
    body: {
      content: 'Updated content for the post',
      platforms: ['facebook', 'instagram'],
      hashtags: ['#updated', '#content'],
    },
    answer: done({
      post: {
        id: ids.post,
        content: 'Updated content for the post',
        status: 'draft',
        updated_at: '2024-01-22T11:00:00Z',
      },
    }),
  },
  'DELETE /api/posts/{id}': { answer: said('Post deleted successfully') },
  'POST /api/posts/{id}/schedule': {
    body: { scheduled_at: '2024-01-25T09:00:00Z', timezone: 'Europe/Paris' },
    answer: done({
      post: {
        id: ids.post,
        status: 'scheduled',
        scheduled_at: '2024-01-25T09:00:00Z',
        scheduled_timezone: 'Europe/Paris',
      },
    }),
  },
  'POST /api/posts/{id}/publish': {
    answer: done({
      post: {
        id: ids.post,
        status: 'published',
        published_at: '2024-01-22T12:30:00Z',
        platform_results: [
          {
            platform: 'facebook',
            status: 'success',
            post_id: 'fb_12345',
            url: 'https://facebook.com/post/12345',
          },
          {
            platform: 'twitter',
            status: 'success',
            post_id: 'tw_67890',
            url: 'https://twitter.com/user/status/67890',
          },
        ],
      },
    }),
  },
  'GET /api/posts/{id}/analytics': {
    answer: done({
      post_id: ids.post,
      analytics: {
        summary: {
          total_impressions: 15420,
          total_reach: 12850,
          total_engagement: 892,
          total_clicks: 234,
          engagement_rate: 5.78,
        },
        by_platform: {
          facebook: {
            impressions: 8500,
            reach: 7200,
            engagement: 520,
            reactions: 380,
            comments: 85,
            shares: 55,
            clicks: 145,
          },
          twitter: {
            impressions: 6920,
            reach: 5650,
            engagement: 372,
            likes: 280,
            retweets: 62,
            replies: 30,
            clicks: 89,
          },
        },
        timeline: [{ timestamp: '2024-01-20T15:00:00Z', impressions: 500, engagement: 45 }],
      },
    }),
  },
  'POST /api/posts/{id}/media': {
    answer: done({
      media: {
        id: ids.media,
        type: 'image',
        filename: 'image.jpg',
        size: 245678,
        mime_type: 'image/jpeg',
        dimensions: { width: 1200, height: 800 },
        url: 'https://storage.example.com/media/signed/image.jpg?token=xyz',
        thumbnail_url: 'https://storage.example.com/thumbs/signed/image.jpg?token=xyz',
        alt_text: 'Product showcase image',
        created_at: '2024-01-22T10:30:00Z',
      },
    }),
  },
  'DELETE /api/media/{id}': { answer: said('Media deleted successfully') },
}

const schedules: Examples = {
  'GET /api/schedules': {
    answer: done({
      schedules: [
        {
          id: ids.schedule,
          name: 'Morning Posts',
          description: 'Daily morning content',
          timezone: 'Europe/Paris',
          is_active: true,
          slots: [
            { day: 'monday', time: '09:00', platforms: ['facebook', 'twitter'] },
            { day: 'wednesday', time: '09:00', platforms: ['facebook', 'linkedin'] },
          ],
          created_at: '2024-01-15T10:00:00Z',
        },
      ],
    }),
  },
  'POST /api/schedules': {
    body: {
      name: 'Weekly Content Schedule',
      timezone: 'Europe/Paris',
      slots: [{ day: 'monday', time: '09:00', platforms: ['facebook', 'twitter'] }],
    },
    answer: done({
      schedule: {
        id: ids.newSchedule,
        name: 'Weekly Content Schedule',
        is_active: true,
        created_at: '2024-01-22T10:00:00Z',
      },
    }),
  },
  'GET /api/schedules/{id}': {
    answer: done({
      schedule: {
        id: ids.schedule,
        name: 'Morning Posts',
        description: 'Daily morning content',
        timezone: 'Europe/Paris',
        is_active: true,
        slots: [{ id: ids.slot, day: 'monday', time: '09:00', platforms: ['facebook', 'twitter'] }],
        upcoming_posts: [
          {
            slot_time: '2024-01-29T09:00:00+01:00',
            post_id: ids.post,
            platforms: ['facebook', 'twitter'],
          },
        ],
        stats: { total_published: 45, this_week: 3, next_slot: '2024-01-29T09:00:00+01:00' },
      },
    }),
  },
  'PUT /api/schedules/{id}': {
    body: {
      name: 'Updated Schedule Name',
      is_active: false,
      slots: [{ day: 'tuesday', time: '10:00', platforms: ['facebook'] }],
    },
  },
  'DELETE /api/schedules/{id}': { answer: said('Schedule deleted successfully') },
}

const page123 = {
  id: ids.facebook,
  platform: 'facebook',
  type: 'page',
  name: 'Company Page',
  username: 'companypage',
  profile_image: 'https://graph.facebook.com/company/picture',
  status: 'active',
  connected_at: '2024-01-10T15:00:00Z',
  expires_at: '2024-04-10T15:00:00Z',
  permissions: ['publish_pages', 'read_insights'],
}
const accounts: Examples = {
  'GET /api/accounts': {
    answer: done({
      accounts: [
        { ...page123, stats: { followers: 15420, posts_this_month: 12 } },
        {
          id: ids.twitter,
          platform: 'twitter',
          type: 'profile',
          name: 'Company',
          username: '@company',
          profile_image: 'https://pbs.twimg.com/profile_images/company.jpg',
          status: 'active',
          connected_at: '2024-01-12T10:00:00Z',
        },
      ],
    }),
  },
  'POST /api/accounts': {
    body: { platform: 'facebook', callback_url: 'https://yourapp.com/oauth/callback' },
    answer: done({
      auth_url: 'https://www.facebook.com/v18.0/dialog/oauth?client_id=123456789',
      state: 'oauth_state_token',
      expires_in: 600,
    }),
  },
  'GET /api/accounts/{id}': {
    answer: done({
      account: {
        ...page123,
        metadata: { page_id: '123456789', category: 'Company' },
        stats: { followers: 15420, following: 250, posts_total: 458, posts_this_month: 12 },
        health: { token_valid: true, last_sync: '2024-01-22T10:00:00Z', errors: [] },
      },
    }),
  },
  'PUT /api/accounts/{id}': {
    body: {
      name: 'Updated Account Name',
      is_default: true,
      settings: { auto_hashtags: true, default_hashtags: ['#company', '#brand'] },
    },
  },
  'DELETE /api/accounts/{id}': {
    answer: done({ message: 'Account disconnected successfully', cancelled_posts: 3 }),
  },
  'GET /api/analytics': {
    answer: done({
      period: { from: '2024-01-01T00:00:00Z', to: '2024-01-22T23:59:59Z' },
      summary: {
        total_posts: 45,
        total_impressions: 125420,
        total_reach: 98500,
        total_engagement: 8920,
        total_clicks: 2340,
        avg_engagement_rate: 7.12,
        best_performing_platform: 'instagram',
      },
      by_platform: {
        facebook: {
          posts: 15,
          impressions: 45000,
          reach: 38000,
          engagement: 2800,
          clicks: 890,
          engagement_rate: 6.22,
        },
        instagram: {
          posts: 18,
          impressions: 52000,
          reach: 42000,
          engagement: 4200,
          clicks: 980,
          engagement_rate: 8.08,
        },
        twitter: {
          posts: 12,
          impressions: 28420,
          reach: 18500,
          engagement: 1920,
          clicks: 470,
          engagement_rate: 6.76,
        },
      },
      timeline: [
        { date: '2024-01-01', impressions: 5200, engagement: 380, posts: 2 },
        { date: '2024-01-02', impressions: 6100, engagement: 450, posts: 3 },
      ],
      top_posts: [
        {
          id: ids.post,
          content: 'Our biggest announcement yet!',
          platform: 'instagram',
          impressions: 12500,
          engagement: 1250,
          published_at: '2024-01-15T10:00:00Z',
        },
      ],
      audience: {
        total_followers: 45890,
        follower_growth: 1250,
        growth_rate: 2.8,
        demographics: {
          age_groups: { '18-24': 15, '25-34': 35, '35-44': 28, '45-54': 15, '55+': 7 },
          top_locations: [
            { country: 'France', percentage: 45 },
            { country: 'Belgium', percentage: 12 },
            { country: 'Canada', percentage: 10 },
          ],
        },
      },
    }),
  },
}

const admin: Examples = {
  'POST /admin/login': {
    body: { email, password: 'your_password' },
    answer: done({
      token: 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9...',
      expires_at: '2024-01-23T10:00:00Z',
      user: { id: ids.user, email, name: 'Admin User', role: 'admin' },
    }),
  },
  'POST /admin/logout': { answer: said('Logged out successfully') },
  'GET /admin/profile': {
    answer: done({
      user: {
        id: ids.user,
        email,
        name: 'Admin User',
        role: 'admin',
        created_at: '2024-01-01T00:00:00Z',
        last_login: '2024-01-22T09:00:00Z',
        permissions: ['users.manage', 'api_keys.manage', 'workspaces.manage'],
      },
    }),
  },
  'GET /admin/users': {
    answer: done({
      users: [
        {
          id: ids.user,
          email,
          name: 'Admin User',
          role: 'admin',
          is_active: true,
          created_at: '2024-01-01T00:00:00Z',
          last_login: '2024-01-22T09:00:00Z',
        },
      ],
    }),
  },
  'POST /admin/users': {
    body: {
      email: 'new.user@example.com',
      name: 'New User',
      password: 'secure_password',
      role: 'editor',
      permissions: ['posts.manage', 'analytics.view'],
    },
  },
  'PUT /admin/users/{id}': { body: { name: 'Updated Name', role: 'admin', is_active: true } },
  'DELETE /admin/users/{id}': { answer: said('User deleted successfully') },
  'GET /admin/keys': {
    answer: done({
      keys: [
        {
          id: ids.key,
          name: 'Production Key',
          prefix: 'pk_live_abc',
          tier: 'professional',
          is_active: true,
          created_at: '2024-01-01T00:00:00Z',
          last_used_at: '2024-01-22T09:30:00Z',
          usage: { requests_today: 245, requests_this_month: 12450 },
        },
      ],
    }),
  },
  'POST /admin/keys': {
    body: {
      name: 'New Integration Key',
      tier: 'professional',
      workspaces: [ids.workspace, ids.newWorkspace],
      permissions: ['posts.read', 'posts.write', 'analytics.read'],
    },
    answer: done({
      key: {
        id: ids.newKey,
        name: 'New Integration Key',
        api_key: 'pk_live_def456ghi789jkl012mno345',
        tier: 'professional',
        created_at: '2024-01-22T10:00:00Z',
      },
    }),
  },
  'POST /admin/keys/{id}/rotate': {
    answer: done({
      key: {
        id: ids.key,
        new_api_key: 'pk_live_new123key456here789',
        old_key_expires_at: '2024-01-23T10:00:00Z',
      },
    }),
  },
  'GET /admin/dashboard': {
    answer: done({
      overview: { total_workspaces: 12, total_posts: 1458, total_accounts: 45, total_users: 8 },
      activity: { posts_today: 15, posts_this_week: 78, scheduled_posts: 34, failed_posts: 2 },
      api_usage: { requests_today: 2450, requests_this_month: 45890, active_keys: 5 },
      platform_distribution: { facebook: 320, instagram: 280, twitter: 245, linkedin: 180, other: 433 },
    }),
  },
  'GET /admin/stats': {
    answer: done({
      posts: {
        total: 1458,
        by_status: { draft: 45, scheduled: 34, published: 1350, failed: 29 },
        by_platform: { facebook: 320, instagram: 280, twitter: 245 },
      },
      accounts: { total: 45, by_status: { active: 42, expired: 2, error: 1 } },
      usage: { storage_used_mb: 2450, storage_limit_mb: 10000, api_calls_this_month: 45890 },
    }),
  },
  'GET /admin/webhooks': {
    answer: done({
      webhooks: [
        {
          id: ids.webhook,
          url: 'https://yourapp.com/webhooks/post',
          events: ['post.published', 'post.failed'],
          is_active: true,
          created_at: '2024-01-10T10:00:00Z',
          last_triggered_at: '2024-01-22T09:30:00Z',
          stats: { total_deliveries: 145, successful_deliveries: 143, failed_deliveries: 2 },
        },
      ],
    }),
  },
  'POST /admin/webhooks': {
    body: {
      url: 'https://yourapp.com/webhooks/post',
      events: ['post.published', 'post.failed', 'account.disconnected'],
      secret: 'your_webhook_secret',
    },
  },
  'GET /admin/audit': {
    answer: done({
      logs: [
        {
          id: ids.log,
          user_id: ids.user,
          user_email: email,
          action: 'api_key.created',
          resource_type: 'api_key',
          resource_id: ids.newKey,
          details: { key_name: 'New Integration Key', tier: 'professional' },
          ip_address: '192.168.1.100',
          user_agent: 'Mozilla/5.0...',
          created_at: '2024-01-22T10:00:00Z',
        },
      ],
      pagination: { current_page: 1, total_pages: 15, total_items: 298 },
    }),
  },
  'GET /admin/health': {
    answer: done({
      status: 'healthy',
      timestamp: '2024-01-22T10:00:00Z',
      components: {
        database: { status: 'healthy', latency_ms: 5 },
        cache: { status: 'healthy', latency_ms: 2 },
        storage: { status: 'healthy', used_percent: 24.5 },
        queue: { status: 'healthy', pending_jobs: 12 },
      },
    }),
  },
  'GET /admin/platform-health': {
    answer: done({
      platforms: {
        facebook: {
          status: 'operational',
          api_status: 'healthy',
          last_successful_post: '2024-01-22T09:45:00Z',
          error_rate_24h: 0.5,
          avg_response_time_ms: 450,
        },
        twitter: {
          status: 'degraded',
          api_status: 'partial_outage',
          last_successful_post: '2024-01-22T08:00:00Z',
          error_rate_24h: 5.2,
          avg_response_time_ms: 1200,
          issues: ['Rate limiting more aggressive than usual'],
        },
      },
      overall_status: 'degraded',
      last_updated: '2024-01-22T10:00:00Z',
    }),
  },
  'GET /admin/system': {
    answer: done({
      version: '1.5.2',
      environment: 'production',
      uptime_seconds: 864000,
      memory: { used_mb: 256, limit_mb: 512 },
      features: {
        multi_platform: true,
        scheduling: true,
        analytics: true,
        webhooks: true,
        media_upload: true,
      },
    }),
  },
}

export const examples: Examples = { ...workspaces, ...posts, ...schedules, ...accounts, ...admin }
