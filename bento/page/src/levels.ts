/** Levels of depth: which is nearest to another answer's, and where each begins and ends. */

import type { Answer, Index } from "./answer";

/** The index into an answer that comes nearest to an index into another one: in metres, not by number. */
export function nearest(answer: Answer, first: Answer, index: Index): Index {
  // An only level has no slider, but a depth.
  const found = Object.entries({ depth: 0, ...index }).map(([dim, k]): [string, number] => {
    const wanted = first.value(dim, index);
    const far = (answer.coordinates[dim] ?? []).map((value) => Math.abs(Number(value) - wanted));
    const least = far.indexOf(Math.min(...far));
    return [dim, least < 0 ? k : least];
  });
  return Object.fromEntries(found);
}

export function inMetres(depth: number): string {
  return `${Number(depth.toFixed(depth < 10 ? 1 : 0))} m`;
}

/** Top and bottom of each level: halfway to its neighbours, the first as thick above as below. */
export function layers(depth: number[]): [top: number, bottom: number][] {
  const [first, last] = [depth[0]!, depth.at(-1)!];
  if (depth.length === 1) return [[0.9 * first, Math.max(1, 1.1 * first)]];
  const between = depth.slice(1).map((below, k) => (depth[k]! + below) / 2);
  const edges = [Math.max(0, 2 * first - between[0]!), ...between, last];
  return depth.map((_, k) => [edges[k]!, edges[k + 1]!]);
}
