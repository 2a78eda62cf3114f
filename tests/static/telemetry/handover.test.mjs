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

let [sitting, feed, runs, told, begins, slept] = [];

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
/** When a Block begins, in seconds of its Sitting. */
const beginsAt = (block) => new DataView(block.buffer, block.byteOffset).getFloat64(8, true);
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
  slept = 0;
  // A page's own clock stands still while the computer sleeps.
  mock.method(performance, "now", () => 1e6 + Date.now() - slept);
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
  assert.deepEqual([first(), second()].map(({ blocks: [block] }) => beginsAt(block)), [100, 2]);
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
  assert.ok(Math.abs(beginsAt(first().blocks[0]) - 100.9) < 0.01);
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

/** Let the server open the next Sitting only when the returned function is called. */
function opensLater() {
  let answer;
  begins.answer = () => new Promise((resolve) => { answer = resolve; });
  return () => { answer(Response.json({ sitting: "s2", now: 0, paused: false })); return settle(); };
}

/** The computer sleeps: its clock goes on. @param {number} ms */
function sleep(ms) {
  slept += ms;
  mock.method(Date, "now", ((real) => () => real() + ms)(Date.now));
}

test("after the computer slept the Sitting before takes nothing more", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  await settle();
  const { outbox } = sitting.handover.earlier[0];
  sleep(600_000);
  feed.activity();
  feed.activity();
  assert.deepEqual([outbox.unacked(), first().closed], [{}, true]);
});

test("nothing is sensed once the server refused the Sitting before and the next one is not there", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  await settle();
  first().onclose({ code: 4409 });
  assert.equal(runs.activity, 0);
});

test("the refusal of a Sitting further back stops nothing", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  await settle();
  await welcome(second(), [stream("activity")]);
  begins.answer = () => Response.json({ sitting: "s3", now: 0, paused: false });
  void sitting.move({ unit: "u3" });
  await settle();
  first().onclose({ code: 4409 });
  assert.deepEqual([runs.activity, sitting.isSensing], [1, true]);
});

test("until the next Sitting is opened, an answer of the page belongs to none", async () => {
  await begun();
  assert.equal(sitting.id, "s1");
  const open = opensLater();
  void sitting.move({ unit: "u2" });
  await settle();
  assert.equal(sitting.id, null);
  await open();
  assert.equal(sitting.id, "s2");
});

test("a report that was not confirmed is sent by the old Sitting, and counts once", async () => {
  await begun();
  const id = sitting.learner.report("stuck");
  const open = opensLater();
  void sitting.move({ unit: "u2" });
  await settle();
  assert.equal(sitting.learner.unsentReports(), 1);
  await open();
  await welcome(second(), []);
  const reports = (wire) => wire.texts.filter((text) => text.id === id).length;
  assert.deepEqual([reports(first()), reports(second())], [1, 0]);
  first().say({ type: "ack", id });
  assert.equal(sitting.learner.unsentReports(), 0);
});

test("a report of a unit that was left before its welcome is sent all the same", async () => {
  void sitting.open({ unit: "u1" });
  await settle();
  const id = sitting.learner.report("stuck");
  void sitting.move({ unit: "u2" });
  await settle();
  await welcome(second(), []);
  await welcome(first(), []);
  assert.deepEqual(first().texts.filter((text) => text.id === id).length, 1);
  feed.activity?.();
  assert.deepEqual(sitting.handover.earlier[0].outbox.unacked(), {});
});

test("a pause in between is told to the new Sitting alone", async () => {
  await begun();
  const open = opensLater();
  void sitting.move({ unit: "u2" });
  await settle();
  sitting.pauses.pause();
  await open();
  sitting.pauses.resume();
  sitting.pauses.pause();
  await welcome(second(), []);
  const pauses = (wire) => wire.texts.filter(({ type }) => type === "pause").length;
  assert.deepEqual([pauses(first()), pauses(second())], [0, 1]);
});

test("back in a unit whose Sitting is still sent, that Sitting goes on with one socket", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  await settle();
  await welcome(second(), [stream("activity")]);
  begins.answer = () => Response.json({ sitting: "s1", now: 105, paused: false });
  void sitting.move({ unit: "u1" });
  await settle();
  assert.deepEqual([first().closed, second().closed, Wire.made.length], [true, false, 3]);
  assert.equal(runs.activity, 1);
  await welcome(Wire.made[2], [stream("activity", { next_seq: 4 })], 105);
  seconds(2);
  feed.activity();
  assert.deepEqual([sitting.id, sitting.outbox.unacked()], ["s1", { activity: [[4, 4]] }]);
});

test("what happens while the page goes on twice belongs to the last unit, and one Sitting is opened", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  void sitting.move({ unit: "u3" });
  sitting.learner.event("play", 0);
  await settle();
  assert.deepEqual([Wire.made.length, sitting.about.unit, sitting.handover.earlier.length], [2, "u3", 1]);
  await welcome(second(), []);
  assert.equal(second().texts.filter(({ name }) => name === "play").length, 1);
});

test("a page that ends while it goes on opens nothing and senses nothing", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  sitting.close();
  await settle();
  assert.deepEqual([Wire.made.length, runs.activity, first().closed], [1, 0, true]);
});

test("Sittings that are sent are forgotten", async () => {
  await begun([]);
  for (const unit of ["u2", "u3", "u4"]) {
    begins.answer = () => Response.json({ sitting: unit, now: 0, paused: false });
    void sitting.move({ unit });
    await settle();
    await welcome(Wire.made.at(-1), []);
    seconds(LAST_ROWS_MS / 1000 + 1);
  }
  assert.equal(sitting.handover.earlier.length, 1);
});

test("a device in use is told to the next Sitting", async () => {
  await begun();
  sitting.sensing.lanes.get("activity").device = { backend: "watch" };
  void sitting.move({ unit: "u2" });
  await settle();
  await welcome(second(), [stream("activity")]);
  const devices = (wire) => wire.texts.filter(({ type }) => type === "device").map(({ backend }) => backend);
  assert.deepEqual([devices(first()), devices(second())], [[], ["watch"]]);
});

test("where everything is switched off, the Sitting before sends nothing more", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  await settle();
  feed.activity();
  sitting.forget();
  seconds(2);
  assert.deepEqual([first().blocks, first().closed, runs.activity], [[], true, 0]);
});

test("a hand-over in time is not given up later", async () => {
  await begun();
  void sitting.move({ unit: "u2" });
  await settle();
  await welcome(second(), [stream("activity")]);
  seconds(HANDOVER_MS / 1000 + 1);
  assert.deepEqual([runs.activity, told], [1, []]);
});

for (const way of ["a test, where sensing stops", "a press that closes the Sitting"]) {
  test(`by ${way}, the next Sitting begins with its own time`, async () => {
    await begun();
    feed.activity();
    seconds(1);
    if (way.startsWith("a press")) sitting.close();
    await sitting.move({ unit: "u2", scenario: way.startsWith("a test") ? "practice" : "course" });
    await welcome(second(), [stream("activity")], 0);
    seconds(3);
    feed.activity();
    seconds(1);
    assert.deepEqual(second().blocks.map(beginsAt), [2]);
  });
}

test("after a Sitting closed, what happens before the next one belongs to the next one alone", async () => {
  await begun();
  const { outbox } = sitting;
  const open = opensLater();
  sitting.close();
  void sitting.move({ unit: "u2", scenario: "practice" });
  const id = sitting.learner.report("stuck");
  assert.equal(outbox.texts.has(id), false);
  await open();
  await welcome(second(), []);
  const reports = (wire) => wire.texts.filter((text) => text.id === id).length;
  assert.deepEqual([reports(first()), reports(second())], [0, 1]);
});

for (const isClosed of [true, false]) {
  test(`what never had a Sitting goes to no other one, and is refused${isClosed ? " when it closes" : ""}`, async () => {
    mock.method(globalThis, "fetch", async () => new Response("", { status: 500 }));
    await sitting.open({ unit: "u1" });
    document.addEventListener("attune:error", ({ detail }) => told.push(detail.id));
    const id = sitting.learner.report("stuck");
    mock.method(globalThis, "fetch", async () => begins.answer());
    if (isClosed) sitting.close();
    await (isClosed ? sitting.open({ unit: "u2" }) : sitting.move({ unit: "u2" }));
    await welcome(first(), []);
    assert.deepEqual([first().texts.filter((text) => text.id === id), told], [[], [id]]);
  });
}

for (const paused of [true, false]) {
  test(`${paused ? "a pause" : "a resume"} holds in a unit whose Sitting says otherwise, and its Sitting is told`, async () => {
    await begun();
    if (!paused) sitting.pauses.pause();
    void sitting.move({ unit: "u2" });
    await settle();
    await welcome(second(), [stream("activity")]);
    if (paused) sitting.pauses.pause();
    else sitting.pauses.resume();
    second().say({ type: "ack", id: sitting.pauses.untold.id });
    begins.answer = () => Response.json({ sitting: "s1", now: 105, paused: !paused });
    void sitting.move({ unit: "u1" });
    await settle();
    const again = Wire.made[2];
    await welcome(again, [stream("activity")], 105);
    assert.deepEqual([sitting.paused, runs.activity], [paused, paused ? 0 : 1]);
    assert.deepEqual(again.texts.filter(({ type }) => type === "pause").map((text) => text.paused), [paused]);
  });
}

/** Go on to a unit and begin its Sitting. */
async function goOn(unit, sittingId, now = 0) {
  begins.answer = () => Response.json({ sitting: sittingId, now, paused: false });
  void sitting.move({ unit });
  await settle();
  await welcome(Wire.made.at(-1), [stream("activity")], now);
}

test("rows that began in the second of three units belong to it, whatever follows within seconds", async () => {
  await begun();
  await goOn("u2", "s2");
  seconds(2);
  const beganMs = performance.now() - 500;
  await goOn("u3", "s3");
  feed.activity(beganMs + 1000);
  const kept = sitting.handover.earlier.map(({ outbox }) => [outbox.sitting, outbox.unacked()]);
  assert.deepEqual(kept, [["s1", {}], ["s2", { activity: [[0, 0]] }]]);
});

test("rows that began in the second unit do not belong to the first, back there", async () => {
  await begun();
  await goOn("u2", "s2");
  seconds(2);
  const beganMs = performance.now() - 500;
  await goOn("u1", "s1", 102);
  feed.activity(beganMs + 1000);
  const { outbox } = sitting.handover.earlier.find((each) => !each.isClosed);
  assert.deepEqual([outbox.sitting, outbox.unacked(), sitting.outbox.unacked()], ["s2", { activity: [[0, 0]] }, {}]);
});
