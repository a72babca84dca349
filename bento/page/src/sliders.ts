/** A slider for each dim of an answer beside rows and columns, such as depth. */

import type { Answer, Index } from "./answer";
import { el } from "./dom";
import { inMetres } from "./levels";

/** They change the index, and say so. */
export function sliders(answer: Answer, index: Index, changed: () => void): HTMLElement[] {
  const dims = new Set(answer.variables.flatMap(({ name }) => answer.choices(name)));
  return [...dims].map((dim) => {
    const axis = answer.coordinates[dim] ?? [];
    index[dim] = Math.min(index[dim] ?? 0, axis.length - 1);
    const words = () => {
      const value = Number(axis[index[dim]!]!);
      if (dim === "quantile") return `${+(100 * value).toPrecision(3)} %`;
      return dim === "depth" ? inMetres(value) : `${value + 1} of ${axis.length}`;
    };
    const said = el("output", {}, words());
    const input = el("input", {
      type: "range",
      id: `dim-${dim}`,
      min: "0",
      max: String(axis.length - 1),
      value: String(index[dim]),
      "aria-valuetext": words(),
      oninput: () => {
        index[dim] = Number(input.value);
        said.textContent = words();
        input.setAttribute("aria-valuetext", words());
        changed();
      },
    });
    const name = dim === "realization" ? "State" : dim[0]!.toUpperCase() + dim.slice(1);
    return el("div", { class: "slider" }, el("label", { for: input.id }, name), input, said);
  });
}
