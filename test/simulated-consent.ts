/**
 * Opens the consent page of a simulated network as a person who allows; answers the code of the redirect.
 * @param choices `sandbox_person`, `sandbox_pages`, as sandbox/README.md has them
 */
export async function consentTo(authorizeUrl: string, choices: Record<string, string> = {}): Promise<string> {
  const url = new URL(authorizeUrl)
  for (const [name, value] of Object.entries({ sandbox_consent: 'allow', ...choices }))
    url.searchParams.set(name, value)
  const answer = await fetch(url, { redirect: 'manual' })
  const location = answer.headers.get('location')
  if (!location) throw new Error(`The consent page answered ${answer.status}: ${await answer.text()}`)
  const code = new URL(location).searchParams.get('code')
  if (!code) throw new Error(`The consent was not given: ${location}`)
  return code
}
