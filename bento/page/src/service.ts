/** The service behind the page: requests, tasks, and errors in its one form. */

export interface Refusal {
  what: string;
  where: string;
  fix: string;
}

export interface Task {
  task: string;
  route: string;
  status: "queued" | "running" | "finished" | "failed" | "cancelled";
  step: number;
  steps: number | null;
  expires: string | null;
  error?: Refusal;
}

export type Values = Record<string, unknown>;

/** What the service, or this page, refuses. */
export class Refused extends Error {
  constructor(
    readonly refusal: Refusal,
    readonly status = 0,
  ) {
    super([refusal.where, refusal.what, refusal.fix].filter(Boolean).join(" – "));
  }
}

/** A problem in one line. */
export function inOneLine(problem: unknown): string {
  return problem instanceof Refused ? problem.message : `The page has an error (${problem}). Load it again.`;
}

/** Statuses of a service that may come back, which keeps its tasks; 0 if it did not answer. */
const AWAY = [0, 429, 502, 503, 504];
/** Milliseconds in which it has to, and between two trials. */
const [PATIENCE, PAUSE] = [120_000, 2000];

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const away = (problem: unknown) => problem instanceof Refused && AWAY.includes(problem.status);

/** Tries again while the service is away; `waiting` hears of it. */
export async function patiently<T>(attempt: () => Promise<T>, waiting: () => void): Promise<T> {
  const begun = Date.now();
  for (;;) {
    try {
      return await attempt();
    } catch (problem) {
      if (!away(problem) || Date.now() - begun > PATIENCE) throw problem;
    }
    waiting();
    await pause(PAUSE);
  }
}

const TOKEN = "thermocline-token";

/** Keeps the token that a service may want, until the tab is closed. */
export function keepToken(token: string) {
  sessionStorage.setItem(TOKEN, token);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN) !== null;
}

/** A response of the service; throws Refused. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  const response = await fetch(path, { ...init, headers }).catch(unanswered);
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  const none = { what: `${response.status} ${response.statusText}`, where: "", fix: "" };
  throw new Refused(body.error ?? none, response.status);
}

export async function json<T>(path: string, init: RequestInit = {}): Promise<T> {
  const text = await (await ask(path, init)).text().catch(unanswered);
  return JSON.parse(text) as T;
}

function unanswered(): never {
  throw new Refused({ what: "The service does not answer", where: "", fix: "Is it running?" });
}

/** Sends a question as a task: as a form if there are files in it, else as JSON. */
export function submit(route: string, values: Values): Promise<Task> {
  const form = Object.values(values).some((value) => value instanceof Blob);
  if (!form) {
    const headers = { "Content-Type": "application/json" };
    return json(`/tasks/${route}`, { method: "POST", headers, body: JSON.stringify(values) });
  }
  const body = new FormData();
  for (const [name, value] of Object.entries(values)) {
    if (value instanceof Blob) body.append(name, value);
    else body.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return json(`/tasks/${route}`, { method: "POST", body });
}

export function cancel(task: string): Promise<Task> {
  return json(`/tasks/${task}`, { method: "DELETE" });
}

export function ended(task: Task): boolean {
  return !["queued", "running"].includes(task.status);
}

/**
 * Follows a task to its end, by server-sent events; by asking again where they break off.
 * A service that starts anew goes on with its tasks: `waiting` hears that it is away.
 */
export async function follow(task: Task, heard: (task: Task) => void, waiting: () => void): Promise<Task> {
  const address = `/tasks/${task.task}`;
  let last = task;
  heard(last);
  while (!ended(last)) {
    try {
      for await (const data of events(`${address}/events`)) heard((last = JSON.parse(data)));
    } catch (problem) {
      if (!away(problem)) throw problem;
    }
    if (ended(last)) break;
    await pause(1000);
    heard((last = await patiently(() => json<Task>(address), waiting)));
  }
  return last;
}

/** The data of each event. `EventSource` would do the same, but cannot send the token. */
async function* events(path: string): AsyncGenerator<string> {
  const reader = (await ask(path)).body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (text + value).split(/\r?\n\r?\n/);
      text = parts.pop()!;
      for (const part of parts) {
        const data = part.split(/\r?\n/).filter((line) => line.startsWith("data:"));
        if (data.length) yield data.map((line) => line.slice(5).trim()).join("\n");
      }
    }
  } catch {
    return; // broken off: the caller asks again
  } finally {
    reader.cancel().catch(() => {});
  }
}
