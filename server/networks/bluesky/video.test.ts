import { expect, test } from 'vitest'
import { sampleVideo } from '../conformance-samples.ts'
import type { Json } from '../network.ts'
import { answer, methodOf, type Script, testAccount } from './test-account.ts'

const blob = {
  $type: 'blob',
  ref: { $link: `bafkrei${'a'.repeat(52)}` },
  mimeType: 'video/mp4',
  size: 60_036,
}
const draft = { text: 'A film', contentType: 'video' as const }

/** Answers calls of the video service by hand; everything else goes to the simulator. */
const service =
  (answers: Record<string, () => ReturnType<typeof answer>>): Script =>
  (request) =>
    answers[methodOf(request)]?.() ?? null

const uploadVideo = 'app.bsky.video.uploadVideo'
const getJobStatus = 'app.bsky.video.getJobStatus'
const getUploadLimits = 'app.bsky.video.getUploadLimits'

test('a video goes through the service, with its shape and alternative text', async () => {
  await using bluesky = await testAccount()
  const [record] = bluesky.records(await bluesky.plan(draft, [sampleVideo()]))
  expect(record?.embed).toMatchObject({
    $type: 'app.bsky.embed.video',
    video: { mimeType: 'video/mp4' },
    alt: 'What clip.mp4 shows',
    aspectRatio: { width: 640, height: 480 },
  })
  const upload = bluesky.sent.find((request) => methodOf(request) === uploadVideo)
  expect(upload?.headers?.['content-length']).toBe(String(sampleVideo().bytes.length))
  expect(upload?.query?.name).toMatch(/^[0-9a-f-]{36}\.mp4$/)
  expect(bluesky.sent.map(methodOf)).not.toContain('com.atproto.repo.uploadBlob')
})

test('where there is no video service, the file itself goes to the server', async () => {
  for (const absent of [answer(404, 'nothing here'), { kind: 'not_sent', why: 'ECONNREFUSED' } as const]) {
    await using bluesky = await testAccount()
    bluesky.script(service({ [uploadVideo]: () => absent, [getUploadLimits]: () => absent }))
    await bluesky.publish(draft, [sampleVideo()])
    expect(bluesky.sent.map(methodOf)).toContain('com.atproto.repo.uploadBlob')
    expect(await bluesky.world.feed()).toMatchObject([{ media: [{ kind: 'video' }] }])
  }
})

test('the same video again is the job of the first time', async () => {
  await using bluesky = await testAccount()
  const video = sampleVideo()
  await bluesky.publish(draft, [video])
  await bluesky.publish({ ...draft, text: 'The film again' }, [video])
  expect(await bluesky.world.feed()).toHaveLength(2)
})

test('a process that dies while the video is encoded goes on with the same job', async () => {
  await using bluesky = await testAccount()
  const checkpoint = new Map<string, { value: Json; at: number }>()
  let polls = 0
  bluesky.script(
    service({
      [getJobStatus]: () =>
        ++polls === 1
          ? { kind: 'no_answer', why: 'cut' }
          : answer(200, { jobStatus: { jobId: 'j', state: 'JOB_STATE_COMPLETED', blob } }),
    }),
  )
  const video = sampleVideo()
  expect(await bluesky.prepare(draft, [video], checkpoint)).toMatchObject({
    outcome: 'failed',
    failure: { class: 'transient' },
  })
  expect(await bluesky.prepare(draft, [video], checkpoint)).toMatchObject({ outcome: 'ready' })
  expect(bluesky.sent.filter((request) => methodOf(request) === uploadVideo)).toHaveLength(1)
})

test('what the service says of the day, the account and the video is passed on', async () => {
  const failing = async (answers: Parameters<typeof service>[0]) => {
    await using bluesky = await testAccount()
    bluesky.script(service(answers))
    const prepared = await bluesky.prepare(draft, [sampleVideo()])
    return prepared.outcome === 'failed' ? prepared.failure : null
  }
  const limits = (body: object) => ({ [getUploadLimits]: () => answer(200, body) })
  const full = await failing(limits({ canUpload: false, remainingDailyVideos: 0, remainingDailyBytes: 5 }))
  expect(full).toMatchObject({ class: 'rate_limited', rule: 'bluesky.video_limit_of_the_day' })
  expect(full?.retryAfterMs).toBeGreaterThan(0)
  expect(full?.retryAfterMs).toBeLessThanOrEqual(24 * 3_600_000 + 60_000)
  expect(await failing(limits({ canUpload: false, message: 'Email is not verified' }))).toMatchObject({
    class: 'permanent',
    message: expect.stringContaining('Email is not verified'),
  })
  const job = (status: object) => ({
    [getJobStatus]: () => answer(200, { jobStatus: { jobId: 'j', state: 'JOB_STATE_FAILED', ...status } }),
  })
  expect(await failing(job({ failureCode: 'validation_failure', message: 'Too long' }))).toMatchObject({
    class: 'permanent',
    rule: 'bluesky.video_validation_failure',
    message: expect.stringContaining('Too long'),
  })
  expect(await failing(job({ failureCode: 'pds_upload_failure' }))).toMatchObject({ class: 'transient' })
  expect(await failing({ [uploadVideo]: () => answer(401, { error: 'InvalidToken' }) })).toMatchObject({
    class: 'transient',
    rule: 'bluesky.video_refused',
  })
})
