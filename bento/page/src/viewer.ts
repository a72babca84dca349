/** The answers of this visit: one or two maps, a slider for each other dim, profile and section. */

import { account } from "./account";
import { Answer, type Index } from "./answer";
import { announce, byId, download, setOptions } from "./dom";
import type { Place } from "./map";
import { Panel } from "./panel";
import { Refused, type Task } from "./service";
import { sliders } from "./sliders";

const NONE = "none";

export class Viewer {
  private answers: Answer[] = [];
  private index: Index = {};
  private first = new Panel("Map", () => this.refresh(), (place) => this.clicked(place));
  private second = new Panel("Second map", () => this.refresh(), (place) => this.clicked(place));
  private answer = byId<HTMLSelectElement>("answer");
  private beside = byId<HTMLSelectElement>("beside");

  /** `placed`: hears clicks on the map while observations are being added. */
  constructor(private placed: (place: Place, depth: number | undefined) => boolean) {
    this.second.element.hidden = true;
    byId("maps").append(this.first.element, this.second.element);
    this.answer.addEventListener("change", () => this.show(this.answers[Number(this.answer.value)]!));
    this.beside.addEventListener("change", () => this.compare());
    byId("download").addEventListener("click", () => this.save());
    byId("line").addEventListener("click", () => {
      announce("Click where the section begins, then where it ends.");
      this.first.map.drawLine((places) => this.cut(places as [Place, Place]));
    });
    byId("places").addEventListener("submit", (event) => {
      event.preventDefault();
      this.typed();
    });
  }

  showObservations(places: Place[]) {
    for (const { map } of [this.first, this.second]) map.showPlaces(places);
    this.observed = places;
  }

  private observed: Place[] = [];

  /** Takes a finished task's answer up, and shows it. */
  async add(task: Task, label: string) {
    const answer = await Answer.of(task, label);
    this.answers.push(answer);
    const names = this.answers.map(({ label }, k): [string, string] => [String(k), `${k + 1}: ${label}`]);
    setOptions(this.answer, names);
    this.answer.value = String(this.answers.length - 1);
    setOptions(this.beside, [
      [NONE, "Nothing"],
      ...this.answers.flatMap(({ variables, label }, k) =>
        variables.map(({ name, long_name }): [string, string] => [
          `${k}/${name}`,
          `${k + 1}: ${label}, ${long_name || name}`,
        ]),
      ),
    ]);
    await this.show(answer);
  }

  private async show(answer: Answer) {
    byId("viewer").hidden = false;
    await this.first.take(answer);
    byId("account").replaceChildren(account(answer));
    const two = answer.variables.filter(({ dims }) => dims.includes("depth"));
    // Two variables at depth belong together; another answer is put beside by hand.
    this.beside.value = two.length === 2 ? `${this.answers.indexOf(answer)}/${two[1]!.name}` : NONE;
    byId("profile").replaceChildren();
    byId("section").replaceChildren();
    this.mark([]);
    await this.compare();
  }

  private async compare() {
    const [number, name] = this.beside.value.split("/");
    this.second.element.hidden = this.beside.value === NONE;
    byId("maps").classList.toggle("two", this.beside.value !== NONE);
    this.first.map.map.updateSize();
    if (this.beside.value !== NONE) {
      const answer = this.answers[Number(number)]!;
      const same = answer.grid.projection === this.first.answer!.grid.projection;
      this.second.map.map.updateSize();
      await this.second.take(answer, name, same ? this.first.map : undefined);
    }
    this.showObservations(this.observed);
    byId("sliders").replaceChildren(...sliders(this.first.answer!, this.index, () => void this.refresh()));
    await this.refresh();
  }

  /** Draws the maps anew. */
  async refresh() {
    try {
      const shown = [this.first, this.second].filter(({ element }) => !element.hidden);
      await Promise.all(shown.map((panel) => panel.draw(this.index)));
      const flat = !this.first.variable.dims.includes("depth");
      byId("deep").hidden = flat;
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      announce(problem.message);
    }
  }

  private clicked(place: Place) {
    const depth = this.first.answer?.coordinates.depth?.[this.index.depth ?? 0];
    if (this.placed(place, depth as number | undefined) || !this.first.answer) return;
    void this.look(place);
  }

  private async look(place: Place) {
    if (!this.first.variable.dims.includes("depth")) return;
    this.mark([place]);
    const { profile } = await import("./plots");
    const panels = this.second.element.hidden ? [this.first] : [this.first, this.second];
    const found = await Promise.all(
      panels.map(({ answer, variable }) => profile(answer!, variable, place, this.index)),
    );
    const made = found.filter((one) => one !== null);
    byId("profile").replaceChildren(...made);
    announce(made.length ? "The profile is below the map." : "There is no water at this place.");
  }

  private async cut(places: [Place, Place]) {
    this.mark(places);
    const { section } = await import("./plots");
    const { answer, variable, part } = this.first;
    const made = await section(answer!, variable, part, places, this.index);
    byId("section").replaceChildren(...(made ? [made] : []));
    announce(made ? "The section is below the map." : "There is no water along this line.");
  }

  private mark(places: Place[]) {
    for (const { map } of [this.first, this.second]) map.markPlaces(places);
  }

  private typed() {
    const numbers = ["latitude", "longitude", "latitude-2", "longitude-2"].map(
      (name) => byId<HTMLInputElement>(`place-${name}`).value,
    );
    const [y1, x1, y2, x2] = numbers.map(Number) as [number, number, number, number];
    if (numbers[2] !== "" && numbers[3] !== "") void this.cut([[x1, y1], [x2, y2]]);
    else void this.look([x1, y1]);
  }

  private async save() {
    const answer = this.first.answer!;
    download(await answer.netcdf(), `${answer.task.route}.nc`);
  }
}
