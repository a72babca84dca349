/** Other pages of a service that wants a token: a link cannot send it, so that they are fetched and shown here. */

import { byId, el } from "./dom";
import { ask, hasToken } from "./service";

/** Lets the links of an element open in the page's dialog, where a token is kept. */
export function guardLinks(links: HTMLElement, failed: (problem: unknown) => void) {
  byId("other-close").addEventListener("click", () => byId<HTMLDialogElement>("other").close());
  for (const link of links.querySelectorAll("a")) {
    link.addEventListener("click", (event) => {
      if (!hasToken()) return;
      event.preventDefault();
      show(link).catch(failed);
    });
  }
}

async function show({ href, textContent }: HTMLAnchorElement) {
  const answer = await ask(href);
  const text = await answer.text();
  const html = answer.headers.get("Content-Type")?.startsWith("text/html");
  const content = html
    ? new DOMParser().parseFromString(text, "text/html").querySelector("main")!.children
    : [el("pre", {}, JSON.stringify(JSON.parse(text), null, 2))];
  byId("other-title").textContent = textContent;
  byId("other-content").replaceChildren(...content);
  byId<HTMLDialogElement>("other").showModal();
}
