import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { World } from '../simulator.ts'
import { charactersReservedPerUrl, statusCharactersMax } from './text.ts'

export const mediaLimits = {
  attachmentsMax: 4,
  descriptionMax: 1_500,
  imageBytesMax: 16_777_216,
  imagePixelsMax: 33_177_600,
  videoBytesMax: 103_809_024,
  imageTypes: [
    'image/jpeg',
    'image/png',
    'image/gif',
    'image/heic',
    'image/heif',
    'image/webp',
    'image/avif',
  ],
  videoTypes: ['video/webm', 'video/mp4', 'video/quicktime', 'video/ogg'],
  audioTypes: ['audio/wave', 'audio/wav', 'audio/ogg', 'audio/mpeg', 'audio/mp3', 'audio/flac', 'audio/aac'],
}

export const pollLimits = {
  optionsMax: 4,
  optionCharactersMax: 50,
  expirationSecondsMin: 300,
  expirationSecondsMax: 2_629_746,
}

const version = '4.4.1'
const description = 'A simulated Mastodon server: nothing posted here leaves this machine.'

/** What the server says of itself, in both versions, and its OAuth metadata. */
export function instanceRoutes(app: FastifyInstance, world: World) {
  const hostOf = (request: FastifyRequest) => new URL(world.ownUrl(request, '')).host
  const configuration = {
    accounts: { max_featured_tags: 10, max_pinned_statuses: 5 },
    statuses: {
      max_characters: statusCharactersMax,
      max_media_attachments: mediaLimits.attachmentsMax,
      characters_reserved_per_url: charactersReservedPerUrl,
    },
    media_attachments: {
      description_limit: mediaLimits.descriptionMax,
      image_matrix_limit: mediaLimits.imagePixelsMax,
      image_size_limit: mediaLimits.imageBytesMax,
      supported_mime_types: [...mediaLimits.imageTypes, ...mediaLimits.videoTypes, ...mediaLimits.audioTypes],
      video_frame_rate_limit: 120,
      video_matrix_limit: 8_294_400,
      video_size_limit: mediaLimits.videoBytesMax,
    },
    polls: {
      max_options: pollLimits.optionsMax,
      max_characters_per_option: pollLimits.optionCharactersMax,
      min_expiration: pollLimits.expirationSecondsMin,
      max_expiration: pollLimits.expirationSecondsMax,
    },
  }

  app.get('/api/v2/instance', { config: { simulated: { operation: 'instance' } } }, (request) => ({
    domain: hostOf(request),
    title: 'Sandbox Mastodon',
    version,
    source_url: 'https://github.com/mastodon/mastodon',
    description,
    usage: { users: { active_month: 3 } },
    thumbnail: { url: world.publicUrl('/thumbnail.png') },
    icon: [],
    languages: ['en'],
    configuration: {
      ...configuration,
      translation: { enabled: false },
      urls: { streaming: null },
    },
    registrations: { enabled: false, approval_required: false, message: null },
    api_versions: { mastodon: 6 },
    contact: { email: 'sandbox@example.org', account: null },
    rules: [],
  }))

  app.get('/api/v1/instance', { config: { simulated: { operation: 'instance.v1' } } }, (request) => ({
    uri: hostOf(request),
    title: 'Sandbox Mastodon',
    short_description: description,
    description,
    email: 'sandbox@example.org',
    version,
    urls: { streaming_api: 'wss://sandbox.example.org' },
    stats: { user_count: 3, status_count: world.table('statuses').size, domain_count: 1 },
    thumbnail: null,
    languages: ['en'],
    registrations: false,
    approval_required: false,
    invites_enabled: false,
    configuration: { ...configuration, accounts: { max_featured_tags: 10 } },
    contact_account: null,
    rules: [],
  }))

  app.get(
    '/.well-known/oauth-authorization-server',
    { config: { simulated: { operation: 'oauth.metadata' } } },
    (request) => ({
      issuer: world.ownUrl(request, '/'),
      service_documentation: 'https://docs.joinmastodon.org/',
      authorization_endpoint: world.ownUrl(request, '/oauth/authorize'),
      token_endpoint: world.ownUrl(request, '/oauth/token'),
      app_registration_endpoint: world.ownUrl(request, '/api/v1/apps'),
      revocation_endpoint: world.ownUrl(request, '/oauth/revoke'),
      userinfo_endpoint: world.ownUrl(request, '/oauth/userinfo'),
      scopes_supported: [
        'read',
        'write',
        'profile',
        'read:accounts',
        'read:statuses',
        'write:statuses',
        'write:media',
      ],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    }),
  )
}
