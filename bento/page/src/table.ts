/** A table of observations: typed, pasted, or put there by a click on the map. */

import { parseTable, type Row } from "./csv";
import { el } from "./dom";
import type { Field } from "./questions";

const SHOWN = 100;
/** Lines of a pasted table that are told one by one. */
const TOLD = 3;

export class Table {
  rows: Row[] = [];
  readonly element = el("div", { class: "table" });
  private body = el("tbody");
  private more = el("p", { class: "soft" });
  private columns: Field[];

  constructor(
    readonly field: Field,
    private changed: () => void,
  ) {
    this.columns = [...field.columns].sort((a, b) => Number(b.required) - Number(a.required));
    const head = this.columns.map(({ name, about }) =>
      el("th", { scope: "col", title: about }, name.replace("_", " ")),
    );
    const table = el(
      "table",
      {},
      el("caption", { class: "unseen" }, field.about),
      el("thead", {}, el("tr", {}, ...head, el("th", {}, el("span", { class: "unseen" }, "remove")))),
      this.body,
    );
    const box = el("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": field.name }, table);
    const add = el("button", { type: "button", onclick: () => this.add({}) }, "Add a row");
    const clear = el("button", { type: "button", onclick: () => this.set([]) }, "Clear");
    this.element.append(box, this.more, el("p", { class: "buttons" }, add, clear), this.pasting());
    this.set([]);
  }

  /** What is sent: rows without what was left empty. */
  get value(): Row[] {
    return this.rows.filter((row) => Object.keys(row).length);
  }

  set(rows: Row[]) {
    this.rows = rows.map((row) => ({ ...row }));
    this.draw();
  }

  /** Puts a row at the end, and the cursor into its first empty cell. */
  add(given: Row) {
    const known = Object.entries(given).filter(([name]) => this.columns.some((c) => c.name === name));
    this.rows.push(Object.fromEntries(known));
    this.draw();
    const cells = [...(this.body.lastElementChild?.querySelectorAll("input") ?? [])];
    (cells.find((cell) => !cell.value) ?? cells[0])?.focus();
  }

  private draw() {
    const lines = this.rows.slice(0, SHOWN).map((row, number) => {
      const cells = this.columns.map((column) => el("td", {}, this.cell(row, column, number)));
      const remove = () => this.set(this.rows.filter((other) => other !== row));
      const label = `Remove observation ${number + 1}`;
      const button = el("button", { type: "button", "aria-label": label, onclick: remove }, "×");
      return el("tr", {}, ...cells, el("td", {}, button));
    });
    this.body.replaceChildren(...lines);
    const rest = this.rows.length - SHOWN;
    this.more.textContent = rest > 0 ? `and ${rest} more, which are sent too` : "";
    this.more.hidden = rest <= 0;
    this.changed();
  }

  private cell(row: Row, { name, kind, about }: Field, number: number) {
    const numeric = kind === "number" || kind === "integer";
    const input = el("input", {
      type: numeric ? "number" : "text",
      step: "any",
      value: row[name] === undefined ? "" : String(row[name]),
      title: about,
      "aria-label": `${name.replace("_", " ")} of observation ${number + 1}`,
      onchange: () => {
        if (input.value === "") delete row[name];
        else row[name] = numeric ? Number(input.value) : input.value;
        this.changed();
      },
    });
    return input;
  }

  private pasting() {
    const names = this.columns.filter(({ required }) => required).map(({ name }) => name);
    const text = el("textarea", {
      rows: 4,
      placeholder: `${names.join(",")},…`,
      "aria-label": "Values between commas, semicolons or tabs, with a line of names",
    });
    const said = el("p", { class: "soft", role: "status" });
    const take = () => {
      const { rows, wrong } = parseTable(text.value, this.columns);
      const more = wrong.length > TOLD ? [`and ${wrong.length - TOLD} more`] : [];
      const left = wrong.length ? ` Not taken: ${[...wrong.slice(0, TOLD), ...more].join("; ")}.` : "";
      said.textContent = `${rows.length || "No"} row${rows.length === 1 ? "" : "s"} added.${left}`;
      if (rows.length) this.set([...this.value, ...rows]);
    };
    const button = el("button", { type: "button", onclick: take }, "Add these rows");
    return el("details", {}, el("summary", {}, "Paste a table (CSV)"), text, button, said);
  }
}
