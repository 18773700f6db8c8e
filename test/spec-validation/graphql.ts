import { type DefinitionNode, type DocumentNode, Kind, print, type TypeNode } from 'graphql'

/**
 * What a schema says, one line each: `Post.text: String!`, `Query.post(input: PostInput!): Post!`, `ShareMode = shareNow`, `ImageAsset < Asset`.
 * @param unknown the type of an input field whose type the schema's text has lost, `Unknown`
 */
export function factsOf(
  document: DocumentNode,
  unknown?: (owner: string, field: string) => string | null,
): Set<string> {
  return new Set(document.definitions.flatMap((definition) => definitionFacts(definition, unknown)))
}

function definitionFacts(
  definition: DefinitionNode,
  unknown?: (owner: string, field: string) => string | null,
): string[] {
  switch (definition.kind) {
    case Kind.SCALAR_TYPE_DEFINITION:
      return [`scalar ${definition.name.value}`]
    case Kind.ENUM_TYPE_DEFINITION:
      return (definition.values ?? []).map(({ name }) => `${definition.name.value} = ${name.value}`)
    case Kind.UNION_TYPE_DEFINITION:
      return (definition.types ?? []).map(({ name }) => `${definition.name.value} | ${name.value}`)
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
      const owner = definition.name.value
      const above = definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ? [] : (definition.interfaces ?? [])
      return [
        ...above.map(({ name }) => `${owner} < ${name.value}`),
        ...(definition.fields ?? []).map((field) => {
          const args = 'arguments' in field ? (field.arguments ?? []) : []
          const initial =
            'defaultValue' in field && field.defaultValue ? ` = ${print(field.defaultValue)}` : ''
          const list = args.map((one) => `${one.name.value}: ${print(one.type)}`).join(', ')
          return `${owner}.${field.name.value}${list && `(${list})`}: ${typeOf(owner, field, unknown)}${initial}`
        }),
      ]
    }
    default:
      return []
  }
}

/** Where the capture was not deep enough to see a type (`Unknown`), the reference has it. */
function typeOf(
  owner: string,
  field: { name: { value: string }; type: TypeNode },
  unknown?: (owner: string, field: string) => string | null,
): string {
  const type = print(field.type)
  return (type.includes('Unknown') && unknown?.(owner, field.name.value)) || type
}

/** A field's type in Buffer's reference, which is Markdown. */
export function referenceType(markdown: string, owner: string, field: string): string | null {
  const section = markdown.split(/^#### /m).find((part) => part.startsWith(`${owner}\n`))
  return new RegExp(`^- \`${field}\`: \`([^\`]+)\``, 'm').exec(section ?? '')?.[1] ?? null
}

/** The capture begins with a description of nothing. */
export const withoutTitle = (text: string) => text.replace(/^"""[\s\S]*?"""\n/, '')
