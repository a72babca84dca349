/** The answers of this tab, so that they are there again after the page was loaded anew. */

const KEY = "thermocline-answers";
/** The last ones. */
const MOST = 5;

export function kept(): string[] {
  const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  return Array.isArray(found) ? found.map(String) : [];
}

/** Keeps a task, or lets go of one that is gone. */
export function keep(task: string, there = true) {
  const others = kept().filter((one) => one !== task);
  sessionStorage.setItem(KEY, JSON.stringify([...others, ...(there ? [task] : [])].slice(-MOST)));
}
