/** What a map's layers draw: a field's picture, lines of latitude and longitude, places. */

import Graticule from "ol/layer/Graticule";
import ImageCanvasSource from "ol/source/ImageCanvas";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
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
  return new Graticule({
    zIndex: 2,
    strokeStyle: new Stroke({ color: themed("--graticule"), width: 1 }),
    showLabels: !grid.polar,
    lonLabelStyle: label({ textBaseline: "bottom" }),
    latLabelStyle: label({ textAlign: "end" }),
    wrapX: !grid.polar,
    targetSize: 120,
  });
}

/** An observation. */
export function dot(): Style {
  const stroke = new Stroke({ color: "#fff", width: 1.5 });
  return new Style({ image: new Circle({ radius: 4, fill: new Fill({ color: "#d6006e" }), stroke }) });
}

/** A ring or a line, light below and coloured above, to be seen on any colour. */
export function mark(): Style[] {
  const strokes = [new Stroke({ color: "#fff", width: 5 }), new Stroke({ color: "#d6006e", width: 2.5 })];
  return strokes.map((stroke) => new Style({ stroke, image: new Circle({ radius: 7, stroke }) }));
}
