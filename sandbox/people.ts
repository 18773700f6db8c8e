/** A simulated person, whom a tester may be on a consent page. */
export interface Person {
  id: string
  name: string
  handle: string
  pages?: { id: string; name: string }[]
}

/** The names that appear on consent pages when a network has no reason for its own. */
export function somePeople(options: { withPages: boolean }): Person[] {
  return ['Ada Example', 'Grace Example', 'Linus Example'].map((name) => {
    const first = name.split(' ')[0] as string
    const person = { id: first.toLowerCase(), name, handle: first.toLowerCase() }
    if (!options.withPages) return person
    const pages = ['Bakery', 'Workshop'].map((place) => ({
      id: `${person.id}-${place.toLowerCase()}`,
      name: `${first}'s ${place}`,
    }))
    return { ...person, pages }
  })
}
