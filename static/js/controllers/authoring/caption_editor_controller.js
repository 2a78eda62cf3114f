// @ts-check
/** A video next to its cues: each cue has a button that plays the video from there. */
import { all, one } from "../../lib/dom.js";

/** @param {HTMLElement} film @param {AbortSignal} signal */
export function connect(film, signal) {
  if (!(film instanceof HTMLVideoElement)) return;
  for (const button of all("[data-seek]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = one(`[name="${button.dataset.seek}"]`);
      const at = field instanceof HTMLInputElement ? seconds(field.value) : null;
      if (at === null) return;
      film.currentTime = at;
      film.play().catch(() => undefined);
    }, { signal });
  }
}

/** Read 92.5, 1:32.5 or 1:01:32.5 as seconds. @param {string} typed @returns {number | null} */
export function seconds(typed) {
  const parts = typed.trim().replace(",", ".").split(":").map(Number);
  if (!typed.trim() || parts.some((part) => !Number.isFinite(part) || part < 0)) return null;
  return parts.reduce((sum, part) => 60 * sum + part, 0);
}
