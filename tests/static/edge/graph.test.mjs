import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { Graph } from "../../../static/js/edge/graph.js";

const ROOT = new URL("../../../", import.meta.url);
const DIST = new URL("node_modules/onnxruntime-web/dist/", ROOT);
const { windows, proba, used } = JSON.parse(readFileSync(new URL("tests/data/edge_windows.json", ROOT)));

test("the exported graph gives the same result in a page's runtime as in Python", async () => {
  assert.ok(existsSync(DIST), "expected npm to have installed onnxruntime-web");
  const ort = await import(new URL("ort.wasm.min.mjs", DIST));
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { mjs: new URL("ort-wasm-simd-threaded.mjs", DIST).href };
  ort.env.wasm.wasmBinary = readFileSync(new URL("ort-wasm-simd-threaded.wasm", DIST));
  const bytes = readFileSync(new URL("artefacts/prior-5397095e9055/network.onnx", ROOT));
  const graph = await Graph.of(ort, bytes);
  const said = await graph.ask(windows);
  said.proba.forEach((row, n) => row.forEach((p, k) =>
    assert.ok(Math.abs(p - proba[n][k]) <= 1e-3, `window ${n}: ${row}, not ${proba[n]}`)));
  assert.deepEqual(said.used, used);
  assert.ok(used.some((each) => Object.values(each).includes(false)));
});
