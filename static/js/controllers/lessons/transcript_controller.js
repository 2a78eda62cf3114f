// @ts-check
/**
 * The transcript follows the video until the reader scrolls or moves in it. It can be searched, and
 * a sentence takes the video to its time.
 *
 * Its sentences are links, so without JavaScript they open the page at that time.
 */
import { clock } from "../../lib/video/duration_text.js";
import { around, matches } from "../../lib/video/find_text.js";
import { all, announce, one } from "../../lib/dom.js";
import { walk } from "../../lib/roving_tabindex.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const list = /** @type {HTMLElement} */ (one("[data-script]", root));
  const lines = all("[data-start]", list);
  const follow = following(list, signal);
  const stop = walk(list, () => lines, signal);
  stop(lines[0]);
  const video = /** @type {HTMLVideoElement | null} */ (one("video"));
  const mark = (/** @type {number} */ seconds) => stop(markCurrent(lines, seconds, follow) ?? lines[0]);
  if (video?.currentTime) mark(video.currentTime);
  document.addEventListener("attune:time", (event) => {
    mark(/** @type {CustomEvent} */ (event).detail.seconds);
  }, { signal });
  list.addEventListener("click", (event) => {
    const line = /** @type {HTMLElement} */ (event.target).closest("[data-start]");
    if (!line) return;
    event.preventDefault();
    goTo(/** @type {HTMLElement} */ (line));
  }, { signal });
  search(root, lines, signal);
}

/** @param {HTMLElement} line */
function goTo(line) {
  const seconds = Number(line.dataset.start);
  document.dispatchEvent(new CustomEvent("attune:seek", { detail: { seconds, play: false } }));
  announce(t("At {time}.", { time: clock(seconds) }));
}

/** @param {HTMLElement[]} lines @param {number} seconds @param {{on: boolean}} follow @returns {HTMLElement | undefined} */
function markCurrent(lines, seconds, follow) {
  const now = lines.findLast((line) => Number(line.dataset.start) <= seconds + 0.05);
  if (!now || now.hasAttribute("aria-current")) return now;
  lines.forEach((line) => line.removeAttribute("aria-current"));
  now.setAttribute("aria-current", "true");
  if (follow.on) keepInView(/** @type {HTMLElement} */ (now.closest("[data-script]")), now);
  return now;
}

/** Scroll the list, but never the page. @param {HTMLElement} list @param {HTMLElement} line */
function keepInView(list, line) {
  const [box, row] = [list.getBoundingClientRect(), line.getBoundingClientRect()];
  if (row.top < box.top) list.scrollTop += row.top - box.top - 8;
  else if (row.bottom > box.bottom) list.scrollTop += row.bottom - box.bottom + 8;
}

/** @param {HTMLElement} list @param {AbortSignal} signal */
function following(list, signal) {
  const follow = { on: true };
  const stop = () => { follow.on = false; };
  for (const name of ["wheel", "touchmove"]) {
    list.addEventListener(name, stop, { signal, passive: true });
  }
  list.addEventListener("keydown", (event) => { if (event.key !== "Tab") stop(); }, { signal });
  document.addEventListener("attune:seek", () => { follow.on = true; }, { signal });
  return follow;
}

/** @param {HTMLElement} root @param {HTMLElement[]} lines @param {AbortSignal} signal */
function search(root, lines, signal) {
  const field = /** @type {HTMLInputElement} */ (one("[data-search]", root));
  const count = /** @type {HTMLElement} */ (one("[data-found]", root));
  const texts = lines.map((line) => one("[data-text]", line)?.textContent ?? "");
  let [found, at] = [/** @type {number[]} */ ([]), -1];
  const tell = () => { count.textContent = field.value.trim() ? wording(found.length, at) : ""; };
  field.closest("form")?.addEventListener("submit", (event) => event.preventDefault(), { signal });
  const look = () => {
    [found, at] = [matches(texts, field.value), -1];
    lines.forEach((line, index) => line.classList.toggle("found", found.includes(index)));
    if (found.length) keepInView(/** @type {HTMLElement} */ (one("[data-script]", root)), lines[found[0]]);
    tell();
  };
  field.addEventListener("input", look, { signal });
  if (field.value) look();
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !found.length) return;
    at = around(found.length, at, event.shiftKey ? -1 : 1);
    goTo(lines[found[at]]);
    tell();
  }, { signal });
}

/** @param {number} many @param {number} at */
function wording(many, at) {
  if (!many) return t("Not found");
  return at < 0 ? t("{n} found", { n: many }) : t("{n} of {all}", { n: at + 1, all: many });
}
