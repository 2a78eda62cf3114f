// @ts-check
/**
 * The sensing indicator: what is sensed now, always visible, with a pause (or P) and a switch-off
 * in one press.
 *
 * Its panel lists each stream and the latest estimate. It follows `attune:state`, which the sitting
 * dispatches at each change.
 */
import { sitting } from "../../telemetry/sitting.js";
import { all, announce, one } from "../../lib/dom.js";
import { condition, describe, INSECURE, lostWords, overWords, reader, running, streamName } from "../../lib/sensing/sensing_indicator.js";
import { withdraw } from "../../lib/sensing/withdraw_consent.js";
import { t } from "../../lib/i18n.js";

/** @param {HTMLElement} lamp @param {AbortSignal} signal */
export function connect(lamp, signal) {
  const panel = /** @type {HTMLDialogElement | null} */ (one("[data-lamp-panel]"));
  const button = /** @type {HTMLElement} */ (one("[data-lamp-pause]", lamp));
  const flip = () => {
    if (button.hidden) return;
    if (lamp.dataset.state === "paused") sitting.pauses.resume();
    else sitting.pauses.pause();
  };
  one("[data-lamp-open]", lamp)?.addEventListener("click", () => panel?.showModal(), { signal });
  for (const each of [button, panel && one("[data-lamp-flip]", panel)]) each?.addEventListener("click", flip, { signal });
  one("[data-lamp-off]", lamp)?.addEventListener("click", async () => {
    // The sensors stop at the press, whatever the network does; without an answer they stay paused.
    sitting.pauses.pause();
    if (!await withdraw()) return;
    sitting.forget();
    sitting.pauses.resume();
  }, { signal });
  const last = panel && /** @type {HTMLFormElement | null} */ (one("[data-lamp-last]", panel));
  last?.addEventListener("submit", (event) => {
    event.preventDefault();
    panel?.close();
    import("../../lib/sensing/delete_last_minutes.js").then(({ deleteLast }) => deleteLast(last), () => last.submit());
  }, { signal });
  document.addEventListener("attune:key", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.action !== "pause-sensing" || button.hidden) return;
    event.preventDefault();
    flip();
  }, { signal });
  document.addEventListener("attune:state", (event) => {
    update(lamp, panel, /** @type {CustomEvent} */ (event).detail);
  }, { signal });
  document.addEventListener("attune:elsewhere", (event) => {
    elsewhere(lamp, panel, /** @type {CustomEvent} */ (event).detail);
  }, { signal });
  document.addEventListener("attune:over", (event) => {
    explain(panel, overWords(/** @type {CustomEvent} */ (event).detail.why));
  }, { signal });
  document.addEventListener("attune:moved", (event) => {
    const { page } = /** @type {CustomEvent} */ (event).detail;
    // A page without a Sitting, such as that of a test, says why nothing is sensed.
    if (one("#main")?.dataset.unit) return;
    explain(panel, one("[data-lamp-reason]", page)?.textContent ?? "");
    sitting.pauses.listen();
  }, { signal });
  if (!secure()) explain(panel, INSECURE);
  sitting.pauses.listen();
  document.addEventListener("attune:welcome", (event) => {
    silence(lamp, panel, /** @type {CustomEvent} */ (event).detail);
  }, { signal });
  document.addEventListener("attune:estimate", (event) => {
    void guess(panel, /** @type {CustomEvent} */ (event).detail);
  }, { signal });
}

/** @param {HTMLElement} lamp @param {HTMLElement | null} panel @param {import("../../lib/sensing/sensing_indicator.js").Sensing} sensing */
function update(lamp, panel, sensing) {
  const before = lamp.dataset.state ?? "off";
  const now = describe(sensing);
  if (now.state === "off" && ["blocked", "waiting"].includes(before)) return;
  show(lamp, now);
  list(panel, sensing);
  if (before !== now.state) announce(now.quality ? t("Sensing: {what}, {quality}", now) : t("Sensing: {what}", now));
}

/** @param {HTMLElement} lamp @param {{state: string, what: string, quality: string}} now */
function show(lamp, now) {
  lamp.dataset.state = now.state;
  /** @type {HTMLElement} */ (one("[data-lamp-what]", lamp)).textContent = now.what;
  const quality = /** @type {HTMLElement} */ (one("[data-lamp-quality]", lamp));
  quality.textContent = now.quality;
  quality.hidden = !now.quality;
  const held = document.activeElement;
  for (const button of all("[data-lamp-pause], [data-lamp-off], [data-lamp-flip]")) button.hidden = now.state === "off";
  // A focus on a button that is gone moves to the indicator, not to the top of the page.
  if (now.state === "off" && held?.matches("[data-lamp-pause], [data-lamp-off]")) one("[data-lamp-open]", lamp)?.focus();
  for (const word of all("[data-lamp-word], [data-lamp-flip]")) word.textContent = now.state === "paused" ? t("Resume") : t("Pause");
}

/**
 * Show that nothing is sensed on this page, with the server's reason.
 * @param {HTMLElement} lamp
 * @param {HTMLElement | null} panel @param {{why?: string}} welcome
 */
function silence(lamp, panel, { why }) {
  if (!why) return;
  show(lamp, { state: "off", what: t("Off in this test"), quality: "" });
  lamp.dataset.state = "blocked";
  explain(panel, why);
}

const secure = () => globalThis.isSecureContext !== false;

/** @param {HTMLElement | null} panel @param {string} words */
function explain(panel, words) {
  const reason = panel && one("[data-lamp-reason]", panel);
  if (reason) reason.textContent = words;
}

/**
 * A page that senses nothing itself shows what the other tabs sense.
 * @param {HTMLElement} lamp
 * @param {HTMLElement | null} panel @param {{streams: any, paused: boolean} | null} others
 */
function elsewhere(lamp, panel, others) {
  if (sitting.id || sitting.isSensing || ["blocked", "waiting"].includes(lamp.dataset.state ?? "")) return;
  update(lamp, panel, { streams: {}, paused: false, online: true, ...others });
  explain(panel, others ? t("Sensing in another tab of this browser:") : t("Nothing is sensed on this page."));
}

/** @param {HTMLElement | null} panel @param {import("../../lib/sensing/sensing_indicator.js").Sensing} sensing */
function list(panel, sensing) {
  if (panel && changed(panel, sensing)) draw(panel, sensing);
  if (!panel) return;
  notes(panel, sensing);
  losses(panel, lostWords(sensing.lost));
}

/** @param {HTMLElement} panel @param {import("../../lib/sensing/sensing_indicator.js").Sensing} sensing */
function draw(panel, sensing) {
  const rows = Object.entries(sensing.streams).map(([stream, lane]) => {
    const row = document.createElement("li");
    const line = document.createElement("span");
    line.className = "u";
    const end = document.createElement("span");
    end.className = "end";
    end.textContent = sensing.paused ? t("paused") : condition(lane);
    line.append(streamName(stream), end);
    row.append(line, note(stream));
    if (stream === "face") row.append(...camera(panel, sensing));
    return row;
  });
  all("[data-lamp-streams]", panel).forEach((place) => place.replaceChildren(...rows));
  if (rows.length) explain(panel, secure() ? t("Being sensed on this page now:") : INSECURE);
}

/** Return the place for what a stream reports about the person. @param {string} stream */
function note(stream) {
  const place = document.createElement("p");
  Object.assign(place, { className: "small quiet", hidden: true });
  place.dataset.lampNote = stream;
  return place;
}

/**
 * Update the notes each second, without redrawing the rest.
 * @param {HTMLElement} panel @param {import("../../lib/sensing/sensing_indicator.js").Sensing} sensing
 */
function notes(panel, { streams, paused }) {
  for (const place of all("[data-lamp-note]", panel)) {
    const { note = "" } = streams[place.dataset.lampNote ?? ""] ?? {};
    place.textContent = note;
    place.hidden = paused || !note;
  }
}

/** @param {HTMLElement} panel @param {string} words */
function losses(panel, words) {
  const place = one("[data-lamp-lost]", panel);
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
}

/**
 * Redraw the list only when its content has changed.
 * @param {HTMLElement} panel @param {import("../../lib/sensing/sensing_indicator.js").Sensing} sensing
 */
function changed(panel, sensing) {
  const lanes = Object.entries(sensing.streams).map(([stream, lane]) => `${stream} ${condition(lane)} ${lane.backend ?? ""}`);
  const told = [sensing.paused, ...lanes].join();
  const before = panel.dataset.told;
  panel.dataset.told = told;
  return before !== told;
}

/**
 * Show which library analyses the picture, and the link to the camera set-up.
 * @param {HTMLElement} panel @param {import("../../lib/sensing/sensing_indicator.js").Sensing} sensing
 */
function camera(panel, sensing) {
  const { face } = sensing.streams;
  const parts = [];
  if (reader(face)) {
    const words = document.createElement("p");
    words.className = "small quiet";
    words.textContent = reader(face);
    parts.push(words);
  }
  if (!sensing.paused && running(sensing).some(([stream]) => stream === "face")) parts.push(setUp(panel));
  return parts;
}

/** @param {HTMLElement} panel */
function setUp(panel) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn";
  button.textContent = t("Set up the camera");
  button.addEventListener("click", () => {
    /** @type {HTMLDialogElement} */ (panel).close();
    document.dispatchEvent(new CustomEvent("attune:camera-setup"));
  });
  return button;
}

/**
 * Show the latest estimate, no later than a Teacher could read it.
 * @param {HTMLElement | null} panel
 * @param {import("../../lib/sensing/estimate_text.js").Estimate} estimate
 */
async function guess(panel, estimate) {
  const place = panel && one("[data-lamp-guess]", panel);
  if (!place) return;
  const { guessWords } = await import("../../lib/sensing/estimate_text.js");
  place.hidden = false;
  place.textContent = guessWords(estimate);
}
