/** A pasted table: rows of numbers between commas, semicolons or tabs. */

import type { Field } from "./questions";

export type Row = Record<string, number | string>;

const MISSING = /^(nan|na|n\/a|null|none|-*)$/i;

/** Rows of a text, whose names may be shortened, such as `lat`, and what is wrong with the lines that are left out. */
export function parseTable(text: string, columns: Field[]): { rows: Row[]; wrong: string[] } {
  const lines = text
    .split(/\r?\n/)
    .map((line, k) => ({ line, number: k + 1 }))
    .filter(({ line }) => line.trim() && !line.startsWith("#"));
  const separator = separatorOf(lines[0]?.line ?? "");
  const split = (line: string) => line.split(separator).map((cell) => cell.trim());
  const first = split(lines[0]?.line ?? "");
  const value = (cell: string) => Number(separator === "," ? cell : cell.replace(",", "."));
  const named = first.some((cell) => !MISSING.test(cell) && Number.isNaN(value(cell)));
  const order = named
    ? first.map((name) => columns.find((c) => name.length > 2 && c.name.startsWith(name.toLowerCase())))
    : columns;
  const unnamed = columns.find((column) => column.required && !order.includes(column));
  if (unnamed) return { rows: [], wrong: [`the line of names has no ${inWords(unnamed)}`] };
  const length = named ? first.length : Math.min(first.length, columns.length);
  const rows: Row[] = [];
  const wrong: string[] = [];
  for (const { line, number } of named ? lines.slice(1) : lines) {
    const cells = split(line);
    const row: Row = {};
    const bad = cells.find((cell, k) => {
      const column = order[k];
      if (!column || MISSING.test(cell)) return false;
      const found = column.kind === "text" ? cell : value(cell);
      if (typeof found === "number" && !Number.isFinite(found)) return true;
      row[column.name] = found;
      return false;
    });
    const absent = columns.find(({ name, required }) => required && !(name in row));
    if (cells.length !== length) wrong.push(`line ${number} has ${cells.length} values instead of ${length}`);
    else if (bad !== undefined) wrong.push(`line ${number} has “${bad}”, which is no number`);
    else if (absent) wrong.push(`line ${number} has no ${inWords(absent)}`);
    else rows.push(row);
  }
  return { rows, wrong };
}

function inWords({ name }: Field): string {
  return name.replace("_", " ");
}

/** The most frequent one; commas between digits may be decimal ones, and count only if there is nothing else. */
function separatorOf(line: string): string {
  const count = (pattern: RegExp) => line.match(pattern)?.length ?? 0;
  const found: [string, number][] = [[",", count(/,(?!\d)|(?<!\d),/g)], [";", count(/;/g)], ["\t", count(/\t/g)]];
  return found.reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}
