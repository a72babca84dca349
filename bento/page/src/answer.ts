/** A finished answer: what it holds, and its fields, which are fetched slice by slice. */

import { Grid } from "./grid";
import type { Place } from "./map";
import { ask, json, type Task } from "./service";

export interface Variable {
  name: string;
  long_name: string;
  units: string;
  standard_name: string;
  dims: string[];
  shape: number[];
  /** Names of others that say something of it. */
  ancillary_variables: string;
}

interface Description {
  variables: Variable[];
  coordinates: Record<string, (number | string)[]>;
  attributes: Record<string, unknown>;
  crs?: string;
}

/** Rows and columns of a field, NaN where it has no value. */
export interface Slice {
  values: Float32Array;
  rows: number;
  columns: number;
}

export type Part = "mean" | "std" | "anomaly" | "given";
export const PARTS: Record<Part, string> = {
  mean: "Mean",
  std: "Standard deviation",
  anomaly: "Anomaly from climatology",
  given: "As given",
};
export type Index = Record<string, number>;

/** Flags of the cells whose observations were used. */
const OBSERVED = "_observed";
const SUFFIXES = ["_std", "_lower", "_upper", "_climatology", "_given", "_members", OBSERVED];
/** Values of a slice from which only every second, third, … row and column is fetched. */
const MOST = 1_500_000;

export class Answer {
  readonly grid: Grid;
  readonly variables: Variable[];
  readonly attributes: Record<string, unknown>;
  readonly coordinates: Record<string, (number | string)[]>;
  readonly stride: number;
  readonly label: string;
  private seen: Promise<Set<string>> | undefined;
  private named: Map<string, Variable>;
  private slices = new Map<string, Promise<Slice>>();

  private constructor(
    readonly task: Task,
    /** Where the question's observations are, if that is known. */
    readonly places: Place[] | undefined,
    said: Description,
  ) {
    this.label = labelOf(task.route, said.attributes);
    this.attributes = said.attributes;
    this.coordinates = said.coordinates;
    this.named = new Map(said.variables.map((variable) => [variable.name, variable]));
    const beside = said.variables.flatMap(({ ancillary_variables }) => ancillary_variables?.split(" ") ?? []);
    this.variables = said.variables.filter(
      ({ name }) =>
        !beside.includes(name) &&
        !SUFFIXES.some((end) => name.endsWith(end) && this.named.has(name.slice(0, -end.length))),
    );
    const [rows, columns] = this.variables[0]!.dims.slice(-2) as [string, string];
    const [y, x] = [said.coordinates[rows], said.coordinates[columns]] as [number[], number[]];
    this.stride = Math.ceil(Math.sqrt((y.length * x.length) / MOST));
    const some = (axis: number[]) => axis.filter((_, k) => k % this.stride === 0);
    this.grid = new Grid(some(x), some(y), said.crs);
  }

  static async of(task: Task, places: Place[] | undefined): Promise<Answer> {
    return new Answer(task, places, await json(`/tasks/${task.task}/fields`));
  }

  /** Cells at any depth whose observations were used, by row and column; undefined if that is not said. */
  observed(): Promise<Set<string>> | undefined {
    const flags = [...this.named.keys()].filter((name) => name.endsWith(OBSERVED));
    if (!flags.length) return undefined;
    this.seen ??= Promise.all(flags.map((name) => this.flagged(name))).then((all) => new Set(all.flat()));
    this.seen.catch(() => (this.seen = undefined));
    return this.seen;
  }

  private async flagged(name: string): Promise<string[]> {
    const { depth: _, ...others } = this.indexOf(name, {});
    const stride: Index = this.stride > 1 ? { stride: this.stride } : {};
    const { values, rows, columns } = await this.values(name, { ...others, ...stride });
    const found: string[] = [];
    values.forEach((value, k) => {
      if (value === 1) found.push(`${Math.floor(k / columns) % rows},${k % columns}`);
    });
    return found;
  }

  variable(name: string): Variable {
    return this.named.get(name) ?? this.variables[0]!;
  }

  has(name: string): boolean {
    return this.named.has(name);
  }

  /** Ways to look at a variable. */
  parts(name: string): Part[] {
    const also: [Part, string][] = [["std", "_std"], ["anomaly", "_climatology"], ["given", "_given"]];
    return ["mean", ...also.filter(([, end]) => this.has(name + end)).map(([part]) => part)];
  }

  /** Dims of a variable beside rows and columns that have a choice. */
  choices(name: string): string[] {
    const { dims, shape } = this.variable(name);
    return dims.slice(0, -2).filter((_, k) => shape[k]! > 1);
  }

  /** A coordinate's value at an index: at the last one if it has fewer. */
  value(dim: string, index: Index): number {
    const axis = this.coordinates[dim] ?? [];
    return Number(axis[Math.min(index[dim] ?? 0, axis.length - 1)]);
  }

  /** A part of a variable at one index of every other dim. */
  async slice(name: string, part: Part, index: Index): Promise<Slice> {
    if (part !== "anomaly") {
      return this.fetched(name + { mean: "", std: "_std", given: "_given" }[part], index);
    }
    const [mean, usual] = await Promise.all(
      ["", "_climatology"].map((end) => this.fetched(name + end, index)),
    );
    return { ...mean!, values: mean!.values.map((value, k) => value - usual!.values[k]!) };
  }

  /** Values of a variable in a cell at all depths. */
  async profile(name: string, row: number, column: number, index: Index): Promise<Float32Array> {
    const [rows, columns] = this.variable(name).dims.slice(-2) as [string, string];
    const { depth: _, ...others } = this.indexOf(name, index);
    const place = { [rows]: row * this.stride, [columns]: column * this.stride };
    return (await this.values(name, { ...others, ...place })).values;
  }

  async netcdf(): Promise<Blob> {
    return (await ask(`/tasks/${this.task.task}/result?format=netcdf`)).blob();
  }

  private indexOf(name: string, index: Index): Index {
    const { dims, shape } = this.variable(name);
    const last = (k: number) => shape[k]! - 1;
    return Object.fromEntries(dims.slice(0, -2).map((dim, k) => [dim, Math.min(index[dim] ?? 0, last(k))]));
  }

  private fetched(name: string, index: Index): Promise<Slice> {
    const query = { ...this.indexOf(name, index), ...(this.stride > 1 ? { stride: this.stride } : {}) };
    const key = name + JSON.stringify(query);
    const found = this.slices.get(key) ?? this.values(name, query);
    found.catch(() => this.slices.delete(key));
    this.slices.set(key, found);
    return found;
  }

  private async values(name: string, query: Index): Promise<Slice> {
    const search = new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]));
    const response = await ask(`/tasks/${this.task.task}/fields/${name}?${search}`);
    const shape = response.headers.get("X-Shape")!.split(",").map(Number);
    const values = new Float32Array(await response.arrayBuffer());
    return { values, rows: shape.at(-2) ?? 1, columns: shape.at(-1) ?? 1 };
  }
}

const MONTHS = Array.from({ length: 12 }, (_, k) => new Date(2000, k).toLocaleString("en", { month: "long" }));

/** What an answer is called among others: its question, its time, and its seed. */
function labelOf(route: string, { date, month, seed }: Record<string, unknown>): string {
  const when = date ?? MONTHS[Number(month) - 1];
  return [route, when, seed === undefined ? "" : `seed ${seed}`].filter(Boolean).join(", ");
}
