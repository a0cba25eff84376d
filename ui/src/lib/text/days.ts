// The conversation list by day, on the reader's own calendar: weeks begin on Monday.
export type Day = "today" | "yesterday" | "week" | "older";

/** The day's heading under which a moment falls. Both in milliseconds since the Unix epoch. */
export function dayOf(moment: number, now: number): Day {
  const today = midnight(now, 0);
  if (moment >= today) return "today";
  if (moment >= midnight(now, 1)) return "yesterday";
  const sinceMonday = (new Date(now).getDay() + 6) % 7;
  return moment >= midnight(now, sinceMonday) ? "week" : "older";
}

/** Items under their day, in the order given; empty days are left out. */
export function groupByDay<T extends { updatedAt: number }>(items: readonly T[], now: number): { day: Day; items: T[] }[] {
  const days: Day[] = ["today", "yesterday", "week", "older"];
  return days
    .map((day) => ({ day, items: items.filter((item) => dayOf(item.updatedAt, now) === day) }))
    .filter((group) => group.items.length > 0);
}

/** The start of the day `back` days before `now`; the calendar, not 24 hours, so that clock changes are right. */
function midnight(now: number, back: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - back).getTime();
}
