/** Land and coasts of Natural Earth (world-atlas): coarse at first, finer where one looks closely. */

import type { MultiPolygon, Position } from "geojson";
import Feature from "ol/Feature";
import LineString from "ol/geom/LineString";
import Polygon from "ol/geom/Polygon";
import type { Projection } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import coarse from "world-atlas/land-110m.json?url";
import fine from "world-atlas/land-50m.json?url";

type Land = Topology<{ land: GeometryCollection }>;
const fetched = new Map<string, Promise<Land>>();

function topology(detailed: boolean): Promise<Land> {
  const address = detailed ? fine : coarse;
  const found = fetched.get(address) ?? fetch(address).then((answer) => answer.json() as Promise<Land>);
  found.catch(() => fetched.delete(address));
  fetched.set(address, found);
  return found;
}

export interface Coasts {
  land: VectorSource;
  lines: VectorSource;
}

/** Polygons of land, and lines of coast, in a projection. */
export async function coasts(projection: Projection, detailed: boolean): Promise<Coasts> {
  const world = await topology(detailed);
  const polar = projection.getCode() !== "EPSG:4326";
  const [, south, , north] = projection.getWorldExtent() as [number, number, number, number];
  // A polar map reaches to the other pole only at infinity: what lies 75° beyond its half is cut off.
  const held = (latitude: number) => Math.max(south - 75, Math.min(north + 75, latitude));
  const near = (points: Position[]) => !polar || points.some(([, latitude]) => held(latitude!) === latitude);
  const drawn = (points: Position[]) =>
    polar ? points.map(([longitude, latitude]) => [longitude!, held(latitude!)]) : unrolled(points);
  const shapes = feature(world, world.objects.land)
    .features.flatMap(({ geometry }) => (geometry as MultiPolygon).coordinates)
    .filter((rings) => near(rings[0]!));
  const lines = mesh(world, world.objects.land as never).coordinates.filter(near);
  const source = (geometries: (Polygon | LineString)[]) =>
    new VectorSource({
      features: geometries.map((one) => new Feature(one.transform("EPSG:4326", projection))),
    });
  return {
    land: source(shapes.map((rings) => new Polygon(rings.map((ring) => closed(drawn(ring)))))),
    lines: source(lines.map((points) => new LineString(drawn(points)))),
  };
}

/** Longitudes that run on beyond 180° instead of jumping to the map's other side. */
function unrolled(points: Position[]): Position[] {
  let turns = 0;
  return points.map(([x, y], k) => {
    const step = k ? x! - points[k - 1]![0]! : 0;
    if (Math.abs(step) > 180) turns -= Math.sign(step);
    return [x! + 360 * turns, y!];
  });
}

/** A ring once around the Earth, Antarctica, is closed along the pole. */
function closed(ring: Position[]): Position[] {
  const [first, last] = [ring[0]!, ring.at(-1)!];
  return Math.abs(first[0]! - last[0]!) < 180 ? ring : [...ring, [last[0]!, -90], [first[0]!, -90], first];
}
