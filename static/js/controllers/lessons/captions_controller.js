// @ts-check
/**
 * Captions over the video.
 *
 * They are drawn here, so that they are readable in full screen and on each theme, or by the
 * browser in picture-in-picture. On or off and the language are stored in this browser.
 */
import { announce, one, onKey, recall, remember } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const video = /** @type {HTMLVideoElement | null} */ (one("video", root));
  const button = one("[data-captions]", root);
  const cue = one("[data-cue]", root);
  if (!video || !button || !cue) return;
  const choice = /** @type {HTMLSelectElement | null} */ (one("[data-language]", root));
  const shown = { on: recall("captions", "on") === "on", apart: false };
  if (choice) choose(choice, recall("language", ""));
  const show = () => {
    modes(video, choice, shown);
    button.setAttribute("aria-pressed", String(shown.on));
    write(video, choice, cue, shown);
  };
  const flip = () => {
    shown.on = !shown.on;
    remember("captions", shown.on ? "on" : "off");
    announce(shown.on ? t("Captions on") : t("Captions off"));
    show();
  };
  button.addEventListener("click", flip, { signal });
  onKey("captions", flip, signal);
  choice?.addEventListener("change", () => { remember("language", choice.value); show(); }, { signal });
  for (const track of tracksOf(video)) {
    track.addEventListener("cuechange", () => write(video, choice, cue, shown), { signal });
  }
  for (const [name, apart] of /** @type {[string, boolean][]} */ ([["enterpictureinpicture", true], ["leavepictureinpicture", false]])) {
    video.addEventListener(name, () => { shown.apart = apart; show(); }, { signal });
  }
  show();
}

/** @param {HTMLVideoElement} video */
const tracksOf = (video) => [...video.textTracks].filter((track) => track.kind === "captions");

/** @param {HTMLVideoElement} video @param {HTMLSelectElement | null} choice */
const wanted = (video, choice) =>
  tracksOf(video).find((track) => track.language === choice?.value) ?? tracksOf(video)[0];

/**
 * Select the stored language, if this video has it.
 * @param {HTMLSelectElement} choice @param {string} language
 */
function choose(choice, language) {
  if ([...choice.options].some((option) => option.value === language)) choice.value = language;
}

/**
 * "hidden" keeps the cue events coming while the captions are drawn here.
 * @param {HTMLVideoElement} video @param {HTMLSelectElement | null} choice
 * @param {{on: boolean, apart: boolean}} shown
 */
function modes(video, choice, shown) {
  const drawn = shown.apart && shown.on ? "showing" : "hidden";
  for (const track of tracksOf(video)) {
    track.mode = track === wanted(video, choice) ? drawn : "disabled";
  }
}

/** @param {HTMLVideoElement} video @param {HTMLSelectElement | null} choice @param {HTMLElement} cue @param {{on: boolean, apart: boolean}} shown */
function write(video, choice, cue, shown) {
  const track = wanted(video, choice);
  const text = [...(track?.activeCues ?? [])].map((each) => /** @type {VTTCue} */ (each).text).join("\n");
  cue.hidden = !shown.on || shown.apart || !text;
  cue.lang = track?.language ?? "";
  cue.dir = choice?.selectedOptions[0]?.dataset.direction ?? "auto";
  /** @type {HTMLElement} */ (cue.firstElementChild).textContent = text;
}
