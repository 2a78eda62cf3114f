// @ts-check
/**
 * Records, with the Learner, their face at rest and how their eyes map to the screen; the steps are
 * loaded when they are opened.
 *
 * The results stay in this tab, and are deleted with the consent to the camera's streams.
 */
import { drop, keepOnly } from "../../lib/sensing/camera_setup.js";

/** @param {HTMLElement} place @param {AbortSignal} signal */
export function connect(place, signal) {
  /** @type {import("../../lib/sensing/camera_setup_steps.js").Setup | undefined} */
  let setup;
  /** @type {Record<string, unknown>} */
  let streams = {};
  document.addEventListener("attune:camera-setup", async () => {
    const { Setup } = await import("../../lib/sensing/camera_setup_steps.js");
    if (signal.aborted) return;
    setup ??= new Setup(place, signal);
    setup.runs(streams);
    setup.open();
  }, { signal });
  document.addEventListener("attune:welcome", (event) => {
    const { streams: allowed, why } = /** @type {CustomEvent} */ (event).detail;
    if (!why) keepOnly(allowed.map((/** @type {{stream: string}} */ { stream }) => stream));
  }, { signal });
  document.addEventListener("attune:consent", (event) => {
    const { scope, granted } = /** @type {CustomEvent} */ (event).detail;
    if (granted) return;
    if (scope === "face:adapt") drop("neutral");
    if (scope === "gaze:adapt") drop("gaze");
  }, { signal });
  document.addEventListener("attune:state", (event) => {
    ({ streams } = /** @type {CustomEvent} */ (event).detail);
    setup?.runs(streams);
  }, { signal });
}
