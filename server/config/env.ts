/**
 * Reads the environment, and is the only place that does. Each reader gives a value of a precise type or notes a
 * problem; `config.ts` asks for all settings first and refuses with every problem at once, so that an operator does
 * not mend them one start at a time.
 */
export interface EnvironmentReader {
  /** Sentences, one per bad value. Never the value of a secret. */
  readonly problems: string[]
  text(name: string): string | null
  /** A whole number. */
  number(name: string, bounds: { min: number; max: number }): number | null
  choice<T extends string>(name: string, choices: readonly T[]): T | null
  /** An http(s) address without a trailing slash. */
  address(name: string): string | null
  /** Any URL with one of the given schemes (`postgres:`); the value is not repeated in messages, it may hold a password. */
  url(name: string, schemes: readonly string[]): string | null
  /** Separated by commas or blanks; null when unset. */
  list(name: string): string[] | null
  /** Every variable that is set and starts with the prefix. */
  namesStartingWith(prefix: string): string[]
}

/** An empty variable counts as unset, since that is how compose files and shells leave one out. */
export function readEnvironment(variables: Record<string, string | undefined>): EnvironmentReader {
  const problems: string[] = []
  const text = (name: string) => variables[name]?.trim() || null

  return {
    problems,
    text,

    number(name, { min, max }) {
      const value = text(name)
      if (value === null) return null
      const number = Number(value)
      if (/^\d+$/.test(value) && number >= min && number <= max) return number
      problems.push(`${name} is "${value}"; it must be a whole number from ${min} to ${max}.`)
      return null
    },

    choice(name, choices) {
      const value = text(name)
      if (value === null) return null
      const chosen = choices.find((choice) => choice === value.toLowerCase())
      if (chosen !== undefined) return chosen
      problems.push(`${name} is "${value}"; it must be one of: ${choices.join(', ')}.`)
      return null
    },

    address(name) {
      const value = text(name)
      if (value === null) return null
      const url = URL.canParse(value) ? new URL(value) : null
      if (url && ['http:', 'https:'].includes(url.protocol) && !url.search && !url.hash && !url.username)
        return url.href.replace(/\/+$/, '')
      problems.push(
        `${name} is "${value}"; it must be an address like https://social.example.org, without a query.`,
      )
      return null
    },

    url(name, schemes) {
      const value = text(name)
      if (value === null) return null
      if (schemes.some((scheme) => value.startsWith(`${scheme}//`)) && parses(value)) return value
      problems.push(`${name} must be a URL that starts with ${schemes.map((s) => `${s}//`).join(' or ')}.`)
      return null
    },

    list: (name) =>
      text(name)
        ?.split(/[\s,]+/)
        .filter(Boolean) ?? null,

    namesStartingWith: (prefix) =>
      Object.keys(variables).filter((name) => name.startsWith(prefix) && text(name) !== null),
  }
}

/** `postgresql:///name?host=/run/postgresql` has no host, which URL refuses for schemes it does not know the rules of. */
function parses(value: string): boolean {
  return URL.canParse(value) || URL.canParse(value.replace(/^(\w+:\/\/)([^/@]*@)?(?=\/)/, '$1$2host'))
}
