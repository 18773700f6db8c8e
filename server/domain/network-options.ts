import type { TSchema } from 'typebox'
import { Errors } from 'typebox/value'
import type { Issue } from './refusal.ts'

/** What can be asked for on every network; one that has no threads ignores it. */
const commonOptions = ['thread', 'threadNumbering']

/** What a network says about its options; `Network` fits. */
export interface NetworkOptions {
  id: string
  name: string
  options: TSchema
}

/**
 * The options of one account: the post's that its network knows, and all of the account's own over them.
 * The post's options speak to several networks at once, so what this one does not know is left out; in the account's
 * own it is an issue (`unknown_option`).
 * Paths of issues are `options.<name>`.
 */
export function optionsFor(
  network: NetworkOptions,
  ofPost: Record<string, unknown>,
  ofAccount: Record<string, unknown> | null,
): { options: Record<string, unknown>; issues: Issue[] } {
  const known = Object.fromEntries(Object.entries(ofPost).filter(([name]) => knowsOption(network, name)))
  const options = { ...known, ...ofAccount }
  return { options, issues: optionIssues(network, options) }
}

/** Whether an option of this name means something on the network. */
export const knowsOption = (network: NetworkOptions, name: string): boolean =>
  commonOptions.includes(name) || optionNames(network).includes(name)

const optionNames = ({ options }: NetworkOptions): string[] =>
  Object.keys((options as { properties?: Record<string, TSchema> }).properties ?? {})

function optionIssues(network: NetworkOptions, options: Record<string, unknown>): Issue[] {
  const names = optionNames(network)
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)))
  const unknown = Object.keys(options).filter((name) => !knowsOption(network, name))
  const wrong = commonOptions.filter(
    (name) => !names.includes(name) && name in options && typeof options[name] !== 'boolean',
  )
  return [
    ...unknown.map((name) => ({
      path: `options.${name}`,
      rule: 'unknown_option',
      message: `${network.name} has no option "${name.slice(0, 100)}".`,
      remedy: names.length > 0 ? `It has: ${names.join(', ')}.` : 'It has no options.',
      network: network.id,
    })),
    ...wrong.map((name) => badOption(network, name, 'must be true or false')),
    ...schemaIssues(network, own),
  ]
}

/** One issue for each option, however many branches of its schema it breaks. */
function schemaIssues(network: NetworkOptions, own: Record<string, unknown>): Issue[] {
  const errors = Errors(network.options, own).flatMap((error): { name: string; error: typeof error }[] =>
    error.keyword === 'required'
      ? error.params.requiredProperties.map((name) => ({ name, error }))
      : [{ name: error.instancePath.split('/')[1] ?? '', error }],
  )
  return [...Map.groupBy(errors, ({ name }) => name)].map(([name, told]) => {
    const allowed = told.flatMap(({ error }) =>
      error.keyword === 'const'
        ? [error.params.allowedValue]
        : error.keyword === 'enum'
          ? error.params.allowedValues
          : [],
    )
    if (told[0]?.error.keyword === 'required')
      return { ...badOption(network, name, 'is required'), rule: 'option_required' }
    return badOption(
      network,
      name,
      allowed.length > 0 ? `must be one of: ${allowed.join(', ')}` : String(told[0]?.error.message),
    )
  })
}

const badOption = (network: NetworkOptions, name: string, what: string): Issue => ({
  path: `options.${name}`,
  rule: 'option_invalid',
  message: `${network.name}: the option "${name}" ${what}.`,
  network: network.id,
})
