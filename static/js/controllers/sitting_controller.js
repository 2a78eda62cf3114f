// @ts-check
/** Opens the sitting of this page; what it says comes as `attune:…` events on the document. */
import { sitting } from "../telemetry/sitting.js";

/** @param {HTMLElement} page @param {AbortSignal} signal */
export function connect(page, signal) {
  sitting.open({ unit: page.dataset.unit ?? "", scenario: page.dataset.scenario ?? "course" });
  signal.addEventListener("abort", () => sitting.close());
}
