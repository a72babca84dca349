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

const TOKEN = "thermocline-token";

/** Keeps the token that a service may want, until the tab is closed. */
export function keepToken(token: string) {
  sessionStorage.setItem(TOKEN, token);
}

/** A response of the service; throws Refused. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (problem) {
    if (init.signal?.aborted) throw problem;
    throw new Refused({ what: "The service does not answer", where: "", fix: "Is it running?" });
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  const none = { what: `${response.status} ${response.statusText}`, where: "", fix: "" };
  throw new Refused(body.error ?? none, response.status);
}

export async function json<T>(path: string, init: RequestInit = {}): Promise<T> {
  return (await ask(path, init)).json();
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

/** Follows a task to its end, by server-sent events; by asking again where they break off. */
export async function follow(task: Task, heard: (task: Task) => void): Promise<Task> {
  let last = task;
  heard(last);
  while (!ended(last)) {
    for await (const data of events(`/tasks/${task.task}/events`)) heard((last = JSON.parse(data)));
    if (ended(last)) break;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    heard((last = await json<Task>(`/tasks/${task.task}`)));
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
