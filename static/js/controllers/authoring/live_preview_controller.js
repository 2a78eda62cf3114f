// @ts-check
/** A form whose preview follows what is typed: the server renders it from the unsaved form. */
import { all, one } from "../../lib/dom.js";
import { requestOf, swap } from "../../lib/swap.js";

const PAUSE_MS = 400;

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  if (!(form instanceof HTMLFormElement)) return;
  let timer = 0;
  let running = new AbortController();
  const stop = () => { clearTimeout(timer); running.abort(); };
  const update = () => {
    const check = one("button[value='check']", form);
    if (form.getAttribute("aria-busy") === "true" || !check) return;
    running = new AbortController();
    const [url, request] = requestOf(form, check);
    // A chosen file is not sent with each letter.
    all("input[type='file']", form).forEach((file) => request.body?.delete(file.getAttribute("name") ?? ""));
    swap(url, { ...request, quiet: true, signal: running.signal }, ["preview"]);
  };
  form.addEventListener("input", () => { stop(); timer = setTimeout(update, PAUSE_MS); }, { signal });
  form.addEventListener("submit", stop, { signal, capture: true });
  signal.addEventListener("abort", stop, { once: true });
}
