/** The cells of an answer: on latitudes and longitudes, or on a map of their own projection. */

import type { Extent } from "ol/extent";
import { get as known, toLonLat, transform, type Projection } from "ol/proj";
import { register } from "ol/proj/proj4";
import proj4 from "proj4";

type Point = [number, number];
export type Line = [from: Point, to: Point];
const RADIUS_KM = 6371;

export class Grid {
  readonly projection: Projection;
  readonly extent: Extent;
  readonly polar: boolean;
  private stepX: number;
  private stepY: number;

  /** `x`, `y`: centres of columns and rows, degrees or metres; `crs`: PROJ's text, if projected. */
  constructor(
    readonly x: number[],
    readonly y: number[],
    crs?: string,
  ) {
    this.polar = crs !== undefined;
    this.stepX = (x.at(-1)! - x[0]!) / Math.max(x.length - 1, 1);
    this.stepY = (y.at(-1)! - y[0]!) / Math.max(y.length - 1, 1);
    const left = x[0]! - this.stepX / 2;
    const right = x.at(-1)! + this.stepX / 2;
    const ends = [y[0]! - this.stepY / 2, y.at(-1)! + this.stepY / 2];
    this.extent = [left, Math.min(...ends), right, Math.max(...ends)];
    this.projection = crs === undefined ? known("EPSG:4326")! : projected(crs, this.extent);
  }

  /** Whether rows go from south to north, or upwards. */
  get upwards(): boolean {
    return this.stepY > 0;
  }

  get global(): boolean {
    return !this.polar && this.extent[2]! - this.extent[0]! > 359;
  }

  /** Row and column of a place in the projection; undefined outside. */
  locate([px, py]: Point): [row: number, column: number] | undefined {
    const turns = this.polar ? 0 : Math.floor((px - this.extent[0]!) / 360);
    const column = Math.floor((px - 360 * turns - this.x[0]!) / this.stepX + 0.5);
    const row = Math.floor((py - this.y[0]!) / this.stepY + 0.5);
    const inside = row >= 0 && row < this.y.length && column >= 0 && column < this.x.length;
    return inside ? [row, column] : undefined;
  }

  centre(row: number, column: number): Point {
    return [this.x[column]!, this.y[row]!];
  }

  /** Longitude and latitude, degrees. */
  toPlace(point: Point): Point {
    const [longitude, latitude] = toLonLat(point, this.projection) as Point;
    return [wrapped(longitude), latitude];
  }

  /** Ends of a line that was drawn: on a map of longitudes its way, on another one the shorter way. */
  toLine([from, to]: Line): Line {
    const [start, end] = [this.toPlace(from), this.toPlace(to)];
    return this.polar ? shorter(start, end) : [start, [start[0] + to[0] - from[0], end[1]]];
  }

  fromPlace(longitude: number, latitude: number): Point {
    return transform([longitude, latitude], "EPSG:4326", this.projection) as Point;
  }
}

function projected(crs: string, extent: Extent): Projection {
  const code = `answer:${crs}`;
  if (!known(code)) {
    proj4.defs(code, crs);
    register(proj4);
  }
  const found = known(code)!;
  const reach = 1.6 * Math.max(...extent.map(Math.abs));
  found.setExtent([-reach, -reach, reach, reach]);
  const south = /\+lat_0=-90\b/.test(crs);
  found.setWorldExtent(south ? [-180, -90, 180, -30] : [-180, 30, 180, 90]);
  return found;
}

/** A place in words. */
export function inWords([longitude, latitude]: Point, digits = 2): string {
  const part = (value: number, plus: string, minus: string) =>
    `${Math.abs(value).toFixed(digits)}° ${value < 0 ? minus : plus}`;
  return `${part(latitude, "N", "S")}, ${part(wrapped(longitude), "E", "W")}`;
}

/** A longitude from -180 to 180. */
function wrapped(longitude: number): number {
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

/** A line between two places, the shorter way round: its longitudes may run on beyond 180°. */
export function shorter([fromX, fromY]: Point, [toX, toY]: Point): Line {
  return [[fromX, fromY], [fromX + wrapped(toX - fromX), toY]];
}

/** Points of a line, which is straight on the map of longitudes and latitudes: its ends, and between. */
export function along([[fromX, fromY], [toX, toY]]: Line, steps: number): Point[] {
  return Array.from({ length: steps + 1 }, (_, k): Point => {
    const share = k / steps;
    return [fromX + share * (toX - fromX), fromY + share * (toY - fromY)];
  });
}

/** Kilometres along a great circle. */
export function distance(from: Point, to: Point): number {
  const [x1, y1, x2, y2] = [...from, ...to].map((degrees) => (degrees * Math.PI) / 180) as [number, number, number, number];
  const half = Math.sin((y2 - y1) / 2) ** 2 + Math.cos(y1) * Math.cos(y2) * Math.sin((x2 - x1) / 2) ** 2;
  return 2 * RADIUS_KM * Math.asin(Math.sqrt(half));
}
