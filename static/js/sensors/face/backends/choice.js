// @ts-check
/**
 * Which library finds the landmarks. The finer one draws with the graphics chip and is useless
 * without; the other works everywhere. A third one needs no more than a module that keeps to `Backend`.
 */

/**
 * @typedef {{mesh: number[][], box: number[]}} Found mesh: 478 landmarks x, y, z, all in shares of the
 *   picture (x and z of its width, y of its height), both irises right; box: x, y, width, height likewise
 * @typedef {{canvas: OffscreenCanvas, context: OffscreenCanvasRenderingContext2D, width: number, height: number}} Picture
 * @typedef {object} Backend
 * @property {string} name as in the list of streams.json
 * @property {(picture: Picture) => Promise<Found[]>} see every face in it, two at most
 * @property {(busyMs: number) => "fit" | "trying" | "slow"} fit whether it keeps up, told the cost of each picture
 * @property {() => void} close
 */

/** Names under which browsers draw without a graphics chip. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|lavapipe/i;

/** @returns {string | null} null: no WebGL 2; "": the browser does not tell */
export function renderer() {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  if (!gl) return null;
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? "");
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

/** Whether the finer library is worth a try. @param {string | null} name */
export const drawsInHardware = (name) => name !== null && !SOFTWARE.test(name);

/**
 * Opens the one wished for ("" leaves the choice to this computer); the finer one has to prove
 * itself, and gives way where it cannot be had.
 * @param {string} wish @returns {Promise<Backend>}
 */
export async function openBackend(wish) {
  const fine = wish ? wish === "face_mesh" : drawsInHardware(renderer());
  if (!fine) return (await import("./human.js")).open();
  try {
    return await (await import("./face_mesh.js")).open({ proven: Boolean(wish) });
  } catch {
    return (await import("./human.js")).open();
  }
}
