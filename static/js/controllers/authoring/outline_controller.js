// @ts-check
/**
 * The outline of a course: units and sections are moved by pointer, or by the keys on their grips.
 *
 * A move changes the page at once and is sent when the row is dropped. A row whose move was not
 * saved goes back.
 */
import { all, announce, one } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";
import { fold } from "./fold_controller.js";

const EDGE_PX = 60;
const SCROLL_PX = 14;
/** @typedef {{row: HTMLElement, parent: Node, next: Node | null}} Lift */

/** @param {HTMLElement} outline @param {AbortSignal} signal */
export function connect(outline, signal) {
  const grips = all("[data-grip]", outline);
  const form = /** @type {HTMLFormElement} */ (one("#act"));
  /** @type {Lift | undefined} */
  let lifted;
  /** The move that is being saved. @type {Lift | undefined} */
  let sent;

  const lift = (/** @type {HTMLElement} */ grip) => {
    if (form.getAttribute("aria-busy") === "true") return announce(t("Wait until the last move is saved."));
    const row = /** @type {HTMLElement} */ (grip.closest("[data-row]"));
    lifted = { row, parent: /** @type {Node} */ (row.parentNode), next: row.nextSibling };
    row.classList.add("lift");
    outline.classList.toggle("sorting", isSection(row));
  };
  const settle = (/** @type {boolean} */ keep) => {
    if (!lifted) return;
    const { row, parent, next } = lifted;
    lifted = undefined;
    row.classList.remove("lift");
    outline.classList.remove("sorting");
    const moved = row.parentNode !== parent || row.nextSibling !== next;
    if (keep && moved) {
      sent = { row, parent, next };
      submitPlace(form, row);
    } else if (moved) parent.insertBefore(row, next);
  };
  form.addEventListener("attune:not-sent", () => {
    if (!sent) return;
    const { row, parent, next } = sent;
    sent = undefined;
    parent.insertBefore(row, next);
    one("[data-grip]", row)?.focus();
  }, { signal });

  grips.forEach((grip) => grip.addEventListener("keydown", (event) => {
    if (!lifted) {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      lift(grip);
      if (lifted) announce(t("{title} lifted. {place}", { title: titleOf(grip), place: describePlace(grip) }));
      return;
    }
    if (event.key === "Tab") return settle(false);
    event.preventDefault();
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) {
      step(lifted.row, by);
      grip.focus();
      announce(describePlace(grip));
    } else if (event.key === "Escape") {
      settle(false);
      grip.focus();
      announce(t("Move cancelled. {place}", { place: describePlace(grip) }));
    } else if (event.key === " " || event.key === "Enter") settle(true);
  }, { signal }));

  outline.addEventListener("pointerdown", (event) => {
    const grip = /** @type {HTMLElement} */ (event.target).closest("[data-grip]");
    settle(false);
    if (!(grip instanceof HTMLElement) || event.button !== 0) return;
    event.preventDefault();
    lift(grip);
    if (!lifted) return;
    const held = new AbortController();
    const whileHeld = { signal: AbortSignal.any([held.signal, signal]) };
    const end = (/** @type {boolean} */ keep) => { held.abort(); settle(keep); };
    document.addEventListener("pointermove", (move) => lifted && follow(lifted.row, move), whileHeld);
    document.addEventListener("pointerup", () => end(true), whileHeld);
    document.addEventListener("pointercancel", () => end(false), whileHeld);
    document.addEventListener("keydown", (key) => key.key === "Escape" && end(false), whileHeld);
  }, { signal });
}

/** @param {Element} row */
const isSection = (row) => row.classList.contains("sect");

/** @param {HTMLElement} grip */
const titleOf = (grip) => /** @type {HTMLElement} */ (grip.closest("[data-row]")).dataset.title ?? "";

/** @param {Element | null} row @returns {HTMLElement[]} rows beside it that can take its place */
const rowsOf = (row) => /** @type {HTMLElement[]} */ ([...(row?.parentElement?.children ?? [])]);

/** Describe where the row is: "2 of 4 in Lines". @param {HTMLElement} grip */
export function describePlace(grip) {
  const row = grip.closest("[data-row]");
  const rows = rowsOf(row);
  const values = { n: rows.indexOf(/** @type {HTMLElement} */ (row)) + 1, total: rows.length };
  const section = /** @type {HTMLElement | null} */ (row?.closest(".sect"));
  if (!row || isSection(row)) return t("Place {n} of {total}", values);
  return t("Place {n} of {total} in {section}", { ...values, section: section?.dataset.title ?? "" });
}

/** Move a row by one place, a unit also into the section beside its own. @param {HTMLElement} row @param {number} by */
export function step(row, by) {
  const beside = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (beside) return by < 0 ? beside.before(row) : beside.after(row);
  if (isSection(row)) return;
  const lists = all("[data-units]");
  const list = lists[lists.indexOf(/** @type {HTMLElement} */ (row.parentElement)) + by];
  if (!list) return;
  fold(/** @type {HTMLElement} */ (list.closest(".sect")), false);
  by < 0 ? list.append(row) : list.prepend(row);
}

/** Put the row where the pointer is. @param {HTMLElement} row @param {PointerEvent} event */
function follow(row, { clientX, clientY }) {
  if (clientY < EDGE_PX) scrollBy(0, -SCROLL_PX);
  if (clientY > innerHeight - EDGE_PX) scrollBy(0, SCROLL_PX);
  const under = document.elementFromPoint(clientX, clientY);
  const over = under?.closest(isSection(row) ? ".sect" : ".unit");
  if (over === row) return;
  if (over) {
    const { top, height } = over.getBoundingClientRect();
    return clientY < top + height / 2 ? over.before(row) : over.after(row);
  }
  const section = under?.closest(".sect");
  const list = section && one("[data-units]", section);
  if (!section || !list || isSection(row)) return;
  fold(/** @type {HTMLElement} */ (section), false);
  return under?.closest(".sect-h") ? list.prepend(row) : list.append(row);
}

/** Send the place of a dropped row. @param {HTMLFormElement} form @param {HTMLElement} row */
function submitPlace(form, row) {
  const button = /** @type {HTMLButtonElement} */ (one("[data-place]", form));
  const next = /** @type {HTMLElement | null} */ (row.nextElementSibling);
  const fields = { section: row.parentElement?.dataset.units ?? "", before: next?.dataset.row ?? "" };
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = value;
  }
  button.value = `${isSection(row) ? "place-section" : "place"}:${row.dataset.row}`;
  form.dataset.focus = `#grip-${row.dataset.row}`;
  form.requestSubmit(button);
}
