/** The form of a question, made of its fields. */

import type { Row } from "./csv";
import { el } from "./dom";
import type { Field, Question } from "./questions";
import { ask, type Values } from "./service";
import { Table } from "./table";

const SAMPLE = "example file";
const TYPES: Record<string, string> = { file: "file", integer: "number", number: "number", boolean: "checkbox" };
/** Kinds whose inputs begin without a value. */
const UNSET = ["file", "boolean"];

export class Form {
  readonly element = el("div", { class: "form" });
  readonly table: Table | undefined;
  private inputs = new Map<string, HTMLInputElement>();
  /** Files that were not chosen but fetched: the example's. */
  private samples = new Map<string, File>();
  private notes = new Map<string, HTMLElement>();
  /** Holds what is asked about the answer; open where something is. */
  private answer: HTMLElement | undefined;

  constructor(
    readonly question: Question,
    private changed: () => void,
  ) {
    const tabled = question.fields.find(({ kind }) => kind === "table");
    this.table = tabled && new Table(tabled, changed);
    const order = ["text", "table", "file", "integer", "number", "boolean"];
    const fields = [...question.fields].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
    const plain = (field: Field) => ["integer", "number"].includes(field.kind);
    const rows = (which: (field: Field) => boolean) => fields.filter(which).map((field) => this.row(field));
    this.element.append(
      ...rows((field) => !plain(field) && !field.answer),
      el("div", { class: "numbers" }, ...rows((field) => plain(field) && !field.answer)),
    );
    const about = rows(({ answer }) => answer);
    if (about.length) this.answer = el("details", {}, el("summary", {}, "Part, members, quantiles"), ...about);
    if (this.answer) this.element.append(this.answer);
  }

  private row(field: Field): HTMLElement {
    const label = field.name.replaceAll("_", " ") + (field.required ? " (needed)" : "");
    if (field.kind === "table") {
      return el("fieldset", {}, el("legend", {}, label), this.table!.element);
    }
    const id = `field-${field.name}`;
    const input = el("input", {
      id,
      type: TYPES[field.kind] ?? "text",
      step: field.kind === "number" ? "any" : undefined,
      min: field.minimum?.toString(),
      max: field.maximum?.toString(),
      value: field.initial === undefined || UNSET.includes(field.kind) ? undefined : String(field.initial),
      "aria-describedby": `${id}-about`,
      onchange: () => {
        if (field.kind === "file") this.sample(field.name, undefined);
        this.changed();
      },
    });
    this.inputs.set(field.name, input);
    const note = el("span", { class: "note" });
    this.notes.set(field.name, note);
    const about = el("span", { class: "soft", id: `${id}-about` }, field.about);
    return el("div", { class: "field" }, el("label", { for: id }, label), input, note, about);
  }

  /** What is sent: what was left empty is not. */
  get values(): Values {
    const found: Values = {};
    if (this.table?.value.length) found[this.table.field.name] = this.table.value;
    for (const { name, kind } of this.question.fields) {
      const input = this.inputs.get(name);
      const file = this.samples.get(name) ?? input?.files?.[0];
      if (kind === "file" && file) found[name] = file;
      if (kind === "boolean" && input?.checked) found[name] = true;
      if (UNSET.includes(kind) || !input || input.value === "") continue;
      found[name] = kind === "text" ? input.value : Number(input.value);
    }
    return found;
  }

  /** The same as text for a link; files of one's own are no part of it. */
  get linked(): Values {
    const entries = Object.entries(this.values).map(([name, value]) =>
      value instanceof Blob ? [name, this.samples.has(name) ? SAMPLE : undefined] : [name, value],
    );
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  /** Fills the form in; what is not given is emptied. */
  async fill(values: Values) {
    this.table?.set((values[this.table.field.name] as Row[] | undefined) ?? []);
    for (const { name, kind, initial } of this.question.fields) {
      const input = this.inputs.get(name);
      if (!input) continue;
      if (kind === "file") {
        input.value = "";
        this.sample(name, values[name] === SAMPLE ? await this.fetched(name) : undefined);
      } else if (kind === "boolean") input.checked = Boolean(values[name]);
      else input.value = String(values[name] ?? initial ?? "");
    }
    const asked = this.question.fields.some(({ name, answer }) => answer && values[name] !== undefined);
    if (asked) this.answer?.setAttribute("open", "");
    this.changed();
  }

  /** The question's own example, with its file if it needs one, and as many members as usual. */
  async fillExample() {
    const needed = this.question.fields.filter(({ kind, required }) => kind === "file" && required);
    const files = Object.fromEntries(needed.map(({ name }) => [name, SAMPLE]));
    const { members: _, ...example } = this.question.example;
    await this.fill({ ...example, ...files });
  }

  private async fetched(name: string): Promise<File> {
    const content = await ask(`/samples/${this.question.route}/${name}.nc`);
    return new File([await content.blob()], `${name}.nc`);
  }

  private sample(name: string, file: File | undefined) {
    if (file) this.samples.set(name, file);
    else this.samples.delete(name);
    this.notes.get(name)!.textContent = file ? `The ${SAMPLE} will be sent.` : "";
  }
}
