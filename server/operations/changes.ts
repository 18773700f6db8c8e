/**
 * What a change would alter, as `{field: {from, to}}` for the event that tells of it; null when everything is as
 * wanted already, so that nothing is written and nothing is told. Fields that are undefined are left alone.
 */
export function changesOf<Row extends object>(
  before: Row,
  change: Partial<Row>,
): Record<string, { from: unknown; to: unknown }> | null {
  const changes: Record<string, { from: unknown; to: unknown }> = {}
  for (const [field, to] of Object.entries(change)) {
    const from = before[field as keyof Row]
    if (to !== undefined && JSON.stringify(from) !== JSON.stringify(to)) changes[field] = { from, to }
  }
  return Object.keys(changes).length > 0 ? changes : null
}
