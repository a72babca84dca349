/** Where a figure below the maps stands: empty until it is there, and of two wishes the later one's. */

import { announce, byId } from "./dom";
import { inOneLine } from "./service";

type Plots = typeof import("./plots");

export class Figure {
  private turn = 0;

  /** `name`: of the page's element, and in words. */
  constructor(private name: string) {}

  empty() {
    this.turn++;
    byId(this.name).replaceChildren();
  }

  /** Shows what is made; `none`: what to say if that is nothing. */
  async show(none: string, make: (plots: Plots) => Promise<(HTMLElement | null)[]>) {
    this.empty();
    const turn = this.turn;
    announce(`The ${this.name} is made …`);
    let words: string;
    try {
      const made = (await make(await import("./plots"))).filter((one) => one !== null);
      if (turn !== this.turn) return;
      byId(this.name).replaceChildren(...made);
      words = made.length ? `The ${this.name} is below the map.` : none;
    } catch (problem) {
      words = `No ${this.name}: ${inOneLine(problem)}`;
    }
    if (turn === this.turn) announce(words);
  }
}
