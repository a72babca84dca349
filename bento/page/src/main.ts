/** The page: choose a question, fill it in, run it, look at its answer. */

import "ol/ol.css";
import "./page.css";
import { announce, byId, el } from "./dom";
import { Form } from "./form";
import { fromFragment, toFragment } from "./link";
import type { Place } from "./map";
import { questions, type Question } from "./questions";
import { cancel, follow, keepToken, Refused, submit, type Task } from "./service";
import type { Viewer } from "./viewer";

const forms = new Map<string, Form>();
const run = byId<HTMLButtonElement>("run");
const stop = byId<HTMLButtonElement>("cancel");
const adding = byId<HTMLInputElement>("adding");
let current: Form | undefined;
let running: Task | undefined;

let viewer: Viewer | undefined;
let loading: Promise<Viewer> | undefined;

/** The maps, whose code is fetched when they are first seen or needed. */
function maps(): Promise<Viewer> {
  loading ??= import("./viewer").then(({ Viewer }) => {
    viewer = new Viewer(placed);
    changed();
    return viewer;
  });
  return loading;
}

/** A place on the map becomes an observation, if that is wished. */
function placed([longitude, latitude]: Place, depth: number | undefined): boolean {
  if (!adding.checked || !current?.table) return false;
  const [x, y] = [longitude, latitude].map((value) => Number(value.toFixed(3)));
  current.table.add({ latitude: y!, longitude: x!, depth: depth ?? 5 });
  return true;
}

/** Puts the question into the address, and its observations on the map. */
function changed() {
  if (!current) return;
  history.replaceState(null, "", toFragment(current.question.route, current.linked));
  const rows = current.table?.value ?? [];
  const places = rows.map(({ longitude, latitude }): Place => [Number(longitude), Number(latitude)]);
  viewer?.showObservations(places.filter((place) => place.every(Number.isFinite)));
}

function choose(question: Question) {
  current = forms.get(question.route) ?? new Form(question, changed);
  forms.set(question.route, current);
  byId("form").replaceChildren(current.element);
  byId("details").textContent = question.details.replaceAll("`", "");
  byId("click").hidden = !current.table;
  run.disabled = !question.model;
  byId("nobody").hidden = question.model !== null;
  for (const input of document.querySelectorAll<HTMLInputElement>("input[name=question]")) {
    input.checked = input.value === question.route;
  }
  changed();
}

async function ask() {
  if (!current || running) return;
  const { question, values, linked } = current;
  byId("refusal").hidden = true;
  run.disabled = true;
  document.body.dataset.busy = "";
  try {
    running = await submit(question.route, values);
    stop.hidden = false;
    const task = await follow(running, showProgress);
    if (task.status === "failed") throw new Refused(task.error!);
    if (task.status === "finished") {
      const parts = [question.route, linked.date ?? linked.month, `seed ${linked.seed ?? 0}`];
      await (await maps()).add(task, parts.filter((part) => part !== undefined).join(", "));
      announce("The answer is on the map.");
    } else announce("Cancelled.");
  } catch (problem) {
    refuse(problem);
  } finally {
    running = undefined;
    delete document.body.dataset.busy;
    stop.hidden = byId("progress").hidden = true;
    run.disabled = !current.question.model;
  }
}

function showProgress({ status, step, steps }: Task) {
  const bar = byId<HTMLProgressElement>("progress");
  bar.hidden = false;
  if (steps) [bar.max, bar.value] = [steps, step];
  else bar.removeAttribute("value");
  if (status === "queued") announce("Waiting for its turn …");
  if (status === "running") announce(steps ? `Step ${step} of ${steps}` : "Running …");
}

function refuse(problem: unknown) {
  announce("");
  const { what, where, fix } =
    problem instanceof Refused
      ? problem.refusal
      : { what: "The page has an error", where: String(problem), fix: "Load it again" };
  const box = byId("refusal");
  const lines = [el("strong", {}, `Not answered: ${what}`), where && `Where: ${where}`, fix && `What to do: ${fix}`];
  box.replaceChildren(...lines.filter(Boolean).map((line) => el("p", {}, line)));
  box.hidden = false;
}

async function start() {
  let known: Question[];
  try {
    known = await questions();
  } catch (problem) {
    document.body.dataset.ready = "";
    byId("token").hidden = !(problem instanceof Refused && problem.status === 401);
    return refuse(problem);
  }
  const list = known.map((question) => {
    const input = el("input", { type: "radio", name: "question", value: question.route, onchange: () => choose(question) });
    const about = el("small", {}, question.summary);
    return el("label", { class: "choice" }, input, el("span", {}, el("b", {}, question.route), about));
  });
  byId("questions").append(...list);
  const linked = fromFragment(location.hash, (route) => known.find((one) => one.route === route)?.fields);
  choose(known.find(({ route }) => route === linked?.route) ?? known[0]!);
  if (linked) await current!.fill(linked.values);
  document.body.dataset.ready = "";
  new IntersectionObserver((seen, observer) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    void maps();
  }).observe(byId("maps"));
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  void ask();
});
stop.addEventListener("click", () => running && void cancel(running.task).catch(refuse));
byId("example").addEventListener("click", () => void current?.fillExample().catch(refuse));
byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(location.href);
  announce("The link is on the clipboard. Files of your own are not in it.");
});
byId("token").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken(byId<HTMLInputElement>("token-value").value);
  location.reload();
});
void start();
