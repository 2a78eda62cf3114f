// @ts-check
/**
 * Keeps the live part of the Now page cheap and quiet: asks only for what is new (ETag, 304) and
 * tells a screen reader of new rows, at most once in 10 seconds. htmx does the asking itself.
 */
import { all, announce, one } from "../lib/page.js";

const QUIET_MS = 10_000;

/** @param {HTMLElement} live @param {AbortSignal} signal */
export function connect(live, signal) {
  all("[data-live]").forEach((note) => { note.hidden = false; });
  remember(live, signal);
  tell(live, signal);
}

/** @param {HTMLElement} live @param {AbortSignal} signal */
function remember(live, signal) {
  let tag = "";
  live.addEventListener("htmx:config:request", (event) => {
    const { request } = /** @type {CustomEvent} */ (event).detail.ctx;
    if (tag) request.headers["If-None-Match"] = tag;
  }, { signal });
  live.addEventListener("htmx:after:request", (event) => {
    const { response } = /** @type {CustomEvent} */ (event).detail.ctx;
    tag = response?.headers?.get("ETag") ?? tag;
  }, { signal });
  // A row that was seen to in place is already newer than what the tag stands for.
  new MutationObserver((changes) => {
    if (changes.some((change) => change.target === live)) tag = "";
  }).observe(live, { childList: true });
}

/** @param {HTMLElement} live @param {AbortSignal} signal */
function tell(live, signal) {
  let [known, last, timer] = [idsIn(live), 0, /** @type {any} */ (0)];
  const say = () => {
    timer = 0;
    last = Date.now();
    const names = all("[data-queue] > li", live).filter((row) => !known.has(row.id)).map(nameIn);
    known = idsIn(live);
    if (names.length) announce(`New in the queue: ${names.join(", ")}`);
  };
  const watcher = new MutationObserver(() => {
    const now = idsIn(live);
    if (timer || ![...now].some((id) => !known.has(id))) return;
    timer = setTimeout(say, Math.max(0, last + QUIET_MS - Date.now()));
  });
  watcher.observe(live, { childList: true, subtree: true });
  signal.addEventListener("abort", () => { watcher.disconnect(); clearTimeout(timer); });
}

/** @param {HTMLElement} live */
const idsIn = (live) => new Set(all("[data-queue] > li", live).map((row) => row.id));

/** @param {HTMLElement} row */
const nameIn = (row) => one("h3 > span", row)?.textContent ?? "";
