import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { Sensing } from "../../../static/js/telemetry/sensor_manager.js";

globalThis.DOMException ??= class DOMException extends Error {};
let delivered;
let loads;
let give;
let stops;
let sensing;

const sensor = (stream) => async () => {
  loads.push(stream);
  return {
    stream, rateHz: 1, channels: ["x"],
    start: (onRows) => { give = onRows; return () => stops.push(stream); },
  };
};

beforeEach(() => {
  [delivered, loads, stops] = [[], [], []];
  sensing = new Sensing((...what) => delivered.push(what), () => {}, {
    pointer: sensor("pointer"),
    face: async () => { throw new DOMException("no", "NotAllowedError"); },
  });
});

test("no code of a sensor is fetched before its stream is allowed", async () => {
  sensing.allow([]);
  await turn();
  assert.deepEqual(loads, []);
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  assert.deepEqual(loads, ["pointer"]);
});

test("rows are delivered with the epoch they were taken under", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  give([[1]], { quality: 0.5 });
  assert.deepEqual(delivered, [["pointer", 4, [[1]], 1, undefined]]);
  assert.deepEqual(sensing.states(), { pointer: { state: "on", quality: 0.5, rows: 1 } });
});

test("after withdrawal the sensor stops and a late row is dropped", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  sensing.forbid("pointer");
  give([[1]]);
  assert.deepEqual(stops, ["pointer"]);
  assert.deepEqual(delivered, []);
  assert.deepEqual(sensing.states(), {});
});

test("withdrawal while the code is still loading starts nothing", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  sensing.forbid("pointer");
  give = undefined;
  await turn();
  assert.equal(give, undefined);
});

test("a welcome without a stream stops it", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  sensing.allow([]);
  assert.deepEqual(stops, ["pointer"]);
});

test("pausing stops every sensor, resuming starts them again", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  const early = give;
  sensing.pause(true);
  early([[1]]);
  assert.deepEqual([stops, delivered, sensing.states().pointer.state], [["pointer"], [], "paused"]);
  sensing.pause(false);
  await turn();
  give([[2]]);
  assert.equal(delivered.length, 1);
});

/** A sensor whose camera opens when the test says so: `opening` = the pending requests. */
function slowCamera() {
  const opening = [];
  const running = new Set();
  const slow = new Sensing((...what) => delivered.push(what), () => {}, {
    face: async () => ({
      stream: "face", rateHz: 10, channels: ["x"],
      start: (onRows) => new Promise((resolve, reject) => {
        const camera = { onRows, reject };
        opening.push({ ...camera, open: () => { running.add(camera); resolve(() => running.delete(camera)); } });
      }),
    }),
  });
  return { slow, opening, running };
}

test("a quick pause and resume while the camera opens leaves one camera, and none after a stop", async () => {
  const { slow, opening, running } = slowCamera();
  slow.allow([{ stream: "face", epoch: 1 }]);
  await turn();
  slow.pause(true);
  slow.pause(false);
  await turn();
  for (const camera of opening) camera.open();
  await turn();
  assert.equal(running.size, 1);
  assert.equal(slow.states().face.state, "on");
  opening[0].onRows([[1]]);
  assert.deepEqual(delivered, []);
  opening.at(-1).onRows([[2]]);
  assert.equal(delivered.length, 1);
  slow.pause(true);
  assert.equal(running.size, 0);
});

test("the older of two starts may finish last and is stopped all the same", async () => {
  const { slow, opening, running } = slowCamera();
  slow.allow([{ stream: "face", epoch: 1 }]);
  await turn();
  slow.pause(true);
  slow.pause(false);
  await turn();
  for (const camera of opening.toReversed()) { camera.open(); await turn(); }
  assert.equal(running.size, 1);
  slow.stop();
  assert.equal(running.size, 0);
});

test("a start that fails after a pause does not hide that the stream is paused", async () => {
  const { slow, opening } = slowCamera();
  slow.allow([{ stream: "face", epoch: 1 }]);
  await turn();
  slow.pause(true);
  opening[0].reject(new Error("gone"));
  await turn();
  assert.equal(slow.states().face.state, "paused");
});

test("pausing and resuming while the code still loads starts one sensor", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  sensing.pause(true);
  sensing.pause(false);
  await turn();
  assert.equal(sensing.states().pointer.state, "on");
  sensing.forbid("pointer");
  assert.deepEqual(stops, ["pointer"]);
});

test("a stream allowed while paused waits", async () => {
  sensing.pause(true);
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  assert.deepEqual(loads, []);
  sensing.pause(false);
  await turn();
  assert.deepEqual(loads, ["pointer"]);
});

test("a refused camera is reported and stops nothing else", async () => {
  sensing.allow([{ stream: "face", epoch: 1 }, { stream: "pointer", epoch: 4 }]);
  await turn();
  assert.equal(sensing.states().face.state, "denied");
  assert.equal(sensing.states().pointer.state, "on");
});

test("a slower rate requested by the server is set, now and after each start", async () => {
  const asked = [];
  const slowed = new Sensing(() => {}, () => {}, {
    face: async () => ({ stream: "face", rateHz: 10, channels: ["x"], start: () => () => {}, slow: (hz) => asked.push(hz) }),
    pointer: sensor("pointer"),
  });
  slowed.slow("face", 5);
  slowed.allow([{ stream: "face", epoch: 1 }, { stream: "pointer", epoch: 1 }]);
  await turn();
  slowed.slow("face", 2);
  slowed.slow("face", 0);
  slowed.slow("pointer", 0.5);
  slowed.pause(true);
  slowed.pause(false);
  await turn();
  assert.deepEqual(asked, [5, 2, 2]);
});

test("a restart closes running sensors and opens them again", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  const early = give;
  sensing.restart();
  await turn();
  early([[1]]);
  give([[2]]);
  assert.deepEqual([stops, delivered.length], [["pointer"], 1]);
});

test("over plain http nothing is sensed, and this is reported", async () => {
  globalThis.isSecureContext = false;
  try {
    sensing.allow([{ stream: "pointer", epoch: 4 }]);
    sensing.pause(true);
    sensing.pause(false);
    await turn();
    assert.deepEqual([loads, sensing.states().pointer.state], [[], "insecure"]);
  } finally {
    delete globalThis.isSecureContext;
  }
});

test("a stream without a sensor in this browser is reported, not failed", () => {
  sensing.allow([{ stream: "eeg", epoch: 1 }]);
  assert.equal(sensing.states().eeg.state, "no sensor");
});

test("a sensor may report that its device went away", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  give([], { state: "unplugged", quality: 0 });
  assert.deepEqual(sensing.states().pointer, { state: "unplugged", quality: 0, rows: 0 });
  assert.deepEqual(delivered, []);
});

test("a device is reported before its rows, once, and again when it changes", async () => {
  const order = [];
  const worn = new Sensing((stream) => order.push(stream), () => {}, { ppg: sensor("ppg") },
    (stream, { backend, scale }) => order.push([stream, backend, scale]));
  const verity = { backend: "polar_verity", scale: 128 };
  worn.allow([{ stream: "ppg", epoch: 1 }]);
  await turn();
  give([], { state: "connecting", device: verity });
  give([[1]], { device: { ...verity } });
  worn.pause(true);
  worn.pause(false);
  await turn();
  give([], { device: verity });
  give([[2]], { device: { backend: "shimmer3" } });
  assert.deepEqual(order, [["ppg", "polar_verity", 128], "ppg", ["ppg", "shimmer3", undefined], "ppg"]);
  assert.equal(worn.states().ppg.backend, "shimmer3");
});

test("a device is reported again under a new consent", async () => {
  const said = [];
  const worn = new Sensing(() => {}, () => {}, { ppg: sensor("ppg") }, (stream, device) => said.push(device.backend));
  worn.allow([{ stream: "ppg", epoch: 1 }]);
  await turn();
  give([], { device: { backend: "shimmer3" } });
  worn.allow([{ stream: "ppg", epoch: 1 }]);
  assert.deepEqual(said, ["shimmer3"]);
  worn.allow([{ stream: "ppg", epoch: 3 }]);
  assert.deepEqual(said, ["shimmer3", "shimmer3"]);
  worn.forbid("ppg");
  give([], { device: { backend: "lsl" } });
  worn.allow([{ stream: "ppg", epoch: 3 }]);
  await turn();
  give([], { device: { backend: "shimmer3" } });
  assert.deepEqual(said, ["shimmer3", "shimmer3", "shimmer3"]);
});

test("reporting a device does not mean that it gives rows", async () => {
  sensing.allow([{ stream: "pointer", epoch: 4 }]);
  await turn();
  give([], { state: "connecting" });
  give([], { device: { backend: "human" } });
  assert.equal(sensing.states().pointer.state, "connecting");
});
