// @ts-check
/**
 * What the lamp says about the streams of a page.
 * @typedef {{state: string, quality: number | null, backend?: string, note?: string}} Lane state: starting, on, paused, or one of the words below
 * @typedef {{paused: boolean, online: boolean, streams: Record<string, Lane>, lost?: Record<string, number>}} Sensing lost: seconds that were never sent
 */

/** @type {Record<string, string>} */
const NAMES = {
  pointer: "Pointer", typing: "Typing", activity: "Activity", face: "Camera", gaze: "Gaze",
  rppg: "Heart rate from skin colour", heart: "Heart rate", ppg: "Pulse", ecg: "Heart current",
  eda: "Skin moisture", layout: "Page layout", acc: "Movement", temp: "Skin temperature", eeg: "Brain current",
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
  no_library: "not installed on this site", no_bluetooth: "this browser has no Bluetooth", no_serial: "this browser cannot reach such a sensor",
  refused: "the sensor did not start, switch it off and on", charging: "the sensor is being charged",
  unpaired: "no sensor chosen yet", insecure: "needs a secure address (https)",
};
/** Nothing comes right now. @type {Record<string, string>} */
const SILENT = {
  no_face: "no face, not guessing", several_faces: "more than one face, not guessing",
  no_picture: "no picture from the camera", hidden: "off while this page is out of sight",
  opening: "waiting for the camera", other_tab: "the camera is used in another tab of Attune",
  connecting: "connecting", lost: "out of reach, trying again",
  silent: "connected, and nothing comes", resting: "not in use",
};
/** What comes is not worth much. @type {Record<string, string>} */
const WEAK = {
  dark: "poor light", blurred: "blurred picture", far: "too far away", turned: "turned away",
  slow: "slow computer", loose: "loose contact", weak: "weak signal",
  looking: "looking for a pulse", bright: "too bright", moving: "hold still to get a heart rate",
};

/** What finds the points on a face, and what that means. @type {Record<string, string>} */
const READERS = {
  human: "Points on the face are found by Human, on the processor. It hardly sees eyebrows, so they count little.",
  face_mesh: "Points on the face are found by MediaPipe Face Mesh, on the graphics chip. It sees eyebrows and both eyes.",
};

/** Which library looks at this stream, in words; "" where none does or none was told. @param {Lane} lane */
export const reader = ({ backend }) => READERS[backend ?? ""] ?? "";

/** Why nothing is sensed at an address without https, and what to do. */
export const INSECURE = "Nothing is noticed at this address, because it is not secure: numbers could be read on their way. "
  + "Ask whoever runs this site for its address with https. The course works without.";

/** Why this page's Sitting is over, and what to do. @type {Record<string, string>} */
const OVER = {
  long: "This page was open or left for a long time, so nothing is noticed here any more. What you did is kept.",
  signed_out: "You are signed out, so nothing is noticed here any more. Your answers until then are kept.",
  elsewhere: "This part is open in another tab. Go on there, or close it and start again here.",
};
const BROKEN = "The connection was ended, so nothing is noticed here any more. The course goes on.";

/** @param {string} why */
export const overWords = (why) => OVER[why] ?? BROKEN;

/** What could not be sent, in words: "3 s of pointer"; "" where nothing was lost. @param {Record<string, number>} [lost] */
export function lostWords(lost = {}) {
  const parts = Object.entries(lost).filter(([, seconds]) => seconds >= 0.5)
    .map(([stream, seconds]) => `${Math.round(seconds)} s of ${streamName(stream).toLowerCase()}`);
  return parts.length ? `Lost while offline or asleep: ${parts.join(", ")}.` : "";
}

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
  const weak = steady(lanes).find(([, lane]) => !["good", "starting"].includes(condition(lane)));
  const quality = lacking(sensing).toLowerCase() || (weak ? condition(weak[1]) : "good");
  return { state: weak ? "weak" : "on", what, quality };
}

/**
 * A heart rate from skin colour is unsure more often than not; beside others that says nothing about
 * them. @param {[string, Lane][]} lanes
 */
const steady = (lanes) => (lanes.length > 1 ? lanes.filter(([stream]) => stream !== "rppg") : lanes);

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
