// @ts-check
/**
 * Questions inside a video.
 *
 * Playback stops at their time and the question is shown, with a link to the section that explains
 * it; after that the question is shown again. None is lost: questions at the same moment wait, and
 * a reload shows the one at which the page was left. Each can be skipped. Without JavaScript they
 * are below the video.
 */
import { questionsLeft, questionsPassed } from "../../lib/video/chapters.js";
import { all, announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/** @typedef {{before: number, shown: string, waiting: string[], skipped: Set<string>, played: boolean}} State */

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  /** @type {State} */
  const state = { before: NaN, shown: "", waiting: [], skipped: new Set(), played: false };
  const unread = cards(root).find((card) => "now" in card.dataset);
  show(root, state, unread?.dataset.asked ?? "");
  root.classList.add("live");
  document.addEventListener("attune:time", (event) => {
    const { seconds, playing } = /** @type {CustomEvent} */ (event).detail;
    at(root, state, seconds, playing);
  }, { signal });
  document.addEventListener("attune:replayed", () => { if (state.shown) ask(root, state, state.shown); }, { signal });
  root.addEventListener("click", (event) => press(root, state, event), { signal });
}

/** @param {HTMLElement} root */
const cards = (root) => all("[data-asked]", root);

/** @param {HTMLElement} root @param {State} state */
const facts = (root, state) => cards(root).map((card) => ({
  code: card.dataset.asked ?? "", time: Number(card.dataset.time),
  done: card.dataset.done === "true" || state.skipped.has(card.dataset.asked ?? ""),
}));

/** @param {HTMLElement} root @param {State} state @param {number} seconds @param {boolean} playing */
function at(root, state, seconds, playing) {
  state.played ||= playing;
  const found = playing ? questionsPassed(facts(root, state), state.before, seconds)
    : state.played ? [] : questionsLeft(facts(root, state), seconds);
  state.before = seconds;
  const [next, ...waiting] = found.map((question) => question.code);
  if (!next || next === state.shown || (!playing && state.shown)) return;
  state.waiting = waiting;
  if (playing) ask(root, state, next);
  else show(root, state, next);
}

/** Show one card, or none. @param {HTMLElement} root @param {State} state @param {string} code */
function show(root, state, code) {
  state.shown = code;
  for (const card of cards(root)) card.hidden = card.dataset.asked !== code;
}

/** @param {HTMLElement} root @param {State} state @param {string} code */
function ask(root, state, code) {
  show(root, state, code);
  const video = /** @type {HTMLVideoElement | null} */ (one("video"));
  video?.pause();
  if (document.fullscreenElement) document.exitFullscreen();
  one(`[data-asked="${code}"] .ask`, root)?.focus();
  announce(t("The video has paused for a question."));
}

/** @param {HTMLElement} root @param {State} state @param {MouseEvent} event */
function press(root, state, event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const jump = /** @type {HTMLElement | null} */ (target.closest("[data-jump]"));
  if (jump) {
    event.preventDefault();
    const [seconds, until] = [Number(jump.dataset.jump), Number(jump.dataset.until)];
    document.dispatchEvent(new CustomEvent("attune:seek", { detail: { seconds, until, play: true } }));
    one("#player")?.scrollIntoView({ block: "nearest" });
    return;
  }
  if (!target.closest("[data-go-on]")) return;
  event.preventDefault();
  goOn(root, state);
}

/**
 * Go to the waiting question, or continue the video after the question, even where it was answered
 * in the middle of a replay.
 * @param {HTMLElement} root @param {State} state
 */
function goOn(root, state) {
  state.skipped.add(state.shown);
  const next = state.waiting.shift();
  if (next) return ask(root, state, next);
  const asked = facts(root, state).find((question) => question.code === state.shown);
  show(root, state, "");
  one('[data-do="play"]')?.focus();
  const now = /** @type {HTMLVideoElement | null} */ (one("video"))?.currentTime ?? 0;
  const seconds = Math.max(now, asked?.time ?? 0);
  document.dispatchEvent(new CustomEvent("attune:seek", { detail: { seconds, play: true } }));
}
