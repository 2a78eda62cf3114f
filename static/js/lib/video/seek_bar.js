// @ts-check
/** The bar under a video: chapters with their played share, a knob, and the keys of a slider. */
import { chapterAt, neighbour, played } from "./chapters.js";
import { spoken } from "./duration_text.js";
import { all, one } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {import("./chapters.js").Chapter} Chapter */

/** @param {HTMLElement} bar @returns {Chapter[]} */
export const chaptersOf = (bar) => all("[data-chapter]", bar).map((part) => ({
  start: Number(part.dataset.start), end: Number(part.dataset.end), title: part.dataset.chapter ?? "",
}));

/**
 * Return the video's length in seconds. Browser recordings report Infinity: then use the page's
 * length.
 * @param {number} duration @param {HTMLElement} bar
 */
export function lengthOf(duration, bar) {
  const said = [duration, Number(bar.getAttribute("aria-valuemax"))];
  return said.find((seconds) => Number.isFinite(seconds) && seconds > 0) ?? 0;
}

/** @param {HTMLElement} bar @param {Chapter[]} chapters @param {number} seconds @param {number} duration */
export function draw(bar, chapters, seconds, duration) {
  all("[data-fill]", bar).forEach((fill, index) => {
    const full = Number(fill.dataset.fill);
    fill.setAttribute("width", `${(full * played(chapters[index], seconds)).toFixed(3)}%`);
  });
  one("[data-knob]", bar)?.setAttribute("x", `${shareOf(seconds, duration).toFixed(3)}%`);
  bar.setAttribute("aria-valuenow", String(Math.round(seconds)));
  const title = chapterAt(chapters, seconds)?.title;
  const place = { at: spoken(seconds), all: spoken(duration) };
  const where = title ? t("{at} of {all}, chapter {title}", { ...place, title }) : t("{at} of {all}", place);
  bar.setAttribute("aria-valuetext", where);
}

/** @param {number} seconds @param {number} duration */
const shareOf = (seconds, duration) => (duration > 0 ? Math.min(100, (100 * seconds) / duration) : 0);

/**
 * Return where a key on the slider leads, or undefined.
 * @param {string} key @param {number} now @param {number} duration @param {Chapter[]} chapters
 */
export function keyTarget(key, now, duration, chapters) {
  /** @type {Record<string, () => number>} */
  const moves = {
    ArrowLeft: () => now - 5, ArrowDown: () => now - 5, ArrowRight: () => now + 5,
    ArrowUp: () => now + 5, Home: () => 0, End: () => duration,
    PageUp: () => neighbour(chapters, now, 1), PageDown: () => neighbour(chapters, now, -1),
  };
  const target = Math.min(duration > 0 ? duration : Infinity, Math.max(0, moves[key]?.() ?? NaN));
  return Number.isFinite(target) ? target : undefined;
}

/** @param {HTMLElement} bar @param {(share: number) => void} to @param {AbortSignal} signal */
export function drag(bar, to, signal) {
  const share = (/** @type {PointerEvent} */ event) => {
    const box = bar.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  bar.addEventListener("pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    to(share(event));
  }, { signal });
  bar.addEventListener("pointermove", (event) => {
    if (bar.hasPointerCapture(event.pointerId)) to(share(event));
  }, { signal });
}
