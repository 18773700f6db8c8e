import type { Examples } from '../../http/dialect.ts'

/** The document writes "uuid" where an id stands; these are some. */
const id = (last: number) => `01980000-0000-7000-8000-${String(last).padStart(12, '0')}`
const ids = {
  user: id(1),
  connection: id(2),
  linkedin: id(3),
  instagram: id(4),
  campaign: id(5),
  label: id(6),
  slot: id(7),
  target: id(8),
  media: id(9),
}

const campaign = {
  id: ids.campaign,
  name: 'Q1 Product Launch',
  description: 'All content related to the March product launch',
  color: '#FF6B35',
  startDate: '2026-03-01',
  endDate: '2026-03-31',
  status: 'active',
  slotCount: 12,
  createdAt: '2026-02-20T10:00:00Z',
  updatedAt: '2026-02-20T10:00:00Z',
}
const label = { id: ids.label, name: 'ProductUpdate', color: '#4ECDC4' }
const target = {
  id: ids.target,
  connectionId: ids.connection,
  platform: 'twitter',
  platformUsername: '@clientbrand',
  publishStatus: 'pending',
  platformCaption: null,
  externalPostUrl: null,
  lastError: null,
  attempts: 0,
}
const slot = {
  id: ids.slot,
  caption: '🚀 Our latest product update...',
  contentType: 'image',
  mediaIds: [ids.media],
  scheduledAt: '2026-03-14T09:00:00Z',
  timezone: 'Asia/Kolkata',
  status: 'scheduled',
  campaign: { id: ids.campaign, name: 'Q1 Launch', color: '#FF6B35' },
  labels: [label],
  targets: [
    target,
    {
      ...target,
      id: id(18),
      connectionId: ids.linkedin,
      platform: 'linkedin',
      platformUsername: 'Client Brand',
      platformCaption: 'Extended version for LinkedIn...',
    },
  ],
  createdBy: ids.user,
  createdAt: '2026-03-13T10:30:00Z',
}
const logs = [
  {
    id: id(20),
    slotTargetId: ids.target,
    action: 'publish_attempt',
    platform: 'twitter',
    createdAt: '2026-03-14T09:00:01Z',
  },
  {
    id: id(21),
    slotTargetId: ids.target,
    action: 'publish_success',
    platform: 'twitter',
    externalPostUrl: 'https://twitter.com/clientbrand/status/123...',
    createdAt: '2026-03-14T09:00:03Z',
  },
]
const recurring = {
  name: 'Motivation Monday',
  cronExpression: '0 10 * * 1',
  timezone: 'Asia/Kolkata',
  templateCaption: '💡 Motivation Monday: Start your week strong!',
  templateMediaIds: [],
  targetConnectionIds: [ids.instagram, ids.linkedin],
  autoSchedule: true,
}

/** The examples of the document. */
export const examples: Examples = {
  'GET /content/connections': {
    answer: {
      data: [
        {
          id: ids.connection,
          platform: 'twitter',
          platformUsername: '@clientbrand',
          platformAccountId: '123456789',
          status: 'active',
          tokenExpiresAt: '2026-04-13T00:00:00Z',
          connectedBy: ids.user,
          createdAt: '2026-03-01T00:00:00Z',
        },
      ],
    },
  },
  'POST /content/connections/{platform}/authorize': {
    body: { callbackUrl: 'https://dashboard.logicspike.com/content/callback' },
    answer: {
      authorizationUrl: 'https://twitter.com/i/oauth2/authorize?client_id=...&state=...',
      state: 'random-csrf-token',
    },
  },
  'POST /content/connections/{platform}/callback': {
    body: { code: 'oauth-authorization-code', state: 'random-csrf-token' },
    answer: {
      connection: {
        id: ids.connection,
        platform: 'twitter',
        platformUsername: '@clientbrand',
        status: 'active',
      },
    },
  },
  'GET /content/campaigns': {
    answer: { data: [campaign], meta: { page: 1, limit: 20, total: 3, totalPages: 1 } },
  },
  'POST /content/campaigns': {
    body: {
      name: 'Q1 Product Launch',
      description: 'All content related to the March product launch',
      color: '#FF6B35',
      startDate: '2026-03-01',
      endDate: '2026-03-31',
    },
    answer: campaign,
  },
  'GET /content/campaigns/{campaignId}': { answer: campaign },
  'PATCH /content/campaigns/{campaignId}': {
    body: { name: 'Q1 Product Launch — Extended', endDate: '2026-04-15' },
    answer: { ...campaign, name: 'Q1 Product Launch — Extended', endDate: '2026-04-15' },
  },
  'GET /content/labels': { answer: { data: [label] } },
  'POST /content/labels': { body: { name: 'ProductUpdate', color: '#4ECDC4' }, answer: label },
  'PATCH /content/labels/{labelId}': {
    body: { name: 'ProductLaunch', color: '#FF6B35' },
    answer: { ...label, name: 'ProductLaunch', color: '#FF6B35' },
  },
  'GET /content/slots': { answer: { data: [slot] } },
  'POST /content/slots': {
    body: {
      caption: '🚀 Our latest product update is here!',
      contentType: 'image',
      mediaIds: [ids.media],
      scheduledAt: '2026-03-14T09:00:00Z',
      timezone: 'Asia/Kolkata',
      campaignId: ids.campaign,
      labelIds: [ids.label],
      targets: [
        { connectionId: ids.connection },
        { connectionId: ids.linkedin, platformCaption: 'Extended for LinkedIn...' },
      ],
    },
    answer: { ...slot, status: 'draft' },
  },
  'PATCH /content/slots/{slotId}': {
    body: {
      caption: 'Updated caption text',
      mediaIds: [id(19)],
      targets: [{ connectionId: ids.connection }, { connectionId: ids.instagram }],
    },
  },
  'POST /content/slots/{slotId}/submit-review': { answer: { ...slot, status: 'pending_review' } },
  'POST /content/slots/{slotId}/approve': {
    body: { note: 'Looks great, approved!' },
    answer: slot,
  },
  'POST /content/slots/{slotId}/reject': {
    body: { note: 'Caption is too long for Twitter. Please shorten.' },
  },
  'POST /content/slots/{slotId}/reschedule': { body: { scheduledAt: '2026-03-15T14:00:00Z' } },
  'GET /content/slots/{slotId}': { answer: { ...slot, logs } },
  'POST /content/slots/bulk': {
    body: {
      slots: [
        {
          caption: 'Post 1',
          contentType: 'text',
          scheduledAt: '2026-03-14T09:00:00Z',
          timezone: 'Asia/Kolkata',
          targets: [{ connectionId: ids.connection }],
        },
        {
          caption: 'Post 2',
          contentType: 'image',
          mediaIds: [ids.media],
          scheduledAt: '2026-03-15T09:00:00Z',
          timezone: 'Asia/Kolkata',
          targets: [{ connectionId: ids.linkedin }],
        },
      ],
      campaignId: ids.campaign,
    },
  },
  'POST /content/recurring': { body: recurring },
  'GET /content/slots/{slotId}/logs': { answer: { data: logs } },
}
