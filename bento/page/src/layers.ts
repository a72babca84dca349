/** What a map's layers draw: a field's picture, lines of latitude and longitude, places. */

import Graticule from "ol/layer/Graticule";
import ImageCanvasSource from "ol/source/ImageCanvas";
import { Circle, Fill, RegularShape, Stroke, Style, Text } from "ol/style";
import type { Options as TextOptions } from "ol/style/Text";
import { themed } from "./dom";
import type { Grid } from "./grid";

/** A picture of one pixel a cell, laid over the grid's cells; around the Earth as often as is seen. */
export function pictureOf(picture: HTMLCanvasElement, grid: Grid): ImageCanvasSource {
  const [left, bottom, right, top] = grid.extent as [number, number, number, number];
  const turns = grid.polar ? [0] : [-360, 0, 360];
  return new ImageCanvasSource({
    projection: grid.projection,
    ratio: 1,
    canvasFunction: (extent, resolution, ratio, size) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [Math.round(size[0]!), Math.round(size[1]!)];
      const context = canvas.getContext("2d")!;
      context.imageSmoothingEnabled = false;
      const pixel = resolution / ratio;
      for (const turn of turns) {
        const x = (left + turn - extent[0]!) / pixel;
        const y = (extent[3]! - top) / pixel;
        context.drawImage(picture, x, y, (right - left) / pixel, (top - bottom) / pixel);
      }
      return canvas;
    },
  });
}

/** Lines of latitude and longitude, with their numbers where they run straight. */
export function graticule(grid: Grid): Graticule {
  const label = (place: TextOptions) => {
    const [fill, stroke] = [new Fill({ color: themed("--ink") }), new Stroke({ color: themed("--ground"), width: 3 })];
    return new Text({ font: "11px system-ui, sans-serif", fill, stroke, ...place });
  };
  const edges = grid.global ? [grid.extent[0]!, grid.extent[2]!] : [];
  return new Graticule({
    zIndex: 2,
    strokeStyle: new Stroke({ color: themed("--graticule"), width: 1 }),
    showLabels: !grid.polar,
    // Half of a number at the map's own edge would be cut off.
    lonLabelFormatter: (degrees) => (edges.some((edge) => turned(degrees, edge)) ? "" : inDegrees(degrees, "E", "W")),
    latLabelFormatter: (degrees) => inDegrees(degrees, "N", "S"),
    lonLabelStyle: label({ textBaseline: "bottom" }),
    latLabelStyle: label({ textAlign: "end" }),
    wrapX: !grid.polar,
    targetSize: 120,
  });
}

const turned = (degrees: number, edge: number) => Math.abs(((degrees - edge + 540) % 360) - 180) < 1;

function inDegrees(degrees: number, plus: string, minus: string): string {
  const size = Math.abs(Number(degrees.toFixed(2)));
  return `${size}°${size % 180 ? ` ${degrees < 0 ? minus : plus}` : ""}`;
}

/** An observation: a dot, a small one of many, or a ring if it was not used. */
export function dot(kind: "used" | "many" | "unused"): Style[] {
  const fill = new Fill({ color: "#d6006e" });
  const white = new Stroke({ color: "#fff", width: 1.5 });
  if (kind === "many") return [new Style({ image: new Circle({ radius: 1.5, fill }) })];
  if (kind === "used") return [new Style({ image: new Circle({ radius: 4, fill, stroke: white }) })];
  const strokes = [new Stroke({ color: "#fff", width: 4 }), new Stroke({ color: "#d6006e", width: 1.5 })];
  return strokes.map((stroke) => new Style({ image: new Circle({ radius: 4, stroke }) }));
}

/** A cross or a line, light below and coloured above, to be seen on any colour. */
export function mark(): Style[] {
  const strokes = [new Stroke({ color: "#fff", width: 5 }), new Stroke({ color: "#d6006e", width: 2.5 })];
  const cross = { points: 4, radius: 9, radius2: 0 };
  return strokes.map((stroke) => new Style({ stroke, image: new RegularShape({ ...cross, stroke }) }));
}
