// @ts-check
/**
 * What leaves the computer, in plain words: each channel of each stream by name, in the order of its
 * numbers (a test compares with emotion/streams.json), and what of it stays.
 */

/** @typedef {[label: string, unit: string]} Words unit: what stands behind the number */
/** @typedef {{label: string, text: string, bar: boolean, share: number | null}} Line bar: whether it may have one; share: of it, 0-1; null where it is not known */

const OF_5 = "of 5";
const PERCENT = "%";
/** What a full bar stands for. @type {Record<string, number>} */
const FULL = { [OF_5]: 5, [PERCENT]: 1 };
const WIDTHS = "face widths";
const DEGREES = "°";
/** A length of 1. */
const ARROW = "of 1";

/** @type {Record<string, string>} */
const FACE = {
  au01: "inner brows up", au02: "outer brows up", au04: "brows down", au05: "upper lids up",
  au06: "cheeks up", au07: "lids tight", au09: "nose wrinkled", au10: "upper lip up",
  au12: "mouth corners up", au14: "mouth corners in", au15: "mouth corners down", au17: "chin up",
  au20: "mouth wide", au23: "lips tight", au25: "lips apart", au26: "jaw down", au28: "lips in",
  au45: "eyes closed",
};

/** @type {Readonly<Record<string, Record<string, Words>>>} */
export const CHANNELS = Object.freeze({
  pointer: {
    path: ["way the pointer went", "screens"], net: ["how far it got", "screens"],
    straightness: ["how straight", PERCENT], speed_mean: ["speed", "screens a second"],
    speed_max: ["fastest", "screens a second"], turns: ["turns", ""], curvature: ["bends", "radians a screen"],
    idle_s: ["rest", "s"], clicks: ["clicks", ""], rage_clicks: ["quick clicks at one place", ""],
    hesitation_s: ["rest before a click", "s"], scroll: ["scrolled", "window heights"], scroll_turns: ["turns of scrolling", ""],
  },
  typing: {
    chr: ["letters and signs, how many", ""], edit: ["deleting keys, how many", ""],
    nav: ["arrow keys, how many", ""], ctl: ["other keys, how many", ""],
    dwell_mean: ["a key is held", "ms"], dwell_sd: ["how much that differs", "ms"], dwell_p90: ["long ones", "ms"],
    flight_mean: ["between two keys", "ms"], flight_sd: ["how much that differs", "ms"], flight_p90: ["long ones", "ms"],
    pauses: ["pauses", ""], bursts: ["quick runs", ""],
  },
  activity: {
    visible: ["page in sight", PERCENT], focused: ["page in front", PERCENT],
    fullscreen: ["full screen", PERCENT], blurs: ["times it was left", ""],
  },
  face: {
    ...Object.fromEntries(Object.entries(FACE).map(([unit, label]) => [unit, [label, OF_5]])),
    ...Object.fromEntries(Object.entries(FACE).map(([unit, label]) => [`${unit}_confidence`, [`${label}: how sure`, PERCENT]])),
    yaw: ["head turned", DEGREES], pitch: ["head up or down", DEGREES], roll: ["head leaned", DEGREES],
    x: ["head to the side", WIDTHS], y: ["head higher or lower", WIDTHS], z: ["head near or far", WIDTHS],
    blink: ["blinking", PERCENT], quality: ["how good the picture is", PERCENT],
  },
  gaze: {
    left_x: ["left eye, sideways", ARROW], left_y: ["left eye, up and down", ARROW], left_z: ["left eye, ahead", ARROW],
    right_x: ["right eye, sideways", ARROW], right_y: ["right eye, up and down", ARROW], right_z: ["right eye, ahead", ARROW],
    on_screen: ["looks at the screen, probably", PERCENT], quality: ["how good the picture is", PERCENT],
  },
  rppg: {
    hr: ["heart rate", "beats a minute"], snr: ["how clear the pulse is", "dB"],
    disagreement: ["two ways to count differ by", "beats a minute"], quality: ["how sure", PERCENT],
  },
  heart: {
    t: ["time", "s"], hr: ["heart rate", "beats a minute"], rr: ["from beat to beat", "ms"], contact: ["touches the skin", PERCENT],
  },
  ppg: { ppg: ["light through the skin", ""] },
  ecg: { ecg: ["heart current", "µV"] },
  eda: { eda: ["how well the skin conducts", "µS"] },
  layout: {
    t: ["time", "s"], x: ["box from the left", PERCENT], y: ["box from the top", PERCENT], w: ["box width", PERCENT],
    h: ["box height", PERCENT], kind: ["kind of box, by number", ""], r: ["red", PERCENT], g: ["green", PERCENT],
    b: ["blue", PERCENT], text_length: ["letters of the course in it, about", ""],
  },
  acc: { x: ["movement, sideways", "mg"], y: ["movement, along", "mg"], z: ["movement, up", "mg"] },
  temp: { temp: ["skin temperature", "°C"] },
  eeg: {},
});

/** @type {Record<string, string>} */
const STAYS = {
  pointer: "Where the pointer is and what lies under it stay here.",
  typing: "Which keys you press and what you write stay here.",
  activity: "Which other pages you look at stays here.",
  face: "Your picture stays here.",
  gaze: "Your picture stays here.",
  rppg: "Your picture and the colour of your skin stay here.",
  layout: "What the boxes say stays here.",
};

/** @param {string} stream */
export const stays = (stream) => STAYS[stream] ?? "Only these numbers of the sensor leave.";

/** The numbers of one row, one line each. @param {string} stream @param {(number | null)[]} row @returns {Line[]} */
export function lines(stream, row) {
  const words = Object.values(CHANNELS[stream] ?? {});
  return row.map((value, at) => {
    const [label, unit] = words[at] ?? [`number ${at + 1}`, ""];
    return { label, text: told(value, unit), bar: unit in FULL, share: shareOf(value, unit) };
  });
}

/** @param {number | null} value @param {string} unit */
function told(value, unit) {
  if (value === null || Number.isNaN(value)) return "not known";
  if (unit === PERCENT) return `${Math.round(100 * value)} %`;
  if (unit === DEGREES) return `${Math.round((180 * value) / Math.PI)}°`;
  return `${Number(value.toFixed(2))} ${unit}`.trim();
}

/** @param {number | null} value @param {string} unit */
function shareOf(value, unit) {
  if (value === null || Number.isNaN(value) || !(unit in FULL)) return null;
  return Math.min(1, Math.max(0, value / FULL[unit]));
}

/**
 * Above all of them: how many numbers, or why there are none. @param {number} numbers
 * @param {{paused: boolean, online: boolean}} sensing
 */
export function summary(numbers, { paused, online }) {
  if (paused) return "Paused: nothing is measured and nothing leaves.";
  if (!numbers) return "Nothing is measured right now, so nothing leaves.";
  const which = `These ${numbers} numbers, not your picture, not your keys`;
  return online ? `${which}, leave this computer. They are the last ones that were measured.`
    : `${which}, wait here until the connection is back.`;
}
