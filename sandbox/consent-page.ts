import type { Answer } from './answer.ts'
import { html } from './html.ts'
import { page } from './page.ts'
import type { Person } from './people.ts'

/** The page on which a person says yes or no, and picks who they are. The POST goes to the same address. */
export function consentPage(options: {
  people: Person[]
  pageWord?: string
  clientId: string
  scopes: string[]
  asked: Record<string, string>
}): Answer {
  const asked = new URLSearchParams(options.asked).toString()
  const firstPerson = options.people[0]
  return page(
    'Allow access?',
    html`<main><form class="consent" method="post" action="?">
<h1>Allow access to your account?</h1>
<p>This is a simulated network: nobody is asked, nothing leaves this server. The app <code>${options.clientId}</code> would like to act for you.</p>
<input type="hidden" name="asked" value="${asked}">
<fieldset><legend>Who are you?</legend>${options.people.map(
      (person) => html`
<label><input type="radio" name="person" value="${person.id}"${person === firstPerson ? html` checked` : null}> ${person.name} <span>@${person.handle}</span></label>`,
    )}
</fieldset>${options.people
      .filter((person) => options.pageWord && person.pages?.length)
      .map(
        (person) => html`
<fieldset><legend>${person.name}: which ${options.pageWord}s?</legend>${(person.pages ?? []).map(
          (one) => html`
<label><input type="checkbox" name="pages" value="${one.id}" checked> ${one.name}</label>`,
        )}
</fieldset>`,
      )}
${options.scopes.length > 0 ? html`<ul class="scopes">${options.scopes.map((scope) => html`<li><code>${scope}</code></li>`)}</ul>` : null}
<div class="buttons"><button name="decision" value="deny">Deny</button><button class="yes" name="decision" value="allow">Allow</button></div>
</form></main>`,
  )
}

export function refusalPage(why: string): Answer {
  return page(
    'This cannot be allowed',
    html`<main><form class="consent"><h1>This request cannot be granted</h1><p>${why}</p></form></main>`,
    { status: 400 },
  )
}
