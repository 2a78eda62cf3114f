// @ts-check
/**
 * What the lamp says about the streams of a page.
 * @typedef {{state: string, quality: number | null}} Lane state: starting, on, paused, or one of the words below
 * @typedef {{paused: boolean, online: boolean, streams: Record<string, Lane>}} Sensing
 */

/** @type {Record<string, string>} */
const NAMES = {
  pointer: "Pointer", typing: "Typing", activity: "Activity", face: "Camera", gaze: "Gaze",
  rppg: "Heart rate from skin colour", heart: "Heart rate", ppg: "Wearable", ecg: "Wearable",
  eda: "Wearable", layout: "Page layout", acc: "Wearable", temp: "Wearable", eeg: "Wearable",
};

/** @param {string} stream */
export const streamName = (stream) => NAMES[stream] ?? stream;

/** @param {string[]} names "Camera, pointer" */
function sentence(names) {
  const [first = "", ...rest] = [...new Set(names)];
  return [first, ...rest.map((name) => name.toLowerCase())].join(", ");
}

/** Nothing comes and nothing will, and why. @type {Record<string, string>} */
const OUT = {
  "no sensor": "not on this page", denied: "not allowed by the browser", failed: "could not be started",
  no_camera: "no camera found", no_camera_here: "the browser gives no camera to this address",
  busy: "the camera is in use elsewhere", unplugged: "the camera was unplugged",
  no_library: "not installed on this site", no_bluetooth: "this browser has no Bluetooth",
  unpaired: "no sensor chosen yet",
};
/** Nothing comes right now. @type {Record<string, string>} */
const SILENT = {
  no_face: "no face, not guessing", several_faces: "more than one face, not guessing",
  no_picture: "no picture from the camera", hidden: "off while this page is out of sight",
  opening: "waiting for the camera", connecting: "connecting", lost: "out of reach, trying again",
};
/** What comes is not worth much. @type {Record<string, string>} */
const WEAK = {
  dark: "poor light", blurred: "blurred picture", far: "too far away", turned: "turned away",
  slow: "slow computer", loose: "loose contact", weak: "weak signal",
};

/** Streams of this page that are or would be sensed. @param {Sensing} sensing @returns {[string, Lane][]} */
export const running = ({ streams }) => Object.entries(streams).filter(([, lane]) => !(lane.state in OUT));

/** How one stream is doing, in words. @param {Lane} lane */
export function condition(lane) {
  const known = OUT[lane.state] ?? SILENT[lane.state] ?? WEAK[lane.state];
  if (known || lane.state !== "on") return known ?? lane.state;
  return (lane.quality ?? 1) >= 0.6 ? "good" : WEAK.weak;
}

/** @param {Sensing} sensing @returns {{state: string, what: string, quality: string}} */
export function describe(sensing) {
  const lanes = running(sensing);
  if (!lanes.length) return { state: "off", what: "Sensing is off", quality: lacking(sensing, ["no sensor"]) };
  if (sensing.paused) return { state: "paused", what: "Paused", quality: "" };
  const what = sentence(lanes.map(([stream]) => streamName(stream)));
  const silent = lanes.find(([, lane]) => lane.state in SILENT);
  if (silent) return { state: "nosignal", ...noSignal(silent) };
  const weak = lanes.find(([, lane]) => !["good", "starting"].includes(condition(lane)));
  const quality = lacking(sensing).toLowerCase() || (weak ? condition(weak[1]) : "good");
  return { state: weak ? "weak" : "on", what, quality };
}

/** @param {[string, Lane]} lane */
function noSignal([stream, lane]) {
  if (lane.state === "no_face") return { what: "No face", quality: "not guessing" };
  return { what: streamName(stream), quality: SILENT[lane.state] };
}

/**
 * A stream was allowed and cannot run: its reason. Beside others that run, a sensor nobody chose yet
 * is no news. @param {Sensing} sensing @param {string[]} untold states that go without saying
 */
function lacking({ streams }, untold = ["no sensor", "unpaired"]) {
  const [[stream, lane] = []] = Object.entries(streams)
    .filter(([, { state }]) => state in OUT && !untold.includes(state));
  return stream && lane ? `${streamName(stream)}: ${OUT[lane.state]}` : "";
}
