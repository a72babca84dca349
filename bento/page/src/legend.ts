/** The bar of colours below a map or a section. */

import type { Variable } from "./answer";
import { el } from "./dom";
import { rounded, unitsOf, type Palette, type Range } from "./palette";

/** A bar of colours with its numbers and units, which says so if there are values beyond its ends. */
export function legend(
  palette: Palette,
  [low, high]: Range,
  variable: Variable,
  [least, greatest]: Range,
): HTMLElement {
  const bar = el("div", { class: "bar" });
  bar.style.background = `linear-gradient(to right, ${palette.colours.join(",")})`;
  const show = (value: number) => rounded(value, high - low);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => show(low + share * (high - low)));
  const below = least < low && show(least) !== ticks[0];
  const above = greatest > high && show(greatest) !== ticks[4];
  const said = unitsOf(variable);
  const [less, more] = [below ? " or less" : "", above ? " or more" : ""];
  const label = `Colours from ${ticks[0]}${less} to ${ticks[4]}${more} ${said}`;
  if (below) ticks[0] = `≤ ${ticks[0]}`;
  if (above) ticks[4] = `≥ ${ticks[4]}`;
  const numbers = el("div", { class: "ticks" }, ...ticks.map((tick) => el("span", {}, tick)));
  const scale = el("div", { class: "scale", role: "img", "aria-label": label }, bar, numbers);
  return el("div", { class: "legend" }, scale, el("span", { class: "units" }, said));
}
