import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { chosen, Here } from "../../../static/js/telemetry/on_device_inference.js";

const ABOUT = { digest: "5397095e9055", network: "/n.onnx", integrity: "sha384-x", streams: ["pointer"] };

class Beside {
  sent = [];
  ended = false;
  postMessage(data) { this.sent.push(data); }
  terminate() { this.ended = true; }
}

const made = [];
/** A running timer would keep this file from ending. */
afterEach(() => {
  mock.timers.reset();
  made.splice(0).forEach((here) => here.close());
});

function opened(about = ABOUT) {
  const at = { now: 12 };
  const said = [];
  const worker = new Beside();
  const here = new Here(about, () => at.now, (message) => said.push(message), () => worker);
  made.push(here);
  return { at, said, worker, here };
}

test("rows go to the worker as in a Block", () => {
  const { here, worker } = opened();
  here.take("pointer", 2, { t0: 3.5, rateHz: 0.2, rows: [[0.1, null]] }, "human");
  const { chunk, ...rest } = worker.sent.at(-1);
  assert.deepEqual(rest, { act: "take", stream: "pointer", epoch: 2 });
  assert.deepEqual(chunk, { t0: 3.5, rateHz: Math.fround(0.2), rows: [[Math.fround(0.1), NaN]], backend: "human" });
  here.close();
});

test("a cut is computed once, when it is over, and cuts during sleep are skipped", () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const { at, here, worker } = opened();
  const cuts = () => worker.sent.filter(({ act }) => act === "cut").map(({ cut }) => cut);
  for (const now of [14.9, 15.5, 15.7, 16, 20.7, 61]) {
    at.now = now;
    mock.timers.tick(250);
  }
  assert.deepEqual(cuts(), [2, 3, 11]);
  here.close();
  at.now = 90;
  mock.timers.tick(1000);
  assert.deepEqual(cuts(), [2, 3, 11]);
  assert.ok(worker.ended);
});

test("an estimate is sent with the Predictor's digest, and no sensed data", () => {
  const { here, said, worker } = opened();
  const guess = { cut: 2, probabilities: [[1, 0]], streams: { pointer: 1 }, unfamiliar: [], quality: 1 };
  worker.onmessage({ data: { guess } });
  worker.onmessage({ data: { state: "on" } });
  const [{ id, ...rest }] = said;
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, { type: "guess", t: 12, digest: "5397095e9055", ...guess });
  assert.equal(here.state, "on");
  here.close();
});

test("where nothing can be computed no worker is made, and nothing is read", () => {
  const { here, worker } = opened({ digest: "", network: "", integrity: "", streams: [] });
  here.take("pointer", 1, { t0: 0, rateHz: 1, rows: [[1]] });
  assert.deepEqual(worker.sent, []);
  assert.equal(here.reads("pointer"), false);
  here.close();
});

test("the same choice continues, another starts again, none ends it", () => {
  const { here, worker } = opened();
  const say = () => {};
  assert.equal(chosen(here, ABOUT, () => 1, say), here);
  assert.equal(chosen(here, undefined, () => 1, say), undefined);
  assert.ok(worker.ended);
  const nothing = chosen(undefined, { ...ABOUT, digest: "", network: "" }, () => 1, say);
  assert.equal(nothing.state, "nothing");
});
