// @ts-check
/**
 * The rhythm of typing, one row each five seconds: counts of key kinds, and from eight keys on how
 * long keys were held and the time between them.
 *
 * Which key it was is dropped in the handler; fields with secrets are not listened to.
 */

export const stream = "typing";
export const rateHz = 0.2;
export const channels = Object.freeze([
  "chr", "edit", "nav", "ctl", "dwell_mean", "dwell_sd", "dwell_p90",
  "flight_mean", "flight_sd", "flight_p90", "pauses", "bursts",
]);

export const FEWEST_KEYS = 8;
const BIN_MS = 5;
const LONGEST_DWELL_MS = 2000;
const LONGEST_FLIGHT_MS = 5000;
const PAUSE_MS = 2000;
const BURST = { keys: 3, ms: 500 };
const EDIT = new Set(["Backspace", "Delete", "Cut", "Undo", "Redo"]);
const NAV = /^(Arrow|Home$|End$|Page|Tab$)/;
const FIELDS = "input, textarea, [contenteditable]";
const PRIVATE = "[data-no-telemetry], input[type=password], input[type=email], [autocomplete^=cc-]";

/** @typedef {"chr" | "edit" | "nav" | "ctl"} Kind */
/** @typedef {{kind: Kind, downMs: number, upMs: number | null}} Press */

/**
 * Return the kind of a key, which is all that is stored of it.
 * @param {string} key @returns {Kind}
 */
export function kindOf(key) {
  if ([...key].length === 1) return "chr";
  if (EDIT.has(key)) return "edit";
  return NAV.test(key) ? "nav" : "ctl";
}

/**
 * Return one row.
 * @param {Press[]} presses in order
 * @param {number | null} [beforeMs] when the last key before them was pressed: a pause that began
 *   in
 *   the previous row counts where it ends
 * @returns {(number | null)[]}
 */
export function features(presses, beforeMs = null) {
  const count = (/** @type {Kind} */ kind) => presses.filter((press) => press.kind === kind).length;
  const gaps = presses.slice(1).map((press, index) => press.downMs - presses[index].downMs);
  const rests = beforeMs === null || !presses.length ? gaps : [presses[0].downMs - beforeMs, ...gaps];
  const enough = presses.length >= FEWEST_KEYS;
  return [
    count("chr"), count("edit"), count("nav"), count("ctl"),
    ...(enough ? shape(dwells(presses), LONGEST_DWELL_MS) : [null, null, null]),
    ...(enough ? shape(flights(presses), LONGEST_FLIGHT_MS) : [null, null, null]),
    rests.filter((rest) => rest > PAUSE_MS).length,
    bursts(gaps),
  ];
}

/** @param {Press[]} presses */
function dwells(presses) {
  return presses.flatMap(({ downMs, upMs }) => (upMs === null ? [] : [upMs - downMs]));
}

/**
 * Return times from releasing one key to pressing the next; 0 for overlapping keys.
 * @param {Press[]} presses
 */
function flights(presses) {
  return presses.slice(1).flatMap((press, index) => {
    const before = presses[index].upMs;
    return before === null ? [] : [Math.max(0, press.downMs - before)];
  });
}

/**
 * Return mean, spread and 90th percentile in bins of 5 ms.
 * @param {number[]} values @param {number} longest
 */
function shape(values, longest) {
  const kept = values.filter((value) => value <= longest).sort((a, b) => a - b);
  if (kept.length < FEWEST_KEYS - 1) return [null, null, null];
  const mean = kept.reduce((total, value) => total + value, 0) / kept.length;
  const spread = Math.sqrt(kept.reduce((total, value) => total + (value - mean) ** 2, 0) / kept.length);
  const late = kept[Math.ceil(0.9 * kept.length) - 1];
  return [mean, spread, late].map((value) => Math.round(value / BIN_MS) * BIN_MS);
}

/** Find runs of quick keys. @param {number[]} gaps */
function bursts(gaps) {
  let found = 0;
  let quick = 0;
  for (const gap of gaps) {
    quick = gap <= BURST.ms ? quick + 1 : 0;
    if (quick === BURST.keys - 1) found += 1;
  }
  return found;
}

/** @param {EventTarget | null} target */
function isHeard(target) {
  return target instanceof Element && target.closest(FIELDS) !== null && target.closest(PRIVATE) === null;
}

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows @returns {() => void} */
export function start(onRows) {
  const listening = new AbortController();
  const options = { signal: listening.signal, passive: true, capture: true };
  /** @type {Press[]} */
  let presses = [];
  /** @type {Map<string, Press>} */
  const held = new Map();
  /** @type {number | null} */
  let beforeMs = null;

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.isComposing || !isHeard(event.target)) return;
    const press = { kind: kindOf(event.key), downMs: Math.round(event.timeStamp), upMs: null };
    presses.push(press);
    held.set(event.code, press);
  }, options);
  document.addEventListener("keyup", (event) => {
    const press = held.get(event.code);
    held.delete(event.code);
    if (press) press.upMs = Math.round(event.timeStamp);
  }, options);
  const timer = setInterval(() => {
    const row = features(presses, beforeMs);
    beforeMs = presses.at(-1)?.downMs ?? beforeMs;
    presses = [];
    held.clear();
    onRows([row], { quality: 1 });
  }, 1000 / rateHz);
  return () => {
    clearInterval(timer);
    listening.abort();
  };
}
