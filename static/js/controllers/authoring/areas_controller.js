// @ts-check
/**
 * Areas of a hotspot question: drawing on the picture of the preview fills in the fields of one area,
 * and the browser's own undo takes it back. A rectangle is dragged from a corner, a circle from its
 * center, and each click adds a corner of a polygon. Without JavaScript, and with a keyboard, the
 * numbers are typed.
 */
import { all, announce, one } from "../../lib/dom.js";
import { num, t } from "../../lib/i18n.js";

const PICTURE = "#preview [data-picture]";
/** The fields of each shape. @type {Record<string, string[]>} */
const FIELDS = {
  "": ["left", "top", "width", "height"],
  ellipse: ["x", "y", "across", "down"],
  polygon: ["points"],
};
/** What SVG calls the numbers of a shape. @type {Record<string, string[]>} */
const ATTRIBUTES = { "": ["x", "y", "width", "height"], ellipse: ["cx", "cy", "rx", "ry"] };
/** A smaller drag, in percent, is a click. */
const LEAST = 1;

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  for (const part of all("[data-how], [data-draw]", root)) part.hidden = false;
  root.addEventListener("click", ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest("[data-draw]");
    if (!(button instanceof HTMLElement)) return;
    chooseRow(root, button.dataset.draw ?? "");
    one(PICTURE)?.scrollIntoView({ block: "nearest" });
    announce(t("Draw on the picture in the preview."));
  }, { signal });
  document.addEventListener("pointerdown", (event) => {
    const picture = /** @type {HTMLElement} */ (event.target).closest(PICTURE);
    const row = findRow(root);
    if (!(picture instanceof HTMLElement) || row === undefined) return;
    // Else the browser would drag the picture itself.
    event.preventDefault();
    const shape = fieldOf(root, row, "shape")?.value ?? "";
    if (shape === "polygon") addCorner(root, row, picture, event);
    else drawArea(root, row, shape, event);
  }, { signal });
}

/** @param {HTMLElement} root @param {string} row */
function chooseRow(root, row) {
  for (const one of all("[data-draw]", root)) one.setAttribute("aria-pressed", String(one.dataset.draw === row));
}

/** Return the name of the chosen row, else of the first one without numbers. @param {HTMLElement} root */
function findRow(root) {
  const rows = all("[data-draw]", root);
  const found = rows.find((row) => row.getAttribute("aria-pressed") === "true")
    ?? rows.find((row) => isEmpty(root, row.dataset.draw ?? ""));
  return found?.dataset.draw;
}

/** @param {HTMLElement} root @param {string} row */
function isEmpty(root, row) {
  const names = FIELDS[fieldOf(root, row, "shape")?.value ?? ""];
  return names.every((name) => !fieldOf(root, row, name)?.value);
}

/** @param {HTMLElement} root @param {string} row @param {string} shape @param {PointerEvent} begun */
function drawArea(root, row, shape, begun) {
  const from = placeOf(begun);
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", shape || "rect");
  const ended = new AbortController();
  let area = [0, 0, 0, 0];
  document.addEventListener("pointermove", (event) => {
    // The preview may have been replaced since.
    if (!drawn.isConnected) one(`${PICTURE} svg`)?.append(drawn);
    area = shape ? circleAround(from, event) : areaBetween(from, placeOf(event));
    ATTRIBUTES[shape].forEach((name, at) => drawn.setAttribute(name, `${area[at]}%`));
  }, { signal: ended.signal });
  document.addEventListener("pointerup", () => {
    ended.abort();
    if (area[2] < LEAST || area[3] < LEAST) drawn.remove();
    else fillRow(root, row, FIELDS[shape], area);
  }, { signal: ended.signal });
  document.addEventListener("pointercancel", () => { ended.abort(); drawn.remove(); }, { signal: ended.signal });
}

/** @param {HTMLElement} root @param {string} row @param {string[]} names @param {number[]} area */
function fillRow(root, row, names, area) {
  names.forEach((name, at) => {
    const field = fieldOf(root, row, name);
    if (field) write(field, 0, field.value.length, num(area[at]));
  });
  announce(t("The numbers of the area are filled in."));
}

/** @param {HTMLElement} root @param {string} row @param {HTMLElement} picture @param {PointerEvent} event */
function addCorner(root, row, picture, event) {
  const field = fieldOf(root, row, "points");
  if (!field) return;
  // Further clicks then add to this row.
  chooseRow(root, row);
  const [x, y] = placeOf(event);
  const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  Object.entries({ class: "dot", cx: `${x}%`, cy: `${y}%`, r: "4" }).forEach(([name, value]) => dot.setAttribute(name, value));
  one("svg", picture)?.append(dot);
  const end = field.value.trimEnd().length;
  write(field, end, field.value.length, `${end ? "\n" : ""}${x} ${y}`);
  announce(t("Corner added: {x}% from the left, {y}% from the top", { x, y }));
}

/**
 * Replace a part of a field so that the browser's own undo takes it back, and the page stays where it is.
 * @param {HTMLInputElement} field @param {number} from @param {number} to @param {string} text
 */
function write(field, from, to, text) {
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, to);
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {HTMLElement} root @param {string} row @param {string} name */
function fieldOf(root, row, name) {
  return /** @type {HTMLInputElement | null} */ (one(`[name="${row}-${name}"]`, root));
}

/** The rectangle with these corners: left, top, width and height. @param {number[]} a @param {number[]} b */
export function areaBetween(a, b) {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])];
}

/**
 * The circle from a center to the pointer, inside the picture: its radius is whole pixels of the picture,
 * so that other formats can hold it.
 * @param {number[]} center @param {PointerEvent} event
 */
function circleAround([x, y], event) {
  const image = /** @type {HTMLImageElement | null} */ (one(`${PICTURE} img`));
  const box = one(PICTURE)?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
  const [width, height] = [image?.naturalWidth || box.width, image?.naturalHeight || box.height];
  const away = Math.hypot(event.clientX - box.left - (x / 100) * box.width, event.clientY - box.top - (y / 100) * box.height);
  const room = Math.min(Math.min(x, 100 - x) * width, Math.min(y, 100 - y) * height) / 100;
  const radius = Math.min(Math.round((away * width) / box.width), Math.floor(room));
  return [x, y, ...[width, height].map((size) => Math.round((1e6 * radius) / size) / 1e4)];
}

/** Whole percent of the picture. @param {PointerEvent} event */
function placeOf(event) {
  const box = one(PICTURE)?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    .map((share) => Math.round(100 * Math.min(1, Math.max(0, share))));
}
