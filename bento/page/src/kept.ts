/** The answers of this tab, so that they are there again after the page was loaded anew. */

import type { Place } from "./map";

const KEY = "thermocline-answers";
/** The last ones. */
const MOST = 5;
/** Places of one question that are kept: a tab's storage is small. */
const PLACES = 10_000;

interface Kept {
  task: string;
  /** Where its question's observations were, if that is known. */
  places?: Place[] | undefined;
}

export function kept(): Kept[] {
  const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  // An earlier page kept names alone.
  return Array.isArray(found) ? found.map((one) => (typeof one === "string" ? { task: one } : one)) : [];
}

/** Keeps a task as the last one. */
export function keep(task: string, places: Place[] | undefined) {
  const few = places && places.length <= PLACES ? places : undefined;
  store([...without(task), { task, places: few }].slice(-MOST));
}

/** Lets go of a task that is gone. */
export function letGo(task: string) {
  store(without(task));
}

function without(task: string): Kept[] {
  return kept().filter((one) => one.task !== task);
}

function store(all: Kept[]) {
  sessionStorage.setItem(KEY, JSON.stringify(all));
}
