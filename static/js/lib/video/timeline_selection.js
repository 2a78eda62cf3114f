// @ts-check
/** A section of a video's timeline: where a key or a press leads, and its description. */
import { chapterAt } from "./chapters.js";
import { clock } from "./duration_text.js";
import { t } from "../i18n.js";

/** @typedef {{from: number, to: number}} Stretch */
/** @typedef {{bin: number, length: number, chapters: import("./chapters.js").Chapter[]}} Line */

/**
 * Return the short section that contains this second.
 * @param {Line} line @param {number} second @returns {Stretch}
 */
export function binAt({ bin, length }, second) {
  const last = Math.ceil(length / bin) - 1;
  const place = Math.min(last, Math.max(0, Math.floor(second / bin)));
  return { from: place * bin, to: Math.min(length, (place + 1) * bin) };
}

/**
 * Arrows move by short sections, page keys by chapters.
 * @param {string} key @param {Line} line @param {Stretch} at @returns {Stretch | undefined}
 */
export function moved(key, line, at) {
  const beside = (/** @type {number} */ by) => binAt(line, at.from + by * line.bin);
  /** @type {Record<string, () => Stretch>} */
  const moves = {
    ArrowLeft: () => beside(-1), ArrowDown: () => beside(-1),
    ArrowRight: () => beside(1), ArrowUp: () => beside(1),
    Home: () => binAt(line, 0), End: () => binAt(line, line.length),
    PageUp: () => chapterBeside(line, at, 1), PageDown: () => chapterBeside(line, at, -1),
  };
  return moves[key]?.();
}

/** @param {Line} line @param {Stretch} at @param {1 | -1} by @returns {Stretch} */
function chapterBeside({ chapters }, at, by) {
  const here = chapters.findLastIndex((chapter) => chapter.start <= at.from);
  const { start, end } = chapters[Math.min(chapters.length - 1, Math.max(0, here + by))];
  return { from: start, to: end };
}

/** Describe a section: "0:29 to 0:48, Find the pair". @param {Line} line @param {Stretch} at */
export function said({ chapters }, at) {
  const title = chapterAt(chapters, at.from)?.title;
  const where = t("{from} to {to}", { from: clock(at.from), to: clock(at.to) });
  return title ? `${where}, ${title}` : where;
}
