// @ts-check
/** Draws the latest measurements that leave the computer: a table for each Stream. */
import { sitting } from "../../telemetry/sitting.js";
import { one } from "../dom.js";
import { t } from "../i18n.js";
import { streamName } from "./sensing_indicator.js";
import { lines, stays, summary } from "./stream_preview.js";

/** Older numbers are no longer current. */
const OLD_MS = 10_000;
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{picture: Element, filled: Element}} Bar */
/** @typedef {{table: HTMLElement, cells: {text: HTMLElement, bar: Bar | null}[]}} Table */

/**
 * Draw the latest measurements into `place`; `tables` holds those drawn before.
 * @param {HTMLElement} place @param {Map<string, Table>} tables
 */
export function update(place, tables) {
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
  const drawn = lines(stream, row);
  let known = tables.get(stream);
  if (!known || known.cells.length !== drawn.length) {
    known?.table.remove();
    known = build(stream, drawn);
    tables.set(stream, known);
    place.append(known.table);
  }
  known.cells.forEach(({ text, bar }, at) => {
    const { text: words, share } = drawn[at];
    text.textContent = words;
    // An unknown value has no bar, not an empty one.
    bar?.picture.setAttribute("visibility", share === null ? "hidden" : "visible");
    bar?.filled.setAttribute("width", String(100 * (share ?? 0)));
  });
}

/** @param {string} stream @param {import("./stream_preview.js").Line[]} drawn @returns {Table} */
function build(stream, drawn) {
  const table = document.createElement("table");
  table.className = "nums";
  const caption = table.createCaption();
  const name = document.createElement("b");
  name.textContent = t("{stream}, {n} numbers", { stream: streamName(stream), n: drawn.length });
  caption.append(name, ` ${t("Sent.")} ${stays(stream)}`);
  const body = table.createTBody();
  const cells = drawn.map(({ label, bar: barred }) => {
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = label;
    const bar = barred ? barOf() : null;
    row.append(head);
    const cell = row.insertCell();
    if (bar) cell.append(bar.picture);
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
