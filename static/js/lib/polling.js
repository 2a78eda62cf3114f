// @ts-check
/**
 * A part of a page that htmx asks for every two seconds: asks only for what is new (ETag, 304), and
 * tells a screen reader what came, at most once in 10 seconds.
 */
import { all, announce } from "./dom.js";
import { isSignedOut, pageHeaders, signInAgain, tellOther } from "./session/session.js";

const QUIET_MS = 10_000;

/** @param {HTMLElement} live @param {AbortSignal} signal */
export function rememberTag(live, signal) {
  let tag = "";
  live.addEventListener("htmx:config:request", (event) => {
    const { request } = /** @type {CustomEvent} */ (event).detail.ctx;
    // Nothing comes without a session; the page looks again once there is one.
    if (isSignedOut()) return event.preventDefault();
    Object.assign(request.headers, pageHeaders());
    if (tag) request.headers["If-None-Match"] = tag;
  }, { signal });
  live.addEventListener("htmx:after:request", (event) => {
    const { response } = /** @type {CustomEvent} */ (event).detail.ctx;
    tag = response?.headers?.get("ETag") ?? tag;
    if (response?.status === 401) void signInAgain({ asked: false });
    if (response?.status === 409) tellOther();
  }, { signal });
  // A part that was swapped in by a form is already newer than what the tag stands for.
  new MutationObserver((changes) => {
    if (changes.some((change) => change.target === live)) tag = "";
  }).observe(live, { childList: true });
}

/**
 * @param {HTMLElement} live @param {string} rows which elements are told of when they come
 * @param {(rows: HTMLElement[]) => string} words "" = nothing to say
 * @param {AbortSignal} signal
 */
export function tellNew(live, rows, words, signal) {
  const ids = () => new Set(all(rows, live).map((row) => row.id));
  let [known, last, timer] = [ids(), 0, /** @type {any} */ (0)];
  const say = () => {
    timer = 0;
    last = Date.now();
    const fresh = all(rows, live).filter((row) => !known.has(row.id));
    known = ids();
    const said = fresh.length ? words(fresh) : "";
    if (said) announce(said);
  };
  const watcher = new MutationObserver(() => {
    if (timer || ![...ids()].some((id) => !known.has(id))) return;
    timer = setTimeout(say, Math.max(0, last + QUIET_MS - Date.now()));
  });
  watcher.observe(live, { childList: true, subtree: true });
  signal.addEventListener("abort", () => { watcher.disconnect(); clearTimeout(timer); });
}
