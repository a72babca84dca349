/** One map with its choices: which answer, which variable, what of it; and its bar of colours. */

import { PARTS, type Answer, type Index, type Part, type Slice } from "./answer";
import { el, setOptions } from "./dom";
import { inWords } from "./grid";
import { legend } from "./legend";
import { inMetres } from "./levels";
import { FieldMap, type Place } from "./map";
import { extremes, Palette, rounded, unitsOf, type Range } from "./palette";

const EVERY = "every";

export class Panel {
  readonly element = el("section", { class: "panel" });
  readonly map: FieldMap;
  answer: Answer | undefined;
  part: Part = "mean";
  private variables = el("select", { "aria-label": "Variable", onchange: () => this.chosen() });
  private parts = el("select", { "aria-label": "What of it", onchange: () => this.chosen() });
  private scale = el("select", { "aria-label": "Colours", onchange: () => this.changed() });
  private swipe = el("input", { type: "range", min: "0", max: "100", value: "50", id: "swipe" });
  private tools = el("div", { class: "tools", hidden: true });
  private before = el("div", { class: "swipe", hidden: true });
  private bar = el("div");
  private picked = el("p", { class: "picked soft" });
  private drawn = 0;
  private shown: { slice: Slice; range: Range } | undefined;

  constructor(
    label: string,
    private changed: () => void,
    clicked: (place: Place) => void,
  ) {
    const target = el("div", {
      class: "map",
      role: "application",
      "aria-label": `${label}. Arrow keys move it, plus and minus zoom, Enter picks its centre.`,
    });
    setOptions(this.scale, [["one", "Colours of this depth"], [EVERY, "Same colours at every depth"]]);
    this.swipe.addEventListener("input", () => this.map.setSwipe(Number(this.swipe.value) / 100));
    this.before.append(el("label", { for: "swipe" }, "Answer | as given"), this.swipe);
    this.tools.append(this.variables, this.parts, this.scale);
    this.element.append(this.tools, this.before, target, this.bar, this.picked);
    this.map = new FieldMap(target, clicked);
    this.map.map.on("pointermove", ({ coordinate }) => this.pick(coordinate as Place));
  }

  get variable() {
    return this.answer!.variable(this.variables.value);
  }

  /** Takes an answer up, and shows a variable of it: the same as before, if it has that. */
  async take(answer: Answer, variable?: string, other?: FieldMap) {
    this.answer = answer;
    this.tools.hidden = false;
    const words = answer.variables.map(({ name, long_name }): [string, string] => [name, long_name || name]);
    setOptions(this.variables, words);
    if (variable) this.variables.value = variable;
    this.choose();
    await this.map.lookAt(answer.grid, other);
  }

  /** Whether what is shown has depths. */
  get deep(): boolean {
    return this.answer !== undefined && this.variable.dims.includes("depth");
  }

  private chosen() {
    this.choose();
    this.changed();
  }

  private choose() {
    const found = this.answer!.parts(this.variables.value);
    setOptions(this.parts, found.map((part) => [part, PARTS[part]]));
    this.part = this.parts.value as Part;
    this.parts.hidden = found.length < 2;
    this.scale.hidden = !this.answer!.choices(this.variables.value).includes("depth");
    this.before.hidden = !(found.includes("given") && this.part === "mean");
  }

  /** Draws what is chosen at an index; a later call overtakes an earlier one. */
  async draw(index: Index) {
    const { answer, part, variable } = this;
    if (!answer) return;
    const turn = ++this.drawn;
    const slice = await answer.slice(variable.name, part, index);
    const levels = answer.coordinates.depth ?? [];
    const every = this.scale.value === EVERY && !this.scale.hidden;
    const others = every
      ? levels.map((_, depth) => answer.slice(variable.name, part, { ...index, depth }))
      : part === "given"
        ? [answer.slice(variable.name, "mean", index)]
        : [slice];
    const known = await Promise.all(others);
    const given = this.before.hidden ? undefined : await answer.slice(variable.name, "given", index);
    if (turn !== this.drawn) return;
    const palette = new Palette(variable, part);
    const range = palette.range(known);
    const paint = (one: Slice) => palette.paint(one, range, answer.grid.upwards);
    this.shown = { slice, range };
    this.picked.textContent = "";
    this.map.show(paint(slice), given && paint(given));
    this.map.setSwipe(given ? Number(this.swipe.value) / 100 : 1);
    const bar = legend(palette, range, variable, extremes(given ? [slice, given] : [slice]));
    if (this.deep) bar.prepend(el("span", { class: "level" }, `at ${inMetres(answer.value("depth", index))}`));
    this.bar.replaceChildren(bar);
  }

  private pick(point: Place) {
    const cell = this.answer?.grid.locate(point);
    this.picked.textContent = inWords(this.map.grid.toPlace(point));
    if (!cell || !this.shown) return;
    const { slice, range } = this.shown;
    const value = slice.values[cell[0] * slice.columns + cell[1]]!;
    if (Number.isNaN(value)) return;
    // A digit more than the bar's numbers have.
    const number = rounded(value, (range[1] - range[0]) / 10);
    this.picked.append(`: ${number} ${unitsOf(this.variable)}`);
  }
}
