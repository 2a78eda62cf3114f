// @ts-check
/**
 * Questions inside a video: playback stops at their second, the question shows, and the explaining
 * stretch is one press away; after it the question is back. Without JavaScript they stand below.
 */
import { questionPassed } from "../lib/chapters.js";
import { all, announce, one } from "../lib/page.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const state = { before: NaN, shown: "", skipped: new Set() };
  const cards = () => all("[data-asked]", root);
  cards().forEach((card) => { card.hidden = true; });
  root.classList.add("live");
  document.addEventListener("attune:time", (event) => {
    const { seconds, playing } = /** @type {CustomEvent} */ (event).detail;
    const due = playing ? questionPassed(cards().map((card) => facts(card, state.skipped)), state.before, seconds) : undefined;
    state.before = seconds;
    if (due) ask(root, state, due.code);
  }, { signal });
  document.addEventListener("attune:replayed", () => { if (state.shown) ask(root, state, state.shown); }, { signal });
  root.addEventListener("click", (event) => press(root, state, event), { signal });
}

/** @param {HTMLElement} card @param {Set<string>} skipped */
const facts = (card, skipped) => ({
  code: card.dataset.asked ?? "", time: Number(card.dataset.time),
  done: card.dataset.done === "true" || skipped.has(card.dataset.asked ?? ""),
});

/** @param {HTMLElement} root @param {{shown: string}} state @param {string} code */
function ask(root, state, code) {
  state.shown = code;
  all("[data-asked]", root).forEach((card) => { card.hidden = card.dataset.asked !== code; });
  const video = /** @type {HTMLVideoElement | null} */ (one("video"));
  video?.pause();
  if (document.fullscreenElement) document.exitFullscreen();
  const heading = one(`[data-asked="${code}"] .ask`, root);
  heading?.focus();
  announce("The video has stopped for a question.");
}

/** @param {HTMLElement} root @param {{shown: string, skipped: Set<string>}} state @param {MouseEvent} event */
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
  state.skipped.add(state.shown);
  state.shown = "";
  all("[data-asked]", root).forEach((card) => { card.hidden = true; });
  one('[data-do="play"]')?.focus();
  /** @type {HTMLVideoElement | null} */ (one("video"))?.play().catch(() => undefined);
}
