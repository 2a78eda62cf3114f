// @ts-check
/**
 * What the sensing indicator reports about the streams of a page.
 * @typedef {{state: string, quality: number | null, backend?: string, note?: string}} Lane
 *   state: starting, on, paused, or one of the words below
 * @typedef {{paused: boolean, online: boolean, streams: Record<string, Lane>,
 *   lost?: Record<string, number>}} Sensing lost: seconds that were never sent
 */
import { STREAMS } from "../../telemetry/streams.js";
import { t } from "../i18n.js";

/** Return the name of a stream, alone or first. @param {string} stream */
export const streamName = (stream) => (stream in STREAMS ? t(STREAMS[stream].title) : stream);

/** Return its name inside a sentence. @param {string} stream */
const nameInside = (stream) => (stream in STREAMS ? t(STREAMS[stream].inline) : stream);

/** @param {string[]} streams "Camera, pointer" */
function sentence(streams) {
  const [first, ...rest] = [...new Set(streams)];
  return [streamName(first), ...rest.map(nameInside)].join(", ");
}

/** Nothing arrives and nothing will, with the reason. @type {Record<string, string>} */
const OUT = {
  "no sensor": t("not on this page"), denied: t("not allowed by the browser"), failed: t("could not be started"),
  no_camera: t("no camera found"), no_camera_here: t("the browser does not allow the camera at this address"),
  busy: t("the camera is in use elsewhere"), unplugged: t("the camera was unplugged"),
  no_library: t("not installed on this site"), no_bluetooth: t("this browser has no Bluetooth"), no_serial: t("this browser cannot reach such a sensor"),
  refused: t("the sensor did not start; turn it off and on"), charging: t("the sensor is charging"),
  unpaired: t("no sensor chosen yet"), insecure: t("needs a secure address (https)"),
};
/** Nothing arrives at the moment. @type {Record<string, string>} */
const SILENT = {
  no_face: t("no face in view, no estimate"), several_faces: t("more than one face, no estimate"),
  no_picture: t("no picture from the camera"), hidden: t("off while this page is hidden"),
  opening: t("waiting for the camera"), other_tab: t("the camera is used in another tab of Attune"),
  connecting: t("connecting"), lost: t("out of reach, trying again"),
  silent: t("connected, but no data is arriving"), resting: t("not in use"),
};
/** The data is of low quality. @type {Record<string, string>} */
const WEAK = {
  dark: t("poor light"), blurred: t("blurred picture"), far: t("too far away"), turned: t("turned away"),
  slow: t("slow device"), loose: t("loose contact"), weak: t("weak signal"),
  looking: t("looking for a pulse"), bright: t("too bright"), moving: t("hold still to get a heart rate"),
};

const GOOD = t("good");
const STARTING = t("starting");

/** The libraries that find the points on a face, in words. @type {Record<string, string>} */
const READERS = {
  human: t("Face points are found by Human, on the processor. It hardly sees eyebrows, so they count for little."),
  face_mesh: t("Face points are found by MediaPipe Face Mesh, on the graphics chip. It sees eyebrows and both eyes."),
};

/**
 * Return which library analyses this stream, in words; "" where none does or it is unknown.
 * @param {Lane} lane
 */
export const reader = ({ backend }) => READERS[backend ?? ""] ?? "";

/** Why nothing is sensed at an address without https, and what to do. */
export const INSECURE = t("Sensing is off at this address because the connection is not secure: others could read the numbers on their way. Ask the site administrator for the https address. The course works without sensing.");

/** Why this page's Sitting ended, and what to do. @type {Record<string, string>} */
const OVER = {
  long: t("This page was open or idle for a long time, so sensing has stopped here. Your work is saved."),
  signed_out: t("You have been signed out, so sensing has stopped here. Your answers up to then are saved."),
  unopened: t("The connection for this unit could not be opened, so sensing has stopped here. Carry on with the course, or start again here."),
  elsewhere: t("This unit is open in another tab. Continue there, or close it and start again here."),
};
const BROKEN = t("The connection was closed, so sensing has stopped here. You can carry on with the course.");

/** @param {string} why */
export const overWords = (why) => OVER[why] ?? BROKEN;

/**
 * Describe what could not be sent: "3 s of pointer"; "" where nothing was lost.
 * @param {Record<string, number>} [lost]
 */
export function lostWords(lost = {}) {
  const parts = Object.entries(lost).filter(([, seconds]) => seconds >= 0.5)
    .map(([stream, seconds]) => t("{n} s of {stream}", { n: Math.round(seconds), stream: nameInside(stream) }));
  return parts.length ? t("Lost while this device was offline or asleep: {parts}.", { parts: parts.join(", ") }) : "";
}

/**
 * Return the streams of this page that are sensed, or would be without a pause.
 * @param {Sensing} sensing @returns {[string, Lane][]}
 */
export const running = ({ streams }) => Object.entries(streams).filter(([, lane]) => !(lane.state in OUT));

/** Describe the status of one stream. @param {Lane} lane */
export function condition(lane) {
  const known = OUT[lane.state] ?? SILENT[lane.state] ?? WEAK[lane.state];
  if (known || lane.state !== "on") return known ?? (lane.state === "starting" ? STARTING : lane.state);
  return (lane.quality ?? 1) >= 0.6 ? GOOD : WEAK.weak;
}

/** @param {Sensing} sensing @returns {{state: string, what: string, quality: string}} */
export function describe(sensing) {
  const lanes = running(sensing);
  if (!lanes.length) return { state: "off", what: t("Sensing is off"), quality: lacking(sensing, streamName, ["no sensor"]) };
  if (sensing.paused) return { state: "paused", what: t("Paused"), quality: "" };
  const what = sentence(lanes.map(([stream]) => stream));
  const silent = lanes.find(([, lane]) => lane.state in SILENT);
  if (silent) return { state: "nosignal", ...noSignal(silent) };
  const weak = steady(lanes).find(([, lane]) => ![GOOD, STARTING].includes(condition(lane)));
  const quality = lacking(sensing, nameInside) || (weak ? condition(weak[1]) : GOOD);
  return { state: weak ? "weak" : "on", what, quality };
}

/**
 * A heart rate from skin colour is usually uncertain; next to other streams that says nothing about
 * them.
 * @param {[string, Lane][]} lanes
 */
const steady = (lanes) => (lanes.length > 1 ? lanes.filter(([stream]) => stream !== "rppg") : lanes);

/** @param {[string, Lane]} lane */
function noSignal([stream, lane]) {
  if (lane.state === "no_face") return { what: t("No face"), quality: t("no estimate") };
  return { what: streamName(stream), quality: SILENT[lane.state] };
}

/**
 * Return why an allowed stream cannot run. Next to running streams, a sensor that was not chosen
 * yet is not mentioned.
 * @param {Sensing} sensing @param {(stream: string) => string} name
 * @param {string[]} untold states that are not mentioned
 */
function lacking({ streams }, name, untold = ["no sensor", "unpaired"]) {
  const [[stream, lane] = []] = Object.entries(streams)
    .filter(([, { state }]) => state in OUT && !untold.includes(state));
  return stream && lane ? `${name(stream)}: ${OUT[lane.state]}` : "";
}
