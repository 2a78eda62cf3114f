// @ts-check
/**
 * Typing @ in a text lists the names of the course: arrow keys select, Enter inserts, Escape
 * closes.
 *
 * The names are loaded at the first @ and appear in no address. Without JavaScript a typed name
 * counts too.
 */
import { all, announce, one } from "../../lib/dom.js";
import { asked, fitting, taken } from "../../lib/mentions.js";
import { send } from "../../lib/send.js";
import { t, tn } from "../../lib/i18n.js";

const HOW = t("Choose with the arrow keys, insert the name with Enter.");

/** @param {HTMLElement} form @param {AbortSignal} signal */
export function connect(form, signal) {
  const text = /** @type {HTMLTextAreaElement | null} */ (one("textarea", form));
  if (!text) return;
  const list = listFor(text);
  /** @type {Promise<string[]> | undefined} */
  let names;
  const look = async () => {
    const typed = asked(text.value, text.selectionStart);
    if (typed === undefined) return close(text, list);
    names ??= namesFrom(form.dataset.names ?? "");
    show(text, list, fitting(await names, typed));
  };
  text.addEventListener("input", () => void look(), { signal });
  text.addEventListener("keydown", (event) => key(event, text, list), { signal });
  text.addEventListener("blur", () => close(text, list), { signal });
  // The field keeps its focus; a name is inserted when the pointer is released on it.
  list.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
  list.addEventListener("click", (event) => {
    const option = /** @type {HTMLElement} */ (event.target).closest("[role=option]");
    if (option) take(text, list, option.textContent ?? "");
  }, { signal });
}

/** @param {HTMLTextAreaElement} text */
function listFor(text) {
  const list = document.createElement("ul");
  Object.assign(list, { id: `${text.id}-names`, className: "names", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", t("People in this course"));
  text.after(list);
  text.setAttribute("aria-autocomplete", "list");
  return list;
}

/**
 * Without an answer there are no names to select, and typing continues.
 * @param {string} url @returns {Promise<string[]>}
 */
async function namesFrom(url) {
  const { kind, page } = await send(url, { expects: "page", quiet: true });
  return kind === "done" && page ? all("li", page).map((name) => name.textContent ?? "") : [];
}

/** @param {HTMLTextAreaElement} text @param {HTMLElement} list @param {string[]} names */
function show(text, list, names) {
  if (!names.length || document.activeElement !== text) return close(text, list);
  list.replaceChildren(...names.map((name, index) => {
    const option = document.createElement("li");
    Object.assign(option, { id: `${list.id}-${index}`, textContent: name });
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    return option;
  }));
  if (list.hidden) announce(`${tn("{n} name.", "{n} names.", names.length)} ${HOW}`);
  list.hidden = false;
  text.setAttribute("aria-controls", list.id);
  choose(text, list, 0);
}

/** @param {HTMLTextAreaElement} text @param {HTMLElement} list */
function close(text, list) {
  list.hidden = true;
  text.removeAttribute("aria-activedescendant");
  text.removeAttribute("aria-controls");
}

/** @param {HTMLTextAreaElement} text @param {HTMLElement} list @param {number} index */
function choose(text, list, index) {
  const options = all("[role=option]", list);
  const at = (index + options.length) % options.length;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
  text.setAttribute("aria-activedescendant", options[at].id);
}

/** @param {KeyboardEvent} event @param {HTMLTextAreaElement} text @param {HTMLElement} list */
function key(event, text, list) {
  if (list.hidden || event.isComposing) return;
  const options = all("[role=option]", list);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => choose(text, list, at + 1),
    ArrowUp: () => choose(text, list, at - 1),
    Enter: () => take(text, list, options[at].textContent ?? ""),
    Tab: () => take(text, list, options[at].textContent ?? ""),
    Escape: () => close(text, list),
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
}

/** @param {HTMLTextAreaElement} text @param {HTMLElement} list @param {string} name */
function take(text, list, name) {
  const [value, caret] = taken(text.value, text.selectionStart, name);
  text.value = value;
  text.setSelectionRange(caret, caret);
  close(text, list);
  text.dispatchEvent(new Event("input", { bubbles: true }));
}
