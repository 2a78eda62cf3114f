// @ts-check
/**
 * Threads and posts arrive by themselves, and a text being written below them keeps its place on
 * the screen. htmx does the requests.
 */
import { rememberTag, tellNew } from "../../lib/polling.js";
import { one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} live @param {AbortSignal} signal */
export function connect(live, signal) {
  rememberTag(live, signal);
  tellNew(live, "[data-new] > li", (rows) => words(live, rows), signal);
  keepPlace(live, signal);
}

/** @param {HTMLElement} live @param {HTMLElement[]} rows */
function words(live, rows) {
  const what = one("[data-new]", live)?.dataset.new ?? "";
  const by = rows.map((row) => one("[data-who]", row)?.textContent ?? "").filter(Boolean);
  return by.length ? t("{what} by {names}", { what, names: by.join(", ") }) : "";
}

/**
 * Content that grows above a focused field would push it away.
 * @param {HTMLElement} live @param {AbortSignal} signal
 */
function keepPlace(live, signal) {
  let height = live.offsetHeight;
  const watcher = new ResizeObserver(() => {
    const grown = live.offsetHeight - height;
    height = live.offsetHeight;
    if (grown && writesBelow(live)) scrollBy(0, grown);
  });
  watcher.observe(live);
  signal.addEventListener("abort", () => watcher.disconnect());
}

/** @param {HTMLElement} live */
function writesBelow(live) {
  const field = document.activeElement;
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return false;
  return Boolean(live.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING);
}
