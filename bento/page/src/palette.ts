/** Colours of a field: which map of colours, from where to where, and the picture. */

import type { Part, Slice, Variable } from "./answer";
import { COLOURS } from "./colours";

type Name = keyof typeof COLOURS;
export type Range = [low: number, high: number];

/** By CF standard name; the first that fits. */
const MAPS: [RegExp, Name][] = [
  [/velocity/, "balance"],
  [/thickness|depth/, "deep"],
  [/temperature/, "thermal"],
  [/salinity/, "haline"],
  [/area_fraction/, "ice"],
  [/./, "speed"],
];
const SAMPLE = 20_000;

export class Palette {
  /** CSS colours from low to high. */
  readonly colours: string[];
  private table: Uint32Array;

  constructor(
    variable: Variable,
    readonly part: Part,
  ) {
    const own = MAPS.find(([pattern]) => pattern.test(variable.standard_name))?.[1] ?? "matter";
    const name: Name = part === "std" ? "amp" : part === "anomaly" ? "balance" : own;
    this.symmetric = name === "balance";
    this.share = part === "mean" && unitsOf(variable) === "" && variable.units === "1";
    const text = COLOURS[name].match(/.{6}/g)!;
    this.colours = text.map((hex) => `#${hex}`);
    this.table = Uint32Array.from(text, (hex) => {
      const rgb = parseInt(hex, 16);
      const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
      return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    });
  }

  private symmetric: boolean;
  private share: boolean;

  /** From the 1st to the 99th percentile of some slices together; of shares from 0 to 1. */
  range(slices: Slice[]): Range {
    if (this.share) {
      const [least, greatest] = extremes(slices);
      if (least >= 0 && greatest <= 1) return [0, 1];
    }
    const found: number[] = [];
    for (const { values } of slices) {
      const step = Math.max(1, Math.floor((values.length * slices.length) / SAMPLE));
      for (let k = 0; k < values.length; k += step) {
        if (!Number.isNaN(values[k]!)) found.push(values[k]!);
      }
    }
    found.sort((a, b) => a - b);
    const at = (share: number) => found[Math.round(share * (found.length - 1))] ?? 0;
    let [low, high] = [at(0.01), at(0.99)];
    if (this.symmetric) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
    if (this.part === "std") low = 0;
    return high > low ? [low, high] : [low - 0.5, low + 0.5];
  }

  colour(value: number, [low, high]: Range): string {
    return this.colours[this.step(value, low, high)] ?? "transparent";
  }

  /** A picture with one pixel a cell, the first row at the top; empty where there is no value. */
  paint({ values, rows, columns }: Slice, [low, high]: Range, flip: boolean): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [columns, rows];
    const context = canvas.getContext("2d")!;
    const image = context.createImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    for (let row = 0; row < rows; row++) {
      const target = (flip ? rows - 1 - row : row) * columns;
      for (let column = 0; column < columns; column++) {
        const value = values[row * columns + column]!;
        if (!Number.isNaN(value)) pixels[target + column] = this.table[this.step(value, low, high)]!;
      }
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  private step(value: number, low: number, high: number): number {
    const last = this.table.length - 1;
    return Math.max(0, Math.min(last, Math.floor(((value - low) / (high - low)) * (last + 1))));
  }
}

/** The least and the greatest value of some slices; those beyond a range have the colours of its ends. */
export function extremes(slices: Slice[]): Range {
  let [least, greatest] = [Infinity, -Infinity];
  for (const { values } of slices) {
    for (const value of values) {
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  return [least, greatest];
}

/** Units as people write them; practical salinity has no unit, and is written as one. */
export function unitsOf({ units, standard_name }: Pick<Variable, "units" | "standard_name">): string {
  const words: Record<string, string> = { degree_Celsius: "°C", "1e-3": "PSU", "1": "", "m s-1": "m/s" };
  return units === "1" && /practical_salinity/.test(standard_name) ? "PSU" : (words[units] ?? units);
}

/** Words with the variable's units in brackets, if it has any. */
export function withUnits(words: string, variable: Variable): string {
  const units = unitsOf(variable);
  return units ? `${words} (${units})` : words;
}

/** A number with as many digits as a difference of this size needs. */
export function rounded(value: number, span: number): string {
  const digits = Math.max(0, Math.min(8, 2 - Math.floor(Math.log10(Math.abs(span) || 1))));
  return value.toFixed(digits).replace(/^-(0(\.0*)?)$/, "$1");
}
