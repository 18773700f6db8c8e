import { invalidAt, Refusal } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { labelNamed } from '../storage/labels.ts'

export function requireGoodColor(color: string | null | undefined): void {
  if (color && !/^#[0-9a-f]{6}$/i.test(color))
    throw invalidAt('color', 'Write a colour as #RRGGBB.', 'label_color')
}

export const duplicateLabel = (name: string) =>
  new Refusal('conflict', `There is a label named ${name} already.`, { rule: 'label_exists' })

export async function requireFreeLabelName(
  tx: Db,
  workspaceId: string,
  name: string,
  except: string,
): Promise<void> {
  const other = await labelNamed(tx, workspaceId, name)
  if (other && other.id !== except) throw duplicateLabel(other.name)
}
