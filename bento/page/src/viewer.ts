/** The answers of this visit: one or two maps, a slider for each other dim, profile and section. */

import { account } from "./account";
import { Answer, type Index } from "./answer";
import { announce, byId, download, setOptions } from "./dom";
import { Figure } from "./figure";
import { along, shorter, type Line } from "./grid";
import { nearest } from "./levels";
import type { Place } from "./map";
import { Panel } from "./panel";
import { inOneLine, type Task } from "./service";
import { sliders } from "./sliders";

const NONE = "none";
/** Points of a line on the map: straight in degrees, it is bent on a map of another projection. */
const BENDS = 60;
const failed = (problem: unknown) => announce(`Not shown: ${inOneLine(problem)}`);

export class Viewer {
  private answers: Answer[] = [];
  private index: Index = {};
  private first = new Panel("Map", () => this.refresh(), (place) => this.clicked(place));
  private second = new Panel("Second map", () => this.refresh(), (place) => this.clicked(place));
  private answer = byId<HTMLSelectElement>("answer");
  private beside = byId<HTMLSelectElement>("beside");
  private profile = new Figure("profile");
  private section = new Figure("section");

  /** `placed`: hears clicks on the map while observations are being added. */
  constructor(private placed: (place: Place, depth: number | undefined) => boolean) {
    this.second.element.hidden = true;
    byId("maps").append(this.first.element, this.second.element);
    this.answer.addEventListener("change", () => {
      this.show(this.answers[Number(this.answer.value)]!).catch(failed);
    });
    this.beside.addEventListener("change", () => this.compare().catch(failed));
    byId("download").addEventListener("click", () => this.save());
    byId("line").addEventListener("click", () => {
      announce("Click where the section begins, then where it ends.");
      this.first.map.drawLine((line) => this.cut(line));
    });
    byId("places").addEventListener("submit", (event) => {
      event.preventDefault();
      this.typed();
    });
  }

  /** Shows where the form's observations are; those of an answer's own question with what became of them. */
  showObservations(places: Place[]) {
    this.observed = places;
    for (const panel of [this.first, this.second]) this.showDots(panel).catch(failed);
  }

  private async showDots(panel: Panel) {
    const { map, answer } = panel;
    const places = this.observed;
    // Of an answer whose places are not known, the cells that were used are shown beside an empty form.
    const own = answer && (answer.places ?? []).join() === places.join();
    const used = own ? await answer.observed() : undefined;
    if (places !== this.observed || answer !== panel.answer) return;
    map.showPlaces(places, used);
    if (map === this.first.map) byId("dots").hidden = !used;
  }

  private observed: Place[] = [];

  /** Takes a finished task's answer up, and shows it; may be called again where that failed. */
  async add(task: Task, places: Place[] | undefined) {
    const known = this.answers.find((one) => one.task.task === task.task);
    const answer = known ?? (await Answer.of(task, places));
    if (!known) this.answers.push(answer);
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
    this.profile.empty();
    this.section.empty();
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
    byId("sliders").replaceChildren(...sliders(this.first.answer!, this.index, () => this.refresh()));
    await this.draw();
  }

  /** Draws the maps anew. */
  private async draw() {
    byId("deep").hidden = !this.deep.length;
    await Promise.all(this.shown.map((panel) => panel.draw(this.indexOf(panel))));
  }

  private refresh() {
    this.draw().catch(failed);
  }

  private get shown(): Panel[] {
    return [this.first, this.second].filter(({ element }) => !element.hidden);
  }

  /** Maps of variables that have depths: a mixed layer's depth has none. */
  private get deep(): Panel[] {
    return this.shown.filter(({ deep }) => deep);
  }

  private indexOf({ answer }: Panel): Index {
    return nearest(answer!, this.first.answer!, this.index);
  }

  private clicked(place: Place) {
    const { answer } = this.first;
    const depth = answer?.coordinates.depth && answer.value("depth", this.index);
    if (this.placed(place, depth) || !answer) return;
    void this.look(place);
  }

  private async look(place: Place) {
    if (!this.deep.length) return;
    this.mark([place]);
    await this.profile.show("There is no water at this place.", async ({ profile }) =>
      Promise.all(this.deep.map((panel) => profile(panel.answer!, panel.variable, place, this.indexOf(panel)))),
    );
  }

  private async cut(line: Line) {
    const panel = this.deep[0];
    if (!panel) return;
    this.mark(along(line, BENDS));
    await this.section.show("There is no water along this line.", async ({ section }) => [
      await section(panel.answer!, panel.variable, panel.part, line, this.indexOf(panel)),
    ]);
  }

  private mark(places: Place[]) {
    for (const { map } of [this.first, this.second]) map.markPlaces(places);
  }

  private typed() {
    const numbers = ["latitude", "longitude", "latitude-2", "longitude-2"].map(
      (name) => byId<HTMLInputElement>(`place-${name}`).value,
    );
    const [y1, x1, y2, x2] = numbers.map(Number) as [number, number, number, number];
    if (numbers[2] !== "" && numbers[3] !== "") void this.cut(shorter([x1, y1], [x2, y2]));
    else void this.look([x1, y1]);
  }

  private async save() {
    const answer = this.first.answer!;
    announce("The file is fetched …");
    try {
      download(await answer.netcdf(), `${answer.task.route}.nc`);
      announce("The file is among your downloads.");
    } catch (problem) {
      announce(`Not downloaded: ${inOneLine(problem)}`);
    }
  }
}
