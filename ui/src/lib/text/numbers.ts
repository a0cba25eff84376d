// Numbers and dates as French writes them: the platform's own tables, no sentence here.
const FRENCH = "fr-FR";
const whole = new Intl.NumberFormat(FRENCH, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(FRENCH, { notation: "compact", compactDisplay: "long", maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat(FRENCH, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(FRENCH, { day: "numeric", month: "long", year: "numeric" });

/** `1284` with its thousands apart. */
export function integer(value: number): string {
  return whole.format(value);
}

/** A large count in words: thousands, millions. */
export function roughly(value: number): string {
  return compact.format(value);
}

/** A file size in the unit that suits it, one decimal. */
export function fileSize(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const rank = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const format = new Intl.NumberFormat(FRENCH, { style: "unit", unit: units[rank] ?? "byte", maximumFractionDigits: 1 });
  return format.format(bytes / 1000 ** rank);
}

/** `done` of `total` as a whole percentage, never above 100 nor below 0. */
export function percent(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.max(0, Math.floor((100 * done) / total))) : 0;
}

/** A day: number, month in letters, year. */
export function longDate(milliseconds: number): string {
  return day.format(new Date(milliseconds));
}

/** A moment of the day, to the second. */
export function clock(milliseconds: number): string {
  return time.format(new Date(milliseconds));
}

/** Page numbers in order, runs joined: `1, 3–5`. */
export function pageRanges(pages: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const page of [...new Set(pages)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[1] === page - 1) last[1] = page;
    else runs.push([page, page]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`)).join(", ");
}
