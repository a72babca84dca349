/** What an answer says of itself, in plain words: what was used, warnings, and who answered. */

import type { Answer } from "./answer";
import { el } from "./dom";
import { sentence } from "./refusal";

interface Account {
  of: string;
  held: number;
  used: number;
  dropped: Record<string, number>;
  notes: string[];
}

/** Lists under headings; the warnings come first. */
export function account({ attributes, task }: Answer): HTMLElement {
  const text = (name: string) => String(attributes[name] ?? "").trim();
  const made = el("div", { class: "account" });
  const part = (title: string, lines: string[], kind = "") => {
    const found = lines.filter(Boolean);
    if (!found.length) return;
    const list = el("ul", {}, ...found.map((line) => el("li", {}, line)));
    made.append(el("section", { class: kind }, el("h2", {}, title), list));
  };
  part("Warnings", text("warnings").split("\n").map(sentence), "warning");
  const observed = [...used(text("account")), text("observations"), text("observations_checks")];
  part("What was used", observed.map(sentence));
  const members = Number(attributes.members ?? 0);
  part("How it was made", [
    text("comment"),
    members ? `${members} member${members === 1 ? "" : "s"}, seed ${text("seed")}` : `seed ${text("seed")}`,
  ]);
  part("Who answered", [
    `${text("model_name")}, version ${text("model_version")}`,
    `Promotion test: ${text("model_verdict")}`,
    `Compared with classical methods: ${text("model_baseline_verdict")}`,
    task.expires ? `The answer is kept until ${new Date(task.expires).toLocaleString()}.` : "",
  ]);
  return made;
}

function used(text: string): string[] {
  if (!text) return [];
  const { of, held, used, dropped, notes } = JSON.parse(text) as Account;
  const number = (count: number) => count.toLocaleString("en");
  const left = Object.entries(dropped).filter(([, count]) => count);
  return [
    `${number(used)} of ${number(held)} ${of} were used.`,
    ...left.map(([why, count]) => `${number(count)} ${count === 1 ? "was" : "were"} not: ${why}.`),
    ...notes,
  ];
}
