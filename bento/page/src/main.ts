/** The page: choose a question, fill it in, run it, look at its answer. */

import "ol/ol.css";
import "./page.css";
import { announce, byId, el } from "./dom";
import { Form } from "./form";
import { guardLinks } from "./guarded";
import { keep, kept, letGo } from "./kept";
import { fromFragment, toFragment } from "./link";
import type { Place } from "./map";
import { questions, type Question } from "./questions";
import { onThePage, sentence, unfilled } from "./refusal";
import { cancel, follow, json, keepToken, patiently, Refused, submit, type Task } from "./service";
import type { Viewer } from "./viewer";

const forms = new Map<string, Form>();
const run = byId<HTMLButtonElement>("run");
const stop = byId<HTMLButtonElement>("cancel");
const adding = byId<HTMLInputElement>("adding");
let current: Form | undefined;
let running: Task | undefined;
/** From the press on "Run" on, before the service has heard of it; and until all that was kept is there again. */
let busy = false;

let viewer: Viewer | undefined;
let loading: Promise<Viewer> | undefined;

/** The maps, whose code is fetched when they are first seen or needed. */
function maps(): Promise<Viewer> {
  loading ??= import("./viewer").then(({ Viewer }) => {
    viewer = new Viewer(placed);
    changed();
    return viewer;
  });
  loading.catch(() => (loading = undefined));
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
  history.replaceState(null, "", addressOf(current));
  viewer?.showObservations(placesOf(current));
}

function addressOf({ question, linked }: Form): string {
  return toFragment(question.route, linked);
}

function placesOf({ table }: Form): Place[] {
  const places = (table?.value ?? []).map(({ longitude, latitude }): Place => [Number(longitude), Number(latitude)]);
  return places.filter((place) => place.every(Number.isFinite));
}

function choose(question: Question) {
  current = forms.get(question.route) ?? new Form(question, changed);
  forms.set(question.route, current);
  byId("form").replaceChildren(current.element);
  byId("details").textContent = question.details.replaceAll("`", "");
  byId("click").hidden = !current.table;
  showBusy(busy);
  byId("nobody").hidden = question.model !== null;
  for (const input of document.querySelectorAll<HTMLInputElement>("input[name=question]")) {
    input.checked = input.value === question.route;
  }
  changed();
}

/** Chooses another question, from which "Back" leads to the one before. */
function turn(question: Question) {
  history.pushState(null, "", toFragment(question.route, {}));
  announce("");
  byId("refusal").hidden = true;
  choose(question);
}

/** Does what leaves no room for another run. */
async function busily(work: () => Promise<void>) {
  showBusy(true);
  try {
    await work();
  } finally {
    showBusy(false);
  }
}

function showBusy(now: boolean) {
  busy = now;
  run.disabled = busy || !current?.question.model;
  document.body.toggleAttribute("data-busy", busy);
}

async function ask() {
  if (!current || busy) return;
  const { question, values } = current;
  const places = placesOf(current);
  byId("refusal").hidden = true;
  const left = unfilled(question.fields, values);
  if (left) return refuse(new Refused(left));
  announce("The question is sent …");
  await busily(() => answered(() => submit(question.route, values), places));
  bringIntoView();
}

/** Follows a task to its end, and shows its answer; where it is kept, it can be taken up again. */
async function answered(begin: () => Promise<Task>, places: Place[] | undefined) {
  const clock = setInterval(showTime, 5000);
  try {
    running = await begin();
    keep(running.task, places);
    stop.hidden = false;
    const task = await follow(running, showProgress, waiting);
    if (task.status !== "finished") letGo(task.task);
    if (task.status === "failed") throw new Refused(task.error!);
    if (task.status === "finished") {
      await patiently(async () => (await maps()).add(task, places), waiting);
      announce("The answer is on the map.");
    } else announce("Cancelled.");
  } catch (problem) {
    refuse(problem);
  } finally {
    clearInterval(clock);
    running = since = undefined;
    stop.hidden = byId("progress").hidden = true;
  }
}

/** Shows the answers of before the page was loaded anew, and follows what is still worked on. */
async function takeUp() {
  for (const { task: name, places } of kept()) {
    try {
      const task = await patiently(() => json<Task>(`/tasks/${name}`), waiting);
      await answered(async () => task, places);
    } catch (problem) {
      if (!(problem instanceof Refused && problem.status === 404)) return refuse(problem);
      letGo(name); // its time is over
      announce("");
    }
  }
}

/** On a narrow screen the map is far below the button. */
function bringIntoView() {
  const answer = byId("answers");
  const { top, bottom } = answer.getBoundingClientRect();
  const seen = top < 0.6 * innerHeight && bottom > 0.3 * innerHeight;
  if (byId("refusal").hidden && !seen) answer.scrollIntoView();
}

function waiting() {
  announce("The service does not answer. It is waited for …");
}

/** Since when a task runs that has not told of a step. */
let since: number | undefined;

function showTime() {
  if (since === undefined) return;
  const seconds = Math.round((Date.now() - since) / 1000);
  announce(`Running for ${seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`} …`);
}

function showProgress({ status, step, steps }: Task) {
  const bar = byId<HTMLProgressElement>("progress");
  bar.hidden = false;
  if (steps) [bar.max, bar.value] = [steps, step];
  else bar.removeAttribute("value");
  if (status === "queued") announce("Waiting for its turn …");
  if (status !== "running" || steps) since = undefined;
  if (status === "running" && steps) announce(`Step ${step} of ${steps}`);
  if (status !== "running" || steps || since !== undefined) return;
  since = Date.now();
  announce("Running …");
}

function refuse(problem: unknown) {
  announce("Not answered.");
  const { what, where, fix } =
    problem instanceof Refused
      ? onThePage(problem.refusal, current?.question.fields ?? [])
      : { what: "The page has an error", where: String(problem), fix: "Load it again" };
  const box = byId("refusal");
  const lines = [
    el("strong", {}, sentence(what)),
    where && `Where: ${where}`,
    fix && `What to do: ${sentence(fix)}`,
  ];
  box.replaceChildren(...lines.filter(Boolean).map((line) => el("p", {}, line)));
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

async function start() {
  let known: Question[];
  try {
    known = await questions();
  } catch (problem) {
    document.body.dataset.ready = "";
    const locked = problem instanceof Refused && problem.status === 401;
    byId("token").hidden = !locked;
    byId("links").hidden = locked;
    return refuse(problem);
  }
  const list = known.map((question) => {
    const input = el("input", { type: "radio", name: "question", value: question.route, onchange: () => turn(question) });
    const about = el("small", {}, question.summary);
    return el("label", { class: "choice" }, input, el("span", {}, el("b", {}, question.route), about));
  });
  byId("questions").append(...list);
  showBusy(true);
  if (!(await open(known))) choose(known[0]!);
  addEventListener("hashchange", () => void open(known));
  document.body.dataset.ready = "";
  void busily(takeUp);
  new IntersectionObserver((seen, observer) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    void maps();
  }).observe(byId("maps"));
}

/** Opens the question of the address, if one is in it. */
async function open(known: Question[]): Promise<boolean> {
  const wanted = location.hash;
  const linked = fromFragment(location.hash, (route) => known.find((one) => one.route === route)?.fields);
  if (!linked) return false;
  const form = forms.get(linked.route);
  choose(known.find(({ route }) => route === linked.route)!);
  if (form && addressOf(form) === wanted) return true; // as it was left, with files of one's own
  await current!.fill(linked.values).catch(refuse);
  return true;
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  void ask();
});
stop.addEventListener("click", () => running && void cancel(running.task).catch(refuse));
byId("example").addEventListener("click", async () => {
  try {
    await current?.fillExample();
    announce("The example is in the form.");
  } catch (problem) {
    refuse(problem);
  }
});
byId("copy").addEventListener("click", async () => {
  const link = byId<HTMLInputElement>("link");
  const left = "Files of your own are not in it.";
  try {
    await navigator.clipboard.writeText(location.href);
    link.hidden = true;
    announce(`The link is on the clipboard. ${left}`);
  } catch {
    // Browsers have no clipboard for pages over plain HTTP from elsewhere, and may refuse it.
    link.hidden = false;
    link.value = location.href;
    link.select();
    announce(`Copy the marked link from its field. ${left}`);
  }
});
byId("token").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken(byId<HTMLInputElement>("token-value").value);
  location.reload();
});
guardLinks(byId("links"), refuse);
void start();
