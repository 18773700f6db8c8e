/** Whether a name is a zone of the IANA database this runtime knows: `Europe/Paris`, `UTC`. Offsets are not. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}
