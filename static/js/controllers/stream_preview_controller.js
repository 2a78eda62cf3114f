// @ts-check
/**
 * Shows the Learner, in numbers and bars, the latest measurements that leave the computer.
 *
 * It works only while it is visible. Screen readers get tables, without an announcement each
 * second.
 */
import { sitting } from "../telemetry/sitting.js";
import { one } from "../lib/dom.js";
import { streamName } from "../lib/sensing/sensing_indicator.js";
import { lines, stays, summary } from "../lib/sensing/stream_preview.js";
import { t } from "../lib/i18n.js";

const EVERY_MS = 1000;
/** Older numbers are no longer current. */
const OLD_MS = 10_000;
const SVG = "http://www.w3.org/2000/svg";

/** @param {HTMLElement} section @param {AbortSignal} signal */
export function connect(section, signal) {
  const button = /** @type {HTMLElement} */ (one("[data-preview-open]", section));
  const place = /** @type {HTMLElement} */ (one("[data-preview]", section));
  const dialog = section.closest("dialog");
  const tables = new Map();
  const draw = () => { if (!dialog || dialog.open) update(place, tables); };
  /** @type {any} */
  let timer;
  button.addEventListener("click", () => {
    place.hidden = !place.hidden;
    button.setAttribute("aria-expanded", String(!place.hidden));
    button.textContent = place.hidden ? t("Show what leaves this device") : t("Hide what leaves this device");
    clearInterval(timer);
    if (place.hidden) return;
    draw();
    timer = setInterval(draw, EVERY_MS);
  }, { signal });
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** @typedef {{picture: Element, filled: Element}} Bar */
/** @typedef {{table: HTMLElement, cells: {text: HTMLElement, bar: Bar | null}[]}} Table */

/** @param {HTMLElement} place @param {Map<string, Table>} tables */
function update(place, tables) {
  const now = performance.now();
  const running = sitting.sensing.states();
  const fresh = sitting.paused ? [] : [...sitting.rowTimes.latest].filter(([stream, { ms }]) => running[stream] && now - ms < OLD_MS);
  const counted = fresh.reduce((total, [, { rows }]) => total + (rows.at(-1)?.length ?? 0), 0);
  /** @type {HTMLElement} */ (one("[data-preview-sum]", place)).textContent = summary(counted, sitting);
  const names = new Set(fresh.map(([stream]) => stream));
  for (const [stream, { table }] of tables) {
    if (names.has(stream)) continue;
    table.remove();
    tables.delete(stream);
  }
  for (const [stream, { rows }] of fresh) show(place, tables, stream, rows.at(-1) ?? []);
}

/** @param {HTMLElement} place @param {Map<string, Table>} tables @param {string} stream @param {(number | null)[]} row */
function show(place, tables, stream, row) {
  const told = lines(stream, row);
  let known = tables.get(stream);
  if (!known || known.cells.length !== told.length) {
    known?.table.remove();
    known = build(stream, told);
    tables.set(stream, known);
    place.append(known.table);
  }
  known.cells.forEach(({ text, bar }, at) => {
    const { text: words, share } = told[at];
    text.textContent = words;
    // An unknown value has no bar, not an empty one.
    bar?.picture.setAttribute("visibility", share === null ? "hidden" : "visible");
    bar?.filled.setAttribute("width", String(100 * (share ?? 0)));
  });
}

/** @param {string} stream @param {import("../lib/sensing/stream_preview.js").Line[]} told @returns {Table} */
function build(stream, told) {
  const table = document.createElement("table");
  table.className = "nums";
  const caption = table.createCaption();
  const name = document.createElement("b");
  name.textContent = t("{stream}, {n} numbers", { stream: streamName(stream), n: told.length });
  caption.append(name, ` ${t("Sent.")} ${stays(stream)}`);
  const body = table.createTBody();
  const cells = told.map(({ label, bar: barred }) => {
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = label;
    const bar = barred ? barOf() : null;
    row.append(head);
    const drawn = row.insertCell();
    if (bar) drawn.append(bar.picture);
    const text = row.insertCell();
    text.className = "num";
    return { text, bar };
  });
  return { table, cells };
}

/** @returns {Bar} */
function barOf() {
  const picture = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    class: "band", viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true",
  })) picture.setAttribute(name, value);
  const [, filled] = ["t", "b-sensed"].map((name) => {
    const rect = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries({ class: name, width: "100", height: "12" })) rect.setAttribute(key, value);
    picture.append(rect);
    return rect;
  });
  return { picture, filled };
}
