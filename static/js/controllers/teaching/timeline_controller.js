// @ts-check
/**
 * The timeline of a video as a slider.
 *
 * A section is selected by key or press and marked at once; the server's description replaces the
 * old one. Without JavaScript the sentences are links.
 */
import { all } from "../../lib/dom.js";
import { binAt, moved, said } from "../../lib/video/timeline_selection.js";
import { chaptersOf } from "../../lib/video/seek_bar.js";
import { swap } from "../../lib/swap.js";
import { t } from "../../lib/i18n.js";

const SETTLES_MS = 250;
const PARTS = ["stretch", "said", "vt-d"];

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const { bin, length, left, right, from, to } = root.dataset;
  const line = { bin: Number(bin), length: Number(length), chapters: chaptersOf(root) };
  const span = { left: Number(left), right: Number(right) };
  let at = { from: Number(from), to: Number(to) };
  const settle = settling(signal);
  const choose = (/** @type {import("../../lib/video/timeline_selection.js").Stretch | undefined} */ next) => {
    if (!next) return;
    at = next;
    show(root, line, span, at);
    settle(at);
  };
  asSlider(root, line);
  show(root, line, span, at);
  root.addEventListener("keydown", (event) => {
    const next = moved(event.key, line, at);
    if (next) event.preventDefault();
    choose(next);
  }, { signal });
  root.addEventListener("click", (event) => choose(binAt(line, secondAt(root, line, span, event))), { signal });
}

/** @param {HTMLElement} root @param {import("../../lib/video/timeline_selection.js").Line} line */
function asSlider(root, { length }) {
  root.tabIndex = 0;
  const words = {
    role: "slider", "aria-label": t("Section of the video"), "aria-describedby": "vt-d",
    "aria-valuemin": "0", "aria-valuemax": String(Math.round(length)),
  };
  Object.entries(words).forEach(([name, value]) => root.setAttribute(name, value));
}

/**
 * @param {HTMLElement} root @param {import("../../lib/video/timeline_selection.js").Line} line
 * @param {{left: number, right: number}} span @param {import("../../lib/video/timeline_selection.js").Stretch} at
 */
function show(root, line, { left, right }, at) {
  const place = (/** @type {number} */ second) => left + ((right - left) * second) / line.length;
  for (const frame of all("[data-frame]", root)) {
    frame.setAttribute("x", place(at.from).toFixed(1));
    frame.setAttribute("width", Math.max(1, place(at.to) - place(at.from)).toFixed(1));
  }
  root.setAttribute("aria-valuenow", String(Math.round(at.from)));
  root.setAttribute("aria-valuetext", said(line, at));
}

/** @param {HTMLElement} root @param {import("../../lib/video/timeline_selection.js").Line} line @param {{left: number, right: number}} span @param {MouseEvent} event */
function secondAt(root, line, { left, right }, event) {
  const box = /** @type {Element} */ (root.querySelector("svg")).getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * 812;
  return (line.length * (x - left)) / (right - left);
}

/** Request the description of a section once the keys have rested. @param {AbortSignal} signal */
function settling(signal) {
  let timer = /** @type {any} */ (0);
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (/** @type {import("../../lib/video/timeline_selection.js").Stretch} */ at) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const url = new URL(location.href);
      url.hash = "";
      url.searchParams.set("from", at.from.toFixed(2));
      url.searchParams.set("to", at.to.toFixed(2));
      history.replaceState(null, "", url);
      // A failed request leaves the description as it is; the address already names the section.
      swap(url.href, { method: "GET", signal }, PARTS).catch(() => undefined);
    }, SETTLES_MS);
  };
}
