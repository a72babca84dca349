/** Elements without a framework. */

type Props = Record<string, unknown>;

/** A new element: `on…` are listeners, `data-…`, `aria-…`, `for`, `role` attributes, others properties. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value as EventListener);
    else if (name === "class") made.className = String(value);
    else if (/^(aria-|data-|for$|role$|list$)/.test(name)) made.setAttribute(name, String(value));
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

/** The page's element with this id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found as T;
}

/** A select's options anew; its value stays if it is among them. */
export function setOptions(select: HTMLSelectElement, options: [value: string, text: string][]) {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => el("option", { value }, text)));
  if (options.some(([value]) => value === before)) select.value = before;
}

/** A colour of the style sheet, such as `--land`. */
export function themed(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Tells something to those who see the page and to those who hear it. */
export function announce(text: string) {
  byId("status").textContent = text;
}

/** Offers a file of this content for download. */
export function download(content: Blob, name: string) {
  const link = el("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
