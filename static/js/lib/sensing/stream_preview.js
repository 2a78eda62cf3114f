// @ts-check
/**
 * What leaves the computer, in plain words: each channel of each stream by name, in the order of
 * its numbers, and what is stored.
 *
 * A test compares it with emotion/streams.json.
 */
import { num, t } from "../i18n.js";

/** @typedef {[label: string, unit: string]} Words unit: the text after the number */
/**
 * @typedef {{label: string, text: string, bar: boolean, share: number | null}} Line
 *   bar: whether it may have one; share: its length, 0-1, null where it is unknown
 */

const OF_5 = t("of 5");
const PERCENT = "%";
/** The value of a full bar. @type {Record<string, number>} */
const FULL = { [OF_5]: 5, [PERCENT]: 1 };
const WIDTHS = t("face widths");
const DEGREES = "°";
/** A length of 1. */
const ARROW = t("of 1");

/** @type {Record<string, string>} */
const FACE = {
  au01: t("inner brows up"), au02: t("outer brows up"), au04: t("brows down"), au05: t("upper lids up"),
  au06: t("cheeks up"), au07: t("lids tight"), au09: t("nose wrinkled"), au10: t("upper lip up"),
  au12: t("mouth corners up"), au14: t("mouth corners in"), au15: t("mouth corners down"), au17: t("chin up"),
  au20: t("mouth wide"), au23: t("lips tight"), au25: t("lips apart"), au26: t("jaw down"), au28: t("lips in"),
  au45: t("eyes closed"),
};

/** @type {Readonly<Record<string, Record<string, Words>>>} */
export const CHANNELS = Object.freeze({
  pointer: {
    path: [t("distance the pointer moved"), t("screens")], net: [t("straight-line distance"), t("screens")],
    straightness: [t("how straight the path is"), PERCENT], speed_mean: [t("speed"), t("screens per second")],
    speed_max: [t("highest speed"), t("screens per second")], turns: [t("changes of direction"), ""], curvature: [t("how much the path curves"), t("radians per screen")],
    idle_s: [t("time at rest"), "s"], clicks: [t("clicks"), ""], rage_clicks: [t("quick repeated clicks in one place"), ""],
    hesitation_s: [t("pause before a click"), "s"], scroll: [t("scrolled"), t("window heights")], scroll_turns: [t("changes of scroll direction"), ""],
  },
  typing: {
    chr: [t("number of letters and symbols"), ""], edit: [t("number of delete keys"), ""],
    nav: [t("number of arrow keys"), ""], ctl: [t("number of other keys"), ""],
    dwell_mean: [t("how long a key is held"), "ms"], dwell_sd: [t("how much this varies"), "ms"], dwell_p90: [t("1 in 10 are longer than"), "ms"],
    flight_mean: [t("time between two keys"), "ms"], flight_sd: [t("how much this varies"), "ms"], flight_p90: [t("1 in 10 are longer than"), "ms"],
    pauses: [t("pauses"), ""], bursts: [t("fast bursts of typing"), ""],
  },
  activity: {
    visible: [t("page visible"), PERCENT], focused: [t("page in front"), PERCENT],
    fullscreen: [t("full screen"), PERCENT], blurs: [t("times you left the page"), ""],
  },
  face: {
    ...Object.fromEntries(Object.entries(FACE).map(([unit, label]) => [unit, [label, OF_5]])),
    ...Object.fromEntries(Object.entries(FACE).map(([unit, label]) => [`${unit}_confidence`, [t("{label}: how sure", { label }), PERCENT]])),
    yaw: [t("head turned"), DEGREES], pitch: [t("head up or down"), DEGREES], roll: [t("head tilted"), DEGREES],
    x: [t("head to the side"), WIDTHS], y: [t("head higher or lower"), WIDTHS], z: [t("head near or far"), WIDTHS],
    blink: [t("blinking"), PERCENT], quality: [t("picture quality"), PERCENT],
  },
  gaze: {
    left_x: [t("left eye, sideways"), ARROW], left_y: [t("left eye, up and down"), ARROW], left_z: [t("left eye, ahead"), ARROW],
    right_x: [t("right eye, sideways"), ARROW], right_y: [t("right eye, up and down"), ARROW], right_z: [t("right eye, ahead"), ARROW],
    on_screen: [t("how likely you are looking at the screen"), PERCENT], quality: [t("picture quality"), PERCENT],
  },
  rppg: {
    hr: [t("heart rate"), t("beats per minute")], snr: [t("how clear the pulse is"), "dB"],
    disagreement: [t("difference between two ways to count"), t("beats per minute")], quality: [t("how sure"), PERCENT],
  },
  heart: {
    t: [t("time"), "s"], hr: [t("heart rate"), t("beats per minute")], rr: [t("time between beats"), "ms"], contact: [t("touches the skin"), PERCENT],
  },
  ppg: { ppg: [t("light through the skin"), ""] },
  ecg: { ecg: [t("heart current"), "µV"] },
  eda: { eda: [t("how well the skin conducts"), "µS"] },
  layout: {
    t: [t("time"), "s"], x: [t("box from the left"), PERCENT], y: [t("box from the top"), PERCENT], w: [t("box width"), PERCENT],
    h: [t("box height"), PERCENT], kind: [t("type of box, as a number"), ""], r: [t("red"), PERCENT], g: [t("green"), PERCENT],
    b: [t("blue"), PERCENT], text_length: [t("about how many letters of the course are in it"), ""],
  },
  acc: { x: [t("movement, sideways"), "mg"], y: [t("movement, lengthways"), "mg"], z: [t("movement, up"), "mg"] },
  temp: { temp: [t("skin temperature"), "°C"] },
  eeg: {},
});

/** @type {Record<string, string>} */
const STAYS = {
  pointer: t("Where the pointer is and what is under it stay here."),
  typing: t("Which keys you press and what you write stay here."),
  activity: t("Which other pages you look at stays here."),
  face: t("Your picture stays here."),
  gaze: t("Your picture stays here."),
  rppg: t("Your picture and the colour of your skin stay here."),
  layout: t("The text in the boxes stays here."),
};

/** @param {string} stream */
export const stays = (stream) => STAYS[stream] ?? t("Only these numbers from the sensor leave this device.");

/**
 * Return the numbers of one row, one line each.
 * @param {string} stream @param {(number | null)[]} row @returns {Line[]}
 */
export function lines(stream, row) {
  const words = Object.values(CHANNELS[stream] ?? {});
  return row.map((value, at) => {
    const [label, unit] = words[at] ?? [t("number {n}", { n: at + 1 }), ""];
    return { label, text: told(value, unit), bar: unit in FULL, share: shareOf(value, unit) };
  });
}

/** @param {number | null} value @param {string} unit */
function told(value, unit) {
  if (value === null || Number.isNaN(value)) return t("not known");
  if (unit === PERCENT) return t("{n}%", { n: Math.round(100 * value) });
  if (unit === DEGREES) return `${Math.round((180 * value) / Math.PI)}°`;
  return `${num(Number(value.toFixed(2)))} ${unit}`.trim();
}

/** @param {number | null} value @param {string} unit */
function shareOf(value, unit) {
  if (value === null || Number.isNaN(value) || !(unit in FULL)) return null;
  return Math.min(1, Math.max(0, value / FULL[unit]));
}

/**
 * Return the heading: how many numbers there are, or why there are none.
 * @param {number} numbers
 * @param {{paused: boolean, online: boolean}} sensing
 */
export function summary(numbers, { paused, online }) {
  if (paused) return t("Paused: nothing is measured and nothing leaves.");
  if (!numbers) return t("Nothing is measured right now, so nothing leaves.");
  const n = numbers;
  return online
    ? t("These {n} numbers, not your picture or the keys you press, leave this device. They are the latest ones measured.", { n })
    : t("These {n} numbers, not your picture or the keys you press, wait here until the connection is back.", { n });
}
