import { expect, test } from "vitest";
import { fileSize, integer, pageRanges, percent, roughly } from "./numbers";

test("figures as French writes them", () => {
  expect(integer(1284)).toBe("1\u202F284");
  expect(roughly(134_515_008)).toMatch(/^134,5\smillions$/);
  expect(fileSize(92_871_040)).toMatch(/^92,9\sMo$/);
  expect(fileSize(0)).toMatch(/^0\so$/);
});

test("a percentage is never past its ends", () => {
  expect([percent(0, 0), percent(999, 1000), percent(3, 2), percent(-1, 2)]).toEqual([0, 99, 100, 0]);
});

test("runs of pages are joined", () => {
  expect(pageRanges([3, 1, 2, 2, 7, 9, 10])).toBe("1–3, 7, 9, 10");
  expect(pageRanges([])).toBe("");
});
