// @ts-check
/**
 * Looks at pictures and says numbers: the only thing it ever posts is `pack(…)`. Pictures are
 * dropped as soon as they were looked at; nets that tell who somebody is are neither loaded nor served.
 */
import { Human } from "../../../vendor/human/human.esm.js";
import { Analysis } from "./analysis.js";
import { pack } from "./message.js";
import { look, PATCH } from "./quality.js";

const VENDOR = new URL("../../../vendor/", import.meta.url).href;
const SLOT_MS = 100;
/** The mesh comes in whole pixels of what it is given: larger is finer, and slower (84 ms at 960, 51 at 640). */
const WIDTH = 640;
const OFF = { enabled: false };
const CONFIG = {
  backend: "wasm",
  wasmPath: `${VENDOR}tfjs/`,
  modelBasePath: `${VENDOR}human/models/`,
  cacheModels: false,
  warmup: "none",
  debug: false,
  async: false,
  filter: OFF,
  gesture: OFF, body: OFF, hand: OFF, object: OFF, segmentation: OFF,
  face: {
    enabled: true,
    // Two, to know when somebody else is there; then nothing is kept of either.
    detector: { maxDetected: 2, minConfidence: 0.6, rotation: false, skipTime: 1000, skipFrames: 99, return: false },
    mesh: { enabled: true }, iris: { enabled: true },
    emotion: OFF, description: OFF, antispoof: OFF, liveness: OFF, attention: OFF,
  },
};
const NEEDED = ["blazeface", "facemesh", "iris"];

const canvas = new OffscreenCanvas(WIDTH, 1);
const patch = new OffscreenCanvas(PATCH, PATCH);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
const patchContext = /** @type {OffscreenCanvasRenderingContext2D} */ (patch.getContext("2d", { willReadFrequently: true }));

/** @typedef {InstanceType<typeof Human>} Net */

/** Time that the page's clock can read: workers count from their own beginning. */
const now = () => performance.timeOrigin + performance.now();

/** @param {{word: string, ms: number, quality?: number, faces?: number, busyMs?: number, face?: number[] | null, gaze?: number[] | null}} seen */
function say({ word, ms, quality = 0, faces = 0, busyMs = 0, face = null, gaze = null }) {
  self.postMessage(pack({ word, ms, quality, faces, busyMs, face, gaze }));
}

async function ready() {
  const human = new Human(/** @type {any} */ (CONFIG));
  // One thread: it is enough for ten frames a second, and more would need scripts from blobs.
  /** @type {any} */ (human.tf).env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await human.load();
  const loaded = human.models.loaded();
  const missing = NEEDED.filter((net) => !loaded.includes(net));
  if (missing.length) throw new Error(`expected the nets ${NEEDED}, missing ${missing}`);
  return human;
}

/** @param {Net} human @param {VideoFrame | ImageBitmap} picture @param {number} ms */
async function analyse(human, picture, ms) {
  const began = now();
  const scale = draw(picture);
  const { width, height } = canvas;
  const tf = /** @type {any} */ (human.tf);
  const input = tf.tidy(() => tf.expandDims(tf.cast(
    tf.browser.fromPixels(context.getImageData(0, 0, width, height)), "float32"), 0));
  const { face: found } = await human.detect(input);
  tf.dispose(input);
  const seen = analysis.see(/** @type {any} */ (found), { width, height, scale, look: lookAt(found[0]?.box), ms });
  say({ ...seen, ms, busyMs: now() - began });
}

/** Onto our canvas, which is larger or smaller; the picture is closed. @param {VideoFrame | ImageBitmap} picture */
function draw(picture) {
  const [width, height] = "displayWidth" in picture
    ? [picture.displayWidth, picture.displayHeight] : [picture.width, picture.height];
  const scale = WIDTH / width;
  const tall = Math.round(height * scale);
  if (canvas.height !== tall) canvas.height = tall;
  context.drawImage(picture, 0, 0, WIDTH, tall);
  picture.close();
  return scale;
}

/** @param {number[]} [box] of the face, or all of the picture */
function lookAt([x, y, width, height] = [0, 0, canvas.width, canvas.height]) {
  patchContext.drawImage(canvas, x, y, Math.max(1, width), Math.max(1, height), 0, 0, PATCH, PATCH);
  return look(patchContext.getImageData(0, 0, PATCH, PATCH).data);
}

/** Every tenth of a second the newest frame. @param {ReadableStream<VideoFrame>} frames @param {(frame: VideoFrame, ms: number) => Promise<void>} take */
async function follow(frames, take) {
  const reader = frames.getReader();
  let due = 0;
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) return;
    const ms = now();
    if (ms < due) {
      frame.close();
      continue;
    }
    due = Math.max(due + SLOT_MS, ms + SLOT_MS / 2);
    await take(frame, ms);
  }
}

/** @type {((picture: ImageBitmap) => void) | null} */
let takeBitmap = null;

let analysis = new Analysis([]);

/** @param {ReadableStream<VideoFrame> | null} frames */
async function begin(frames) {
  try {
    const human = await ready();
    if (frames) await follow(frames, (frame, ms) => analyse(human, frame, ms));
    else takeBitmap = (bitmap) => analyse(human, bitmap, now());
    if (!frames) say({ word: "opening", ms: now() });
  } catch (error) {
    console.warn(`attune: the camera's numbers stopped: ${error instanceof Error ? error.message : "unknown"}`);
    say({ word: "no_library", ms: now() });
  }
}

self.addEventListener("message", ({ data }) => {
  if (data instanceof ImageBitmap) return takeBitmap ? takeBitmap(data) : data.close();
  // Other streams: what was learned of this person under the former ones goes too.
  analysis = new Analysis(data.streams);
  if ("frames" in data) begin(data.frames);
});
