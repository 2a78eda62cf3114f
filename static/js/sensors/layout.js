// @ts-check
/**
 * Where our own boxes are on the page, but not what they contain.
 *
 * Position and size are shares of the whole page, so that scrolling reveals nothing. The colour is
 * that of the theme, never of the box, so that neither pointer nor choices show. The course's own
 * text is given by its length in twenties. Text that a person wrote is not read. `t` is the page's
 * clock.
 */

export const stream = "layout";
export const rateHz = 0;
export const channels = Object.freeze(["t", "x", "y", "w", "h", "kind", "r", "g", "b", "text_length"]);

/** Codes of `kind`: their places in emotion/streams.json (a test compares). */
export const KINDS = Object.freeze([
  "page", "video", "text", "question", "choice", "answer", "hint", "offer", "button", "card",
]);

/**
 * The boxes of each kind; the first match counts. `words`: the parts that contain text of the
 * course ("" = all of it); without it no text is counted.
 * @type {readonly {kind: string, selector: string, colour: string, words?: string}[]}
 */
const BOXES = Object.freeze([
  { kind: "video", selector: ".stage", colour: "--sunken" },
  { kind: "text", selector: ".prose, .script", colour: "--surface", words: "" },
  { kind: "question", selector: ".question, .asked", colour: "--surface", words: ".ask" },
  { kind: "choice", selector: ".opt", colour: "--surface", words: ":scope > span:first-of-type" },
  { kind: "answer", selector: ".typed input", colour: "--surface" },
  { kind: "hint", selector: "#hints", colour: "--surface", words: ".hint-text" },
  { kind: "offer", selector: ".offer", colour: "--surface" },
  { kind: "button", selector: ".btn.go", colour: "--act" },
  { kind: "button", selector: ".btn, .ctl button", colour: "--surface" },
  { kind: "card", selector: ".card, .player", colour: "--surface" },
]);
const ANY = BOXES.map(({ selector }) => selector).join(", ");
const PRIVATE = "[data-no-telemetry]";

const LOOK_MS = 1000;
/** Sent again unchanged, so that each minute of a Sitting has a layout. */
export const AGAIN_MS = 30_000;
/** Shares are sent in hundredths, text in twenties. */
const STEPS = 100;
const TEXT_STEP = 20;
const MOST_TEXT = 10_000;
const MOST_BOXES = 100;

/** @typedef {{left: number, top: number, width: number, height: number}} Rect */

/**
 * Return x, y, w, h of a box as shares of the frame; null where it is outside.
 * @param {Rect} box @param {Rect} frame
 */
export function place(box, frame) {
  const across = stretch(box.left - frame.left, box.width, frame.width);
  const down = stretch(box.top - frame.top, box.height, frame.height);
  return across && down && [across[0], down[0], across[1], down[1]].map((steps) => steps / STEPS);
}

/**
 * Return the first step and the number of steps, at least one, all inside.
 * @param {number} from @param {number} size @param {number} whole
 */
function stretch(from, size, whole) {
  if (!(size > 0 && from + size > 0 && from < whole)) return null;
  const first = Math.min(step(from / whole), STEPS - 1);
  return [first, Math.max(step((from + size) / whole) - first, 1)];
}

/** @param {number} share */
const step = (share) => Math.round(STEPS * Math.min(Math.max(share, 0), 1));

/** Return "#14201d" as r, g, b of 0-1; white for other text. @param {string} colour */
export function rgb(colour) {
  const [, ...parts] = /^#(..)(..)(..)$/.exec(colour.trim()) ?? ["", "ff", "ff", "ff"];
  return parts.map((part) => step(parseInt(part, 16) / 255) / STEPS);
}

/** @param {Element} element @param {string} [words] */
function textLength(element, words) {
  if (words === undefined) return 0;
  const holders = words ? [...element.querySelectorAll(words)] : [element];
  const letters = holders.map(({ textContent }) => (textContent ?? "").replace(/\s+/g, " ").trim().length);
  const all = letters.reduce((total, length) => total + length, 0);
  return Math.min(MOST_TEXT, TEXT_STEP * Math.round(all / TEXT_STEP));
}

/**
 * Return a row without its time for the page and each of our boxes inside `root`.
 * @param {Element} root @param {Rect} frame
 * @param {(token: string) => string} token colours of the theme
 */
export function measure(root, frame, token) {
  const page = [0, 0, 1, 1, KINDS.indexOf("page"), ...rgb(token("--canvas")), 0];
  const boxes = [...root.querySelectorAll(ANY)].flatMap((element) => {
    const { kind, colour, words } = BOXES.find(({ selector }) => element.matches(selector)) ?? BOXES[0];
    const at = element.checkVisibility() && !element.closest(PRIVATE) && place(element.getBoundingClientRect(), frame);
    return at ? [[...at, KINDS.indexOf(kind), ...rgb(token(colour)), textLength(element, words)]] : [];
  });
  return [page, ...boxes.slice(0, MOST_BOXES)];
}

/** Whether to send a layout: it changed, or the last one was sent long ago. */
export class Told {
  last = "";
  ms = -Infinity;

  /** @param {number[][]} boxes @param {number} ms */
  due(boxes, ms) {
    const now = JSON.stringify(boxes);
    if (now === this.last && ms - this.ms < AGAIN_MS) return false;
    [this.last, this.ms] = [now, ms];
    return true;
  }
}

/**
 * Return the whole page, wherever it is scrolled to; in full screen, what fills it.
 * @returns {Rect}
 */
function frame() {
  if (document.fullscreenElement) return document.fullscreenElement.getBoundingClientRect();
  const { scrollWidth: width, scrollHeight: height } = document.documentElement;
  return { left: -window.scrollX, top: -window.scrollY, width, height };
}

/** Return the boxes of the page now, without a time; null while it is hidden. */
export function look() {
  const root = document.fullscreenElement ?? document.querySelector("main");
  if (!root || document.visibilityState !== "visible") return null;
  const theme = getComputedStyle(document.documentElement);
  return measure(root, frame(), (token) => theme.getPropertyValue(token));
}

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows @returns {() => void} */
export function start(onRows) {
  const told = new Told();
  const tell = () => {
    const boxes = look();
    const ms = performance.now();
    if (boxes && told.due(boxes, ms)) onRows(boxes.map((box) => [ms, ...box]), { quality: 1 });
  };
  const timer = setInterval(tell, LOOK_MS);
  tell();
  return () => clearInterval(timer);
}
