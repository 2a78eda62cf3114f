// @ts-check
/**
 * The worker in which a page computes estimates, so that nothing waits for it.
 *
 * Rows come in; only an estimate or a status word goes out.
 */
import { fetched } from "../sensors/face/library.js";
import { Graph } from "./graph.js";
import { Guesser } from "./predictor.js";

/** @type {Promise<Graph> | undefined} */
let graph;
const guesser = new Guesser(async (windows) => (await /** @type {Promise<Graph>} */ (graph)).ask(windows));

/** @param {{network: string, integrity: string}} about @returns {Promise<Graph>} */
async function open({ network, integrity }) {
  const base = await fetched("ort");
  const ort = await import(`${base}dist/ort.wasm.min.mjs`);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = `${base}dist/`;
  const answer = await fetch(network, { integrity });
  if (!answer.ok) throw new Error(`expected the Predictor, got ${answer.status}`);
  return Graph.of(ort, new Uint8Array(await answer.arrayBuffer()));
}

/** @type {Record<string, (given: any) => unknown>} */
const ACTS = {
  open(about) {
    graph = open(about);
    graph.then(() => self.postMessage({ state: "on" }), () => self.postMessage({ state: "failed" }));
  },
  take: ({ stream, epoch, chunk }) => guesser.take(stream, epoch, chunk),
  forget: ({ stream }) => guesser.forget(stream),
  async cut({ cut }) {
    const guess = await guesser.guess(cut).catch(() => null);
    if (guess) self.postMessage({ guess });
  },
};

self.addEventListener("message", ({ data }) => ACTS[data.act](data));
