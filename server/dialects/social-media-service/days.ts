/** Days are UTC's in this dialect, and both ends of a range are meant whole (answers 1.7). */
export const dayStart = (day: string) => new Date(`${day}T00:00:00Z`)
export const dayAfter = (day: string) => new Date(dayStart(day).getTime() + 86_400_000)
