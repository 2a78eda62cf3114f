// @ts-check
/** Human on WebAssembly: works everywhere, but barely detects brows. */
import { fetched } from "../library.js";
import { irisOf } from "../features.js";
import { EYES, FIRST_BROW, FIRST_LIDS, POINTS } from "../landmarks.js";

/** @typedef {import("../geometry.js").Point} Point */

/** @typedef {import("./choice.js").Backend} Backend */
/** @typedef {import("./choice.js").Found} Found */
/** @typedef {{meshRaw: number[][], boxRaw: number[]}} HumanFace */

const OFF = { enabled: false };
const NEEDED = ["blazeface", "facemesh", "iris"];

/** @param {string} models @param {string} wasm */
const configuration = (models, wasm) => ({
  backend: "wasm",
  wasmPath: wasm,
  modelBasePath: models,
  cacheModels: false,
  warmup: "none",
  debug: false,
  async: false,
  filter: OFF,
  gesture: OFF, body: OFF, hand: OFF, object: OFF, segmentation: OFF,
  face: {
    enabled: true,
    // Two, to detect a second person; then nothing is stored of either.
    detector: { maxDetected: 2, minConfidence: 0.6, rotation: false, skipTime: 1000, skipFrames: 99, return: false },
    mesh: { enabled: true }, iris: { enabled: true },
    emotion: OFF, description: OFF, antispoof: OFF, liveness: OFF, attention: OFF,
  },
});

/** @returns {Promise<Backend>} */
export async function open() {
  const [base, tfjs] = await Promise.all([fetched("human"), fetched("tfjs")]);
  const { Human } = await import(`${base}dist/human.esm.js`);
  const human = new Human(configuration(`${base}models/`, `${tfjs}wasm-out/`));
  // One thread is enough for ten frames a second, and more would need scripts from blobs.
  human.tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await human.load();
  const loaded = human.models.loaded();
  const missing = NEEDED.filter((net) => !loaded.includes(net));
  if (missing.length) throw new Error(`expected the nets ${NEEDED}, missing ${missing}`);
  return { name: "human", see: (picture) => see(human, picture), fit: () => "fit", close: () => {} };
}

/** @param {any} human @param {import("./choice.js").Picture} picture @returns {Promise<Found[]>} */
async function see(human, { context, width, height }) {
  const { tf } = human;
  const input = tf.tidy(() => tf.expandDims(tf.cast(
    tf.browser.fromPixels(context.getImageData(0, 0, width, height)), "float32"), 0));
  const { face } = await human.detect(input);
  tf.dispose(input);
  return face.map(foundBy);
}

/**
 * Convert depths from shares of the box to shares of the picture, and mirror the first iris back:
 * Human flips the first eye for its iris net, but not the result.
 * @param {HumanFace} face @returns {Found}
 */
export function foundBy({ meshRaw, boxRaw }) {
  if (meshRaw.length !== POINTS) throw new RangeError(`expected ${POINTS} landmarks, got ${meshRaw.length}`);
  const mesh = meshRaw.map(([x, y, z]) => /** @type {Point} */ ([x, y, z * boxRaw[2]]));
  return { mesh: unmirrored(mesh), box: boxRaw };
}

/** @param {Point[]} mesh */
function unmirrored(mesh) {
  const { outer, inner } = EYES.first;
  const middle = (mesh[outer][0] + mesh[inner][0]) / 2;
  const wrong = new Set([
    ...(mesh[outer][0] > mesh[inner][0] ? FIRST_LIDS : []),
    ...(mesh[70][0] > mesh[107][0] ? FIRST_BROW : []),
    ...irisOf(mesh, EYES.first),
  ]);
  return mesh.map((point, at) => (wrong.has(at) ? [2 * middle - point[0], point[1], point[2]] : point));
}
