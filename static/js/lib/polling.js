// @ts-check
/**
 * A part of a page that htmx requests every two seconds: it requests only new content (ETag, 304),
 * and announces new rows at most once in 10 seconds.
 */
import { all, announce } from "./dom.js";
import { isSignedOut, pageHeaders, signInAgain, tellOther } from "./session/session.js";

const QUIET_MS = 10_000;

/** @param {HTMLElement} live @param {AbortSignal} signal */
export function rememberTag(live, signal) {
  let tag = "";
  live.addEventListener("htmx:config:request", (event) => {
    const { request } = /** @type {CustomEvent} */ (event).detail.ctx;
    // Without a session there is no answer; polling resumes after the sign-in.
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
  // A part that a form replaced is newer than the stored ETag.
  new MutationObserver((changes) => {
    if (changes.some((change) => change.target === live)) tag = "";
  }).observe(live, { childList: true });
}

/**
 * @param {HTMLElement} live @param {string} rows selector of the elements to announce
 * @param {(rows: HTMLElement[]) => string} words "" = nothing to announce
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
