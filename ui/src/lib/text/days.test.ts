import { expect, test } from "vitest";
import { dayOf, groupByDay } from "./days";

const at = (...parts: [number, number, number, number?, number?]) => new Date(...parts).getTime();
/** Thursday 5 November 2026, 10:00. */
const now = at(2026, 10, 5, 10);

test.each([
  ["this morning", at(2026, 10, 5, 0, 0), "today"],
  ["a clock ahead of ours", at(2026, 10, 6), "today"],
  ["last night", at(2026, 10, 4, 23, 59), "yesterday"],
  ["Monday", at(2026, 10, 2, 0, 0), "week"],
  ["Sunday", at(2026, 10, 1, 23, 59), "older"],
  ["last year", at(2025, 10, 5), "older"],
])("%s", (_, moment, day) => {
  expect(dayOf(moment, now)).toBe(day);
});

test("on a Monday, Sunday is yesterday and not this week", () => {
  expect(dayOf(at(2026, 10, 1, 12), at(2026, 10, 2, 9))).toBe("yesterday");
  expect(dayOf(at(2026, 9, 31, 12), at(2026, 10, 2, 9))).toBe("older");
});

test("the day of a clock change has its 25 hours", () => {
  expect(dayOf(at(2026, 9, 25, 0, 30), at(2026, 9, 25, 23, 30))).toBe("today");
});

test("keeps the order given and leaves empty days out", () => {
  const items = [now, at(2026, 10, 4, 8), now - 1, at(2020, 1, 1)].map((updatedAt) => ({ updatedAt }));
  expect(groupByDay(items, now).map(({ day, items }) => [day, items.length])).toEqual([["today", 2], ["yesterday", 1], ["older", 1]]);
});
