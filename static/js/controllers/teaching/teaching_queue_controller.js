// @ts-check
/** Keeps the live part of the page Today cheap and quiet, and announces learners new in it. */
import { rememberTag, tellNew } from "../../lib/polling.js";
import { all, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const ROWS = "[data-queue] [data-row]";

/** @param {HTMLElement} live @param {AbortSignal} signal */
export function connect(live, signal) {
  all("[data-live]").forEach((note) => { note.hidden = false; });
  rememberTag(live, signal);
  tellNew(live, ROWS, (rows) => t("New in the queue: {names}", { names: rows.map(nameIn).join(", ") }), signal);
}

/** @param {HTMLElement} row */
const nameIn = (row) => one("span", row)?.textContent ?? "";
