// @ts-check
/**
 * Buttons above a text in Markdown: each writes the marks that a person could type.
 *
 * The text stays a plain field. Without scripts the buttons are hidden.
 */
import { all } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

/**
 * @typedef {{text: string, start: number, end: number}} Selected the text and what is selected
 * @typedef {{from: number, to: number, put: string, start: number, end: number}} Edit replaces a
 *   part by `put`, then selects
 */

const TABLE = "\n| A | B |\n|---|---|\n| 1 | 2 |\n";
/** @type {Record<string, string>} */
const KEYS = { b: "bold", i: "italic", k: "link", e: "code", m: "maths" };
/** @type {Record<string, [string, string]>} the mark around a selection, and a sample for none */
const AROUND = {
  bold: ["**", t("bold text")], italic: ["*", t("italic text")], code: ["`", t("code")], maths: ["$", "x^2"],
};
/** @type {Record<string, string>} */
const LINES = { heading: "## ", list: "- ", numbers: "1. " };

/** @param {HTMLElement} bar @param {AbortSignal} signal */
export function connect(bar, signal) {
  const field = document.getElementById(bar.getAttribute("aria-controls") ?? "");
  if (!(field instanceof HTMLTextAreaElement)) return;
  const act = (/** @type {string} */ mark) => {
    if (mark === "image") return field.dispatchEvent(new CustomEvent("attune:picture"));
    const now = { text: field.value, start: field.selectionStart, end: field.selectionEnd };
    put(field, edit(mark, now));
  };
  const buttons = all("[data-mark]", bar);
  bar.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-mark]") : null;
    if (button instanceof HTMLElement) act(button.dataset.mark ?? "");
  }, { signal });
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = buttons[(at + by + buttons.length) % buttons.length];
    buttons.forEach((each) => { each.tabIndex = each === next ? 0 : -1; });
    next.focus();
  }, { signal });
  field.addEventListener("keydown", (event) => {
    const mark = KEYS[event.key.toLowerCase()];
    if (!mark || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    act(mark);
  }, { signal });
}

/** Return what a mark changes; the same mark again removes it. @param {string} mark @param {Selected} now @returns {Edit} */
export function edit(mark, now) {
  if (mark === "code" && now.text.slice(now.start, now.end).includes("\n")) return fence(now);
  if (mark in AROUND) return wrap(now, ...AROUND[mark]);
  if (mark in LINES) return prefix(now, LINES[mark]);
  const words = now.text.slice(now.start, now.end);
  if (mark === "link") return insert(now, `[${words || t("link text")}](https://)`, -9, -1);
  return insert({ ...now, start: now.end }, TABLE, TABLE.length, TABLE.length);
}

/** @param {Selected} now @param {string} mark @param {string} sample @returns {Edit} */
function wrap({ text, start, end }, mark, sample) {
  const size = mark.length;
  const words = text.slice(start, end);
  const [before, after] = [text.slice(0, start), text.slice(end)];
  // Two stars are bold, so that one of them is no mark of its own.
  const bold = mark === "*" && /(?<!\*)\*\*$/.test(before);
  if (words && !bold && before.endsWith(mark) && after.startsWith(mark)) {
    return { from: start - size, to: end + size, put: words, start: start - size, end: end - size };
  }
  const inner = words || sample;
  return { from: start, to: end, put: mark + inner + mark, start: start + size, end: start + size + inner.length };
}

/** Put a mark before each selected line, or remove it. @param {Selected} now @param {string} mark @returns {Edit} */
function prefix({ text, start, end }, mark) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const stop = text.indexOf("\n", end);
  const to = stop < 0 ? text.length : stop;
  const lines = text.slice(from, to).split("\n");
  const marked = lines.every((line) => line.startsWith(mark));
  const put = lines.map((line) => (marked ? line.slice(mark.length) : mark + line)).join("\n");
  return { from, to, put, start: from + put.length, end: from + put.length };
}

/** @param {Selected} now @returns {Edit} */
const fence = (now) => insert(now, `\n\`\`\`\n${now.text.slice(now.start, now.end)}\n\`\`\`\n`, -1, -1);

/** Insert and select a part, counted from its end where negative. @param {Selected} now @param {string} put @param {number} first @param {number} last @returns {Edit} */
function insert({ start, end }, put, first, last) {
  const place = (/** @type {number} */ at) => start + (at < 0 ? put.length + at : at);
  return { from: start, to: end, put, start: place(first), end: place(last) };
}

/** Change the field so that the browser's own undo takes it back. @param {HTMLTextAreaElement} field @param {Edit} change */
export function put(field, change) {
  field.focus();
  field.setSelectionRange(change.from, change.to);
  if (!document.execCommand("insertText", false, change.put)) {
    field.setRangeText(change.put);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.setSelectionRange(change.start, change.end);
}
