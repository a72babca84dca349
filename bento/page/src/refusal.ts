/** A refusal in the words of the page: its fields as they are called there, and what they may hold. */

import type { Field } from "./questions";
import type { Refusal } from "./service";

/** Places that are the whole question. */
const WHOLE = ["request", "body", ""];
const LIMITS = /\/docs\.json/;

/** What the service says to programs, for those who fill in a form with these fields. */
export function onThePage({ what, where, fix }: Refusal, fields: Field[]): Refusal {
  const field = named(where, fields);
  return {
    what: plain(what, fields),
    where: WHOLE.includes(where) ? "" : plain(inWords(where), fields),
    fix: plain(LIMITS.test(fix) && field ? allowed(field) : fix, fields),
  };
}

/** A field that is needed and empty, as a refusal; undefined if there is none. */
export function unfilled(fields: Field[], values: Record<string, unknown>): Refusal | undefined {
  const field = fields.find(({ name, required }) => required && values[name] === undefined);
  if (!field) return undefined;
  const [what, give] = field.kind === "file" ? ["no file is chosen", "choose"] : ["it is empty", "give"];
  return { what: what!, where: inWords(field.name), fix: `${give}: ${field.about}` };
}

/** Such as "Observation 3, depth" of `observations[2].depth`; the form counts from 1. */
function inWords(where: string): string {
  const found = /^(\w+?)s?(?:\[| )(\d+)\]?(?:\.(\w+))?$/.exec(where);
  if (!found) return /^\w+$/.test(where) ? capital(spaced(where)) : where;
  const [, list, number, column] = found;
  const row = `${capital(spaced(list!))} ${Number(number) + 1}`;
  return column ? `${row}, ${spaced(column)}` : row;
}

/** What a field may hold. */
function allowed({ about, minimum, maximum }: Field): string {
  const from = minimum === undefined ? "" : `from ${minimum}`;
  const to = maximum === undefined ? "" : `${from ? "" : "up "}to ${maximum}`;
  return `give: ${[about, [from, to].filter(Boolean).join(" ")].filter(Boolean).join(", ")}`;
}

function named(where: string, fields: Field[]): Field | undefined {
  const [list, column] = where.replace(/\[\d+\]/, "").split(".");
  const field = fields.find(({ name }) => name === list);
  return column ? field?.columns.find(({ name }) => name === column) : field;
}

/** Without marks of code; fields are called as the page's labels are. */
function plain(text: string, fields: Field[]): string {
  const names = new Set([...fields, ...fields.flatMap(({ columns }) => columns)].map(({ name }) => name));
  return text.replace(/`([^`]+)`/g, (_, word: string) => (names.has(word) ? spaced(word) : word));
}

const spaced = (name: string) => name.replaceAll("_", " ");
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** With a capital and a full stop, and without marks of code. */
export function sentence(text: string): string {
  const said = capital(text.trim().replaceAll("`", ""));
  return !said || /[.!?…]$/.test(said) ? said : `${said}.`;
}
