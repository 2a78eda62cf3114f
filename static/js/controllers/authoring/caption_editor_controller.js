// @ts-check
/**
 * A video next to its cues: a cue plays from its start, the cue that plays is marked, and the
 * position of the video becomes the start or end of a cue.
 */
import { all, one } from "../../lib/dom.js";

/** Where each video was, because a button that changes the cues loads the video anew. @type {Map<string, number>} */
const places = new Map();

/** @param {HTMLElement} film @param {AbortSignal} signal */
export function connect(film, signal) {
  if (!(film instanceof HTMLVideoElement)) return;
  const at = places.get(film.currentSrc || film.src);
  if (at) film.currentTime = at;
  for (const part of all("[data-seek], [data-stamp], [data-keys]")) part.hidden = false;
  for (const button of all("[data-seek]")) button.addEventListener("click", () => play(film, button), { signal });
  for (const button of all("[data-stamp]")) button.addEventListener("click", () => stamp(film, button), { signal });
  film.addEventListener("timeupdate", () => {
    places.set(film.currentSrc || film.src, film.currentTime);
    mark(film.currentTime);
  }, { signal });
  one("#cues")?.addEventListener("keydown", (event) => press(event, film), { signal });
}

/** Play the cue that has the focus, or pause. @param {Event} event @param {HTMLVideoElement} film */
function press(event, film) {
  if (!(event instanceof KeyboardEvent) || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const cue = event.target instanceof Element ? event.target.closest(".cues > li") : null;
  const button = cue?.querySelector("[data-seek]");
  if (!(button instanceof HTMLElement)) return;
  event.preventDefault();
  if (film.paused) play(film, button);
  else film.pause();
}

/** @param {HTMLVideoElement} film @param {HTMLElement} button */
function play(film, button) {
  const at = timeOf(button.dataset.seek ?? "");
  if (at === null) return;
  film.currentTime = at;
  film.play().catch(() => undefined);
}

/** Write the position of the video into a field. @param {HTMLVideoElement} film @param {HTMLElement} button */
function stamp(film, button) {
  const field = one(`[name="${button.dataset.stamp}"]`);
  if (!(field instanceof HTMLInputElement)) return;
  field.value = clock(film.currentTime, document.documentElement.lang);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Mark the cue at this second. @param {number} now */
function mark(now) {
  all(".cues > li").forEach((cue, number) => {
    const [start, end] = ["start", "end"].map((name) => timeOf(`cues-${number}-${name}`));
    if (start !== null && end !== null && start <= now && now < end) cue.setAttribute("aria-current", "true");
    else cue.removeAttribute("aria-current");
  });
}

/** @param {string} name @returns {number | null} */
function timeOf(name) {
  const field = one(`[name="${name}"]`);
  return field instanceof HTMLInputElement ? seconds(field.value) : null;
}

/** Read 92.5, 1:32.5 or 1:01:32.5 as seconds. @param {string} typed @returns {number | null} */
export function seconds(typed) {
  const parts = typed.trim().replace(",", ".").split(":").map(Number);
  if (!typed.trim() || parts.some((part) => !Number.isFinite(part) || part < 0)) return null;
  return parts.reduce((sum, part) => 60 * sum + part, 0);
}

/** Write seconds as 1:32.5, as the server does. @param {number} time @param {string} [lang] */
export function clock(time, lang = "en") {
  const hundredths = Math.round(time * 100);
  const rest = new Intl.NumberFormat(lang, { minimumIntegerDigits: 2, maximumFractionDigits: 2, numberingSystem: "latn" })
    .format((hundredths % 6000) / 100);
  return `${Math.floor(hundredths / 6000)}:${rest}`;
}
