// @ts-check
/**
 * The bar of a preview: measures how the Author's own page is laid out, for the checks of the draft.
 *
 * It is sent once, when the page has settled. Nothing about the Author is measured.
 */
import { send } from "../../lib/send.js";
import { look } from "../../sensors/layout.js";

const SETTLE_MS = 1000;
const UNIT = /^\/units\/([0-9a-f-]{36})\/$/;

/** @param {HTMLElement} bar @param {AbortSignal} signal */
export function connect(bar, signal) {
  const code = UNIT.exec(location.pathname)?.[1];
  const { layouts } = bar.dataset;
  if (!code || !layouts) return;
  const timer = setTimeout(() => {
    const boxes = look();
    if (boxes) send(`${layouts}${code}/`, { body: new URLSearchParams({ rows: JSON.stringify(boxes) }), quiet: true });
  }, SETTLE_MS);
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
