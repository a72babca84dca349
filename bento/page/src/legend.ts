/** The bar of colours below a map or a section. */

import type { Variable } from "./answer";
import { el } from "./dom";
import { rounded, unitsInWords, type Palette, type Range } from "./palette";

/** A bar of colours with its numbers and units. */
export function legend(palette: Palette, [low, high]: Range, { units }: Variable): HTMLElement {
  const bar = el("div", { class: "bar" });
  bar.style.background = `linear-gradient(to right, ${palette.colours.join(",")})`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => rounded(low + share * (high - low), high - low));
  const said = unitsInWords(units);
  const label = `Colours from ${ticks[0]} to ${ticks[4]} ${said}`;
  const numbers = el("div", { class: "ticks" }, ...ticks.map((tick) => el("span", {}, tick)));
  const scale = el("div", { class: "scale", role: "img", "aria-label": label }, bar, numbers);
  return el("div", { class: "legend" }, scale, el("span", { class: "units" }, said));
}
