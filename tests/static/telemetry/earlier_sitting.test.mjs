// From one unit to the next the sensors run on: each row belongs to exactly one of both Sittings.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

class Page extends EventTarget {
  visibilityState = "visible";
  cookie = "csrftoken=abc";
}

class Wire {
  static made = [];
  blocks = [];
  texts = [];
  closed = false;
  constructor(url) { this.url = url; Wire.made.push(this); }
  send(data) { (typeof data === "string" ? this.texts : this.blocks).push(typeof data === "string" ? JSON.parse(data) : data); }
  close() { this.closed = true; this.onclose?.({ code: 1000 }); }
  say(message) { this.onmessage?.({ data: JSON.stringify(message) }); }
}

const kept = new Map();
Object.assign(globalThis, {
  document: new Page(),
  window: new EventTarget(),
  location: { protocol: "https:", host: "school.example" },
  sessionStorage: { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v) },
  WebSocket: Wire,
});
const { Sitting } = await import("../../../static/js/telemetry/sitting.js");
const { HANDOVER_MS } = await import("../../../static/js/telemetry/handover.js");
const { LAST_ROWS_MS } = await import("../../../static/js/telemetry/earlier_sitting.js");

let [sitting, feed, runs, told, begins] = [];

/** A sensor that gives rows when the test says so. */
const sensor = (stream) => async () => ({
  stream, rateHz: 1, channels: [],
  start: (onRows) => {
    runs[stream] = (runs[stream] ?? 0) + 1;
    feed[stream] = (endMs = performance.now()) => onRows([[1, 1, 0, 0]], { endMs });
    return () => { runs[stream] -= 1; };
  },
});
const stream = (name, more = {}) => ({ stream: name, epoch: 3, next_seq: 0, ...more });
const settle = async () => { for (let round = 0; round < 20; round += 1) await turn(); };
const seconds = (passed) => mock.timers.tick(1000 * passed);
const [first, second] = [() => Wire.made[0], () => Wire.made[1]];

/** Open a unit's Sitting and welcome it. */
async function welcome(wire, streams, now = 0) {
  wire.onopen();
  wire.say({ type: "welcome", sitting: "s", now, streams });
  await settle();
}

async function begun(streams = [stream("activity")]) {
  void sitting.open({ unit: "u1" });
  await settle();
  await welcome(first(), streams, 100);
}

beforeEach(() => {
  [feed, runs, told, begins] = [{}, {}, [], { answer: () => Response.json({ sitting: "s2", now: 0, paused: false }) }];
  Wire.made = [];
  document = new Page();
  for (const name of ["over", "consent"]) document.addEventListener(`attune:${name}`, ({ detail }) => told.push([name, detail]));
  mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
  let ms = 1e6;
  mock.method(performance, "now", () => ms + Date.now());
  mock.method(globalThis, "fetch", async () => (Wire.made.length ? begins.answer() : Response.json({ sitting: "s1", now: 100, paused: false })));
  sitting = new Sitting();
  sitting.sensing.sensors = { activity: sensor("activity"), pointer: sensor("pointer") };
});
afterEach(() => { sitting.close(); mock.timers.reset(); mock.restoreAll(); });

test("rows belong to the old Sitting until the welcome of the new one, and to the new one from then", async () => {
  await begun();
  seconds(1);
  void sitting.move({ unit: "u2" });
  feed.activity();
  await settle();
  feed.activity();
  assert.equal(runs.activity, 1);
  seconds(1);
  assert.equal(first().blocks.length, 1);
  await welcome(second(), [stream("activity", { next_seq: 7 })], 1);
  seconds(2);
  feed.activity();
  seconds(1);
  assert.deepEqual([first().blocks.length, second().blocks.length, runs.activity], [1, 1, 1]);
  assert.deepEqual(sitting.outbox.unacked(), { activity: [[7, 7]] });
});

test("rows that began before the new Sitting belong to the old one, also after its welcome", async () => {
  await begun();
  seconds(1);
  void sitting.move({ unit: "u2" });
  await settle();
  seconds(0.5);
  await welcome(second(), [stream("activity")], 0.5);
  feed.activity(performance.now() + 400);
  seconds(1);
  assert.deepEqual([first().blocks.length, second().blocks.length], [1, 0]);
  assert.deepEqual(sitting.outbox.unacked(), {});
});

test("the old Sitting closes when its last rows are stored", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  feed.activity();
  await settle();
  await welcome(second(), [stream("activity")]);
  seconds(LAST_ROWS_MS / 1000 + 1);
  assert.equal(first().closed, false);
  first().say({ type: "ack", stream: "activity", seq: 0 });
  seconds(1);
  assert.deepEqual([first().closed, second().closed], [true, false]);
});

test("a stream that the new Sitting does not allow stops with its welcome", async () => {
  await begun([stream("activity"), stream("pointer")]);
  void sitting.move({ unit: "u2" });
  await settle();
  await welcome(second(), [stream("activity")]);
  assert.deepEqual(runs, { activity: 1, pointer: 0 });
});

test("under another scenario sensing stops at once", async () => {
  await begun();
  void sitting.move({ unit: "u2", scenario: "graded" });
  assert.deepEqual([runs.activity, first().closed], [0, true]);
});

test("in the same unit the Sitting goes on", async () => {
  await begun();
  await sitting.move({ unit: "u1" });
  assert.deepEqual([Wire.made.length, runs.activity, first().closed], [1, 1, false]);
});

test("a Sitting that cannot be opened ends what is sensed, and says so", async () => {
  begins.answer = () => new Response("", { status: 500 });
  await begun();
  void sitting.move({ unit: "u2" });
  await settle();
  seconds(HANDOVER_MS / 1000 - 1);
  assert.deepEqual([runs.activity, told], [1, []]);
  seconds(2);
  assert.deepEqual([runs.activity, first().closed, told], [0, true, [["over", { why: "unopened" }]]]);
});

test("a pause in between stays a pause", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  sitting.pauses.pause();
  await settle();
  await welcome(second(), [stream("activity")]);
  assert.deepEqual([runs.activity, sitting.paused], [0, true]);
  assert.equal(second().texts.filter(({ type, paused }) => type === "pause" && paused).length, 1);
});

test("a withdrawal that the old socket reports stops the stream before the new welcome", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  feed.activity();
  first().say({ type: "consent.changed", scope: "activity:adapt", granted: false, epoch: 4, next_seq: 0 });
  await settle();
  seconds(1);
  assert.deepEqual([runs.activity, first().blocks, told[0][0]], [0, [], "consent"]);
});

test("an event of the new unit belongs to its own Sitting", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  sitting.learner.event("play", 0);
  await settle();
  await welcome(second(), []);
  const played = (wire) => wire.texts.filter(({ name }) => name === "play").length;
  assert.deepEqual([played(first()), played(second())], [0, 1]);
});
