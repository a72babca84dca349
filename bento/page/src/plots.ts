/** Figures below the map: the profile at a place, and the section along a line. */

import * as Plot from "@observablehq/plot";
import { PARTS, type Answer, type Index, type Part, type Slice, type Variable } from "./answer";
import { el } from "./dom";
import { along, distance, inWords, type Line } from "./grid";
import { legend } from "./legend";
import { layers } from "./levels";
import type { Place } from "./map";
import { extremes, Palette, rounded, withUnits } from "./palette";

/** The normal distribution's 5 and 95 % lie this many standard deviations from its mean. */
const BAND = 1.645;
const POINTS = 80;

interface Level {
  depth: number;
  mean: number;
  low: number;
  high: number;
  usual: number;
}

/** Mean, 90 % band and climatology by depth, as a figure with its numbers; null on land. */
export async function profile(answer: Answer, variable: Variable, place: Place, index: Index) {
  const cell = answer.grid.locate(answer.grid.fromPlace(...place));
  if (!cell) return null;
  const read = (end: string) =>
    answer.has(variable.name + end)
      ? answer.profile(variable.name + end, ...cell, index)
      : Promise.resolve(undefined);
  const [mean, std, usual] = await Promise.all(["", "_std", "_climatology"].map(read));
  const levels = (answer.coordinates.depth as number[])
    .map((depth, k): Level => {
      const [value, half] = [mean![k]!, BAND * (std?.[k] ?? NaN)];
      return { depth, mean: value, low: value - half, high: value + half, usual: usual?.[k] ?? NaN };
    })
    .filter((level) => !Number.isNaN(level.mean));
  if (!levels.length) return null;
  const banded = levels.filter(({ low }) => !Number.isNaN(low));
  const compared = levels.filter(({ usual }) => !Number.isNaN(usual));
  const plot = Plot.plot({
    className: "plot",
    width: 380,
    height: 380,
    marginLeft: 50,
    ariaLabel: `${variable.long_name} by depth at ${inWords(place)}`,
    x: { label: withUnits(variable.long_name, variable), grid: true, nice: true, zero: false },
    y: { label: "Depth (m)", reverse: true, type: "sqrt", grid: true, domain: [0, levels.at(-1)!.depth] },
    marks: [
      Plot.areaX(banded, { y: "depth", x1: "low", x2: "high", fill: "var(--accent)", fillOpacity: 0.2 }),
      Plot.line(compared, { x: "usual", y: "depth", stroke: "var(--soft)", strokeDasharray: "4 4" }),
      Plot.line(levels, { x: "mean", y: "depth", stroke: "var(--accent)", strokeWidth: 2 }),
      Plot.dot(levels, { x: "mean", y: "depth", r: 2.5, fill: "var(--accent)" }),
    ],
  });
  const spread = levels.at(0)!.mean - levels.at(-1)!.mean;
  const show = (value: number) => (Number.isNaN(value) ? "–" : rounded(value, spread / 10));
  const rows = levels.map((l) => [String(l.depth), ...[l.mean, l.low, l.high, l.usual].map(show)]);
  const words = [
    "Line: mean",
    banded.length ? "band: 90 %" : "",
    compared.length ? "dashes: climatology" : "",
  ];
  return figure(
    `Profile at ${inWords(answer.grid.toPlace(answer.grid.centre(...cell)))}`,
    plot,
    words.filter(Boolean).join(", "),
    ["Depth (m)", withUnits("Mean", variable), "5 %", "95 %", "Climatology"],
    rows,
  );
}

/** A part of a variable along a line, by depth. */
export async function section(
  answer: Answer,
  variable: Variable,
  part: Part,
  line: Line,
  index: Index,
) {
  const depth = answer.coordinates.depth as number[];
  const slices = await Promise.all(
    depth.map((_, k) => answer.slice(variable.name, part, { ...index, depth: k })),
  );
  // Ends of the columns, and their middles in between: the way is straight on the map, no great circle.
  const way = along(line, 2 * POINTS);
  const km = way.map(() => 0);
  for (let k = 1; k < way.length; k++) km[k] = km[k - 1]! + distance(way[k - 1]!, way[k]!);
  const length = km.at(-1)!;
  const palette = new Palette(variable, part);
  const edges = layers(depth);
  const found = Array.from({ length: POINTS }, (_, k) => 2 * k).flatMap((k) => {
    const cell = answer.grid.locate(answer.grid.fromPlace(...way[k + 1]!));
    return slices.map((slice, level) => {
      const [y1, y2] = edges[level]!;
      return { value: cell ? at(slice, cell) : NaN, x1: km[k]!, x2: km[k + 2]!, y1, y2 };
    });
  });
  const wet = found.filter(({ value }) => !Number.isNaN(value));
  if (!wet.length) return null;
  const values = Float32Array.from(wet, ({ value }) => value);
  const cut = [{ values, rows: 1, columns: values.length }];
  const range = palette.range(cut);
  const [from, to] = line.map((place) => inWords(place));
  const deepest = Math.max(...wet.map(({ y2 }) => y2));
  const plot = Plot.plot({
    className: "plot",
    width: 640,
    height: 380,
    marginLeft: 50,
    ariaLabel: `Section of ${variable.long_name} from ${from} to ${to}`,
    x: { label: "Distance (km)", domain: [0, length] },
    y: {
      label: "Depth (m)",
      reverse: true,
      type: "sqrt",
      domain: [edges[0]![0], deepest],
      ...(depth.length === 1 ? { ticks: depth } : {}),
    },
    marks: [
      Plot.frame({ fill: "var(--land)", stroke: "none" }),
      Plot.rect(wet, {
        x1: "x1",
        x2: "x2",
        y1: "y1",
        y2: "y2",
        inset: -0.3,
        fill: ({ value }: { value: number }) => palette.colour(value, range),
      }),
      Plot.frame({ stroke: "var(--line)" }),
    ],
  });
  const date = String(answer.attributes.date ?? "");
  const shown = `${variable.long_name || variable.name}, ${PARTS[part].toLowerCase()}${date && `, ${date}`}`;
  const made = figure(shown, plot, `Section from ${from} to ${to}, ${length.toFixed(0)} km`);
  made.append(legend(palette, range, variable, extremes(cut)));
  return made;
}

function at({ values, columns }: Slice, [row, column]: [number, number]): number {
  return values[row * columns + column]!;
}

function figure(title: string, plot: Element, about = "", head: string[] = [], rows: string[][] = []) {
  plot.setAttribute("role", "img");
  for (const part of plot.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  const made = el("figure", {}, el("figcaption", {}, title, el("small", {}, about)), plot);
  if (rows.length) {
    const cells = (tag: "th" | "td", row: string[]) => el("tr", {}, ...row.map((text) => el(tag, {}, text)));
    const table = el("table", {}, el("thead", {}, cells("th", head)), el("tbody", {}, ...rows.map((row) => cells("td", row))));
    made.append(el("details", {}, el("summary", {}, "Numbers"), el("div", { class: "scroll", tabIndex: 0 }, table)));
  }
  return made;
}
