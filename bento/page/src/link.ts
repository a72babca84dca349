/** A question in the address, so that a link reproduces it: `#ask=route&date=…&observations=[…]`. */

import type { Field } from "./questions";
import type { Values } from "./service";

export function toFragment(route: string, values: Values): string {
  const found = new URLSearchParams({ ask: route });
  for (const [name, value] of Object.entries(values)) {
    found.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return `#${found}`;
}

/** The route of an address, and its values as the question's fields read them. */
export function fromFragment(fragment: string, fieldsOf: (route: string) => Field[] | undefined) {
  const found = new URLSearchParams(fragment.replace(/^#/, ""));
  const route = found.get("ask") ?? "";
  const fields = fieldsOf(route);
  if (!fields) return undefined;
  const values: Values = {};
  for (const { name, kind } of fields) {
    const text = found.get(name);
    if (text === null) continue;
    if (kind === "table") values[name] = rows(text);
    else if (kind === "boolean") values[name] = text === "true";
    else values[name] = kind === "text" || kind === "file" ? text : Number(text);
  }
  return { route, values };
}

function rows(text: string): unknown[] {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? found.filter((row) => row && typeof row === "object") : [];
  } catch {
    return [];
  }
}
