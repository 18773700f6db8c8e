/**
 * Whether a statement failed because of the database's state, not of the statement: the connection broke, the server
 * is starting or stopping, out of slots, a deadlock was resolved against us. The same statement may succeed later.
 * Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isPassingTrouble(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  if (code === undefined) return /terminated|timeout|Connection ended|not queryable/i.test(message ?? '')
  return (
    /^(08|53|57P|58|40|55P03|57014)/.test(code) || /^E(CONN|PIPE|HOST|NET|TIMEDOUT|NOENT|AI_AGAIN)/.test(code)
  )
}

/** Two claims met on the same account; see deliveries_one_publishing. */
export const isUniqueViolation = (error: unknown) => (error as { code?: string }).code === '23505'
