/** A map of one field, with land, coasts, a graticule, observations, and what is drawn on it. */

import { defaults as interactions, Draw } from "ol/interaction";
import Feature from "ol/Feature";
import type Graticule from "ol/layer/Graticule";
import ImageLayer from "ol/layer/Image";
import VectorLayer from "ol/layer/Vector";
import LineString from "ol/geom/LineString";
import Point from "ol/geom/Point";
import OlMap from "ol/Map";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style } from "ol/style";
import View from "ol/View";
import { coasts } from "./coasts";
import { themed } from "./dom";
import { Grid, type Line } from "./grid";
import { dot, graticule, mark, pictureOf } from "./layers";

export type Place = [longitude: number, latitude: number];
/** So many cells have smaller dots. */
const MANY = 300;
const WORLD = new Grid([-135, -45, 45, 135], [-67.5, -22.5, 22.5, 67.5]);

export class FieldMap {
  readonly map: OlMap;
  grid: Grid = WORLD;
  private land = new VectorLayer({ zIndex: 0 });
  private coast = new VectorLayer({ zIndex: 3 });
  private field = new ImageLayer({ zIndex: 1 });
  private under = new ImageLayer({ zIndex: 1 });
  private graticule: Graticule | undefined;
  private places = new VectorSource();
  private marks = new VectorSource();
  private swipe = 1;
  private drawing = false;

  constructor(
    private target: HTMLElement,
    clicked: (place: Place) => void,
  ) {
    this.map = new OlMap({
      target,
      layers: [
        this.land,
        this.under,
        this.field,
        this.coast,
        new VectorLayer({ source: this.places, zIndex: 4, style: (feature) => dot(feature.get("kind")) }),
        new VectorLayer({ source: this.marks, zIndex: 5, style: mark }),
      ],
      interactions: interactions({ altShiftDragRotate: false, pinchRotate: false, onFocusOnly: false }),
    });
    target.tabIndex = 0;
    this.map.on("singleclick", ({ coordinate }) => {
      if (!this.drawing) clicked(this.grid.toPlace(coordinate as Place));
    });
    target.addEventListener("keydown", ({ key }) => {
      const centre = this.map.getView().getCenter();
      if (key === "Enter" && centre) clicked(this.grid.toPlace(centre as Place));
    });
    this.field.on("prerender", ({ context }) => this.clip(context as CanvasRenderingContext2D));
    this.field.on("postrender", ({ context }) => (context as CanvasRenderingContext2D).restore());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.restyle());
    this.restyle();
    void this.lookAt(WORLD);
  }

  /** Shows the region of a grid; on its own view, or on that of another map. */
  async lookAt(grid: Grid, other?: FieldMap) {
    const fresh = grid.projection !== this.map.getView().getProjection() || this.grid === WORLD;
    const before = this.grid.extent.join();
    this.grid = grid;
    this.target.classList.toggle("global", (other?.grid ?? grid).global);
    this.map.updateSize();
    if (other) this.map.setView(other.map.getView());
    else if (fresh || before !== grid.extent.join()) {
      const [left, bottom, right, top] = grid.extent as [number, number, number, number];
      const centre = [(left + right) / 2, (bottom + top) / 2];
      this.map.setView(new View({ projection: grid.projection, center: centre, maxZoom: 12, enableRotation: false }));
      this.map.getView().fit(grid.extent, { padding: grid.global ? [0, 0, 0, 0] : [6, 6, 6, 6] });
    }
    if (this.graticule) this.map.removeLayer(this.graticule);
    this.graticule = graticule(this.grid);
    this.map.addLayer(this.graticule);
    const found = await coasts(grid.projection, !grid.global);
    if (this.grid !== grid) return; // another one was asked for meanwhile
    this.land.setSource(found.land);
    this.coast.setSource(found.lines);
  }

  /** Draws a picture of one pixel a cell; with another one, the two on either side of the swipe. */
  show(picture: HTMLCanvasElement | undefined, other?: HTMLCanvasElement) {
    this.field.setSource(picture ? pictureOf(picture, this.grid) : null);
    this.under.setSource(other ? pictureOf(other, this.grid) : null);
    if (!other) this.setSwipe(1);
  }

  /** Where the first picture ends, as a share of the width. */
  setSwipe(share: number) {
    this.swipe = share;
    this.map.render();
  }

  /** Shows observations: at places, or in cells [row, column] of an answer whose were used. */
  showPlaces(places: Place[], used?: Set<string>) {
    this.places.clear();
    const left = new Set(used);
    const given = places.map((place) => {
      const point = this.grid.fromPlace(...place);
      const cell = used && this.grid.locate(point)?.join();
      if (cell !== undefined) left.delete(cell);
      return new Feature({ geometry: new Point(point), kind: !used || used.has(cell!) ? "used" : "unused" });
    });
    const kind = left.size > MANY ? "many" : "used";
    const cells = [...left].map((cell) => {
      const [row, column] = cell.split(",").map(Number) as [number, number];
      return new Feature({ geometry: new Point(this.grid.centre(row, column)), kind });
    });
    this.places.addFeatures([...cells, ...given]);
  }

  /** Marks a place, or a line of several, which may cross the date line; nothing if there is none. */
  markPlaces(places: Place[]) {
    this.marks.clear();
    if (!places.length) return;
    for (const turn of this.grid.polar ? [0] : [-360, 0, 360]) {
      const points = places.map(([longitude, latitude]) => this.grid.fromPlace(longitude + turn, latitude));
      this.marks.addFeature(new Feature(points.length > 1 ? new LineString(points) : new Point(points[0]!)));
    }
  }

  /** Lets a line be drawn, once. */
  drawLine(drawn: (line: Line) => void) {
    if (this.drawing) return;
    const draw = new Draw({ type: "LineString", maxPoints: 2 });
    this.marks.clear();
    this.drawing = true;
    draw.on("drawend", ({ feature }) => {
      const points = (feature.getGeometry() as LineString).getCoordinates() as Line;
      this.map.removeInteraction(draw);
      // The click that ends the line is none on the map.
      setTimeout(() => (this.drawing = false), 300);
      drawn(this.grid.toLine(points));
    });
    this.map.addInteraction(draw);
  }

  private clip(context: CanvasRenderingContext2D) {
    context.save();
    if (this.swipe >= 1) return;
    context.beginPath();
    context.rect(0, 0, context.canvas.width * this.swipe, context.canvas.height);
    context.clip();
  }

  private restyle() {
    this.land.setStyle(new Style({ fill: new Fill({ color: themed("--land") }) }));
    this.coast.setStyle(new Style({ stroke: new Stroke({ color: themed("--coast"), width: 1 }) }));
    if (this.graticule) void this.lookAt(this.grid);
  }
}
