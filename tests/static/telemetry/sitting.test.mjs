import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

class Page extends EventTarget {
  visibilityState = "visible";
  cookie = "csrftoken=abc";
  fullscreenElement = null;
  hasFocus() { return true; }
}

class Wire {
  static made = [];
  sent = [];
  constructor(url) { this.url = url; Wire.made.push(this); }
  send(data) { this.sent.push(typeof data === "string" ? JSON.parse(data) : data); }
  close() { this.onclose?.({ code: 1000 }); }
  say(message) { this.onmessage({ data: JSON.stringify(message) }); }
}

/** The channel between the tabs of one browser; no tab receives its own messages. */
class Air {
  static all = new Set();
  constructor() { Air.all.add(this); }
  postMessage(data) { for (const each of Air.all) if (each !== this) each.onmessage?.({ data }); }
  close() { Air.all.delete(this); }
}

const kept = new Map();
Object.assign(globalThis, {
  document: new Page(),
  window: new EventTarget(),
  location: { protocol: "https:", host: "school.example" },
  sessionStorage: { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v) },
  WebSocket: Wire,
  BroadcastChannel: Air,
});
Object.assign(window, { scrollY: 0 });

const { Sitting } = await import("../../../static/js/telemetry/sitting.js");
let asked;
let sitting;
let told;

const welcome = (streams = []) => ({ type: "welcome", sitting: "s1", now: 100, streams });
const wire = () => Wire.made.at(-1);
const texts = () => wire().sent.filter((message) => message.type);

async function opened(streams) {
  await sitting.open({ unit: "u1" });
  wire().onopen();
  wire().say(welcome(streams));
}

/** Simulate sleep: the computer's clock advances, the page's stops. */
const sleep = (ms) => mock.method(Date, "now", ((real) => () => real() + ms)(Date.now));
afterEach(() => mock.restoreAll());

beforeEach(() => {
  asked = [];
  told = [];
  mock.method(globalThis, "fetch", async (url, options) => {
    asked.push({ url, ...options, body: JSON.parse(options.body) });
    return Response.json({ sitting: "s1", now: 100, paused: false });
  });
  globalThis.document = new Page();
  for (const name of ["welcome", "intervention", "estimate", "consent", "ack", "error", "state", "over", "elsewhere"]) {
    document.addEventListener(`attune:${name}`, (event) => told.push([name, event.detail]));
  }
  sitting = new Sitting();
});

test("it requests the Sitting of this tab's page, which a reload keeps", async () => {
  await opened();
  const other = new Sitting();
  await other.open({ unit: "u1" });
  other.close();
  const [first, second] = asked;
  assert.equal(first.url, "/api/v1/sittings/");
  assert.equal(first.headers["X-CSRFToken"], "abc");
  assert.equal(first.body.scenario, "course");
  assert.equal(first.body.page, second.body.page);
  assert.equal(wire().url, "wss://school.example/ws/sittings/s1/");
  sitting.close();
});

test("events from before the socket are sent with their time", async () => {
  sitting.learner.event("play", 0);
  await wait(30);
  await opened();
  const [, event] = texts();
  assert.equal(event.name, "play");
  assert.ok(event.t > 99 && event.t < 100, String(event.t));
  sitting.close();
});

test("an event is sent again after an interruption until it is acknowledged", async () => {
  await opened();
  sitting.learner.event("seek", -8);
  const { id } = texts().at(-1);
  wire().say(welcome());
  assert.equal(texts().filter((m) => m.id === id).length, 2);
  wire().say({ type: "ack", id });
  wire().say(welcome());
  assert.equal(texts().filter((m) => m.id === id).length, 2);
  sitting.close();
});

test("after a second sign-in each change of visibility is recorded once", async () => {
  await opened();
  wire().onclose({ code: 4401 });
  await opened();
  const before = texts().filter(({ name }) => name === "visibility").length;
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  const after = texts().filter(({ name }) => name === "visibility").length;
  sitting.close();
  assert.equal(after - before, 1);
});

test("an event that the server refuses is not sent forever", async () => {
  await opened();
  sitting.learner.event("seek", -8);
  const { id } = texts().at(-1);
  wire().say({ type: "error", code: "bad_message", detail: "", id });
  wire().say(welcome());
  assert.equal(texts().filter((m) => m.id === id).length, 1);
  sitting.close();
});

test("with every stream off nothing is sensed and no binary message is sent", async () => {
  await opened([]);
  await wait(1200);
  assert.deepEqual(wire().sent.filter((m) => m instanceof Uint8Array), []);
  assert.deepEqual(told.filter(([name]) => name === "state").at(-1)[1].streams, {});
  sitting.close();
});

test("an allowed stream is sensed; withdrawn, it stops and its blocks are deleted", async () => {
  await opened([{ stream: "activity", epoch: 3, next_seq: 5 }]);
  await wait(2300);
  const [block] = wire().sent.filter((m) => m instanceof Uint8Array);
  const view = new DataView(block.buffer, block.byteOffset);
  assert.deepEqual([view.getUint8(1), view.getUint16(2, true), view.getUint32(4, true)], [3, 3, 5]);
  wire().say({ type: "consent.changed", scope: "activity:adapt", granted: false, epoch: 4, next_seq: 6 });
  assert.deepEqual(sitting.outbox.unacked(), {});
  assert.deepEqual(told.filter(([name]) => name === "state").at(-1)[1].streams, {});
  const before = wire().sent.length;
  await wait(1200);
  assert.equal(wire().sent.length, before);
  sitting.close();
});

/**
 * Open a page whose light sensor sends rows when the test says so.
 * @returns {Promise<(rows: number[][], about?: any) => void>}
 */
async function worn() {
  let give;
  const start = (onRows) => { give = onRows; return () => {}; };
  sitting.sensing.sensors = { ppg: async () => ({ stream: "ppg", rateHz: 55, channels: ["ppg"], start }) };
  await opened([{ stream: "ppg", epoch: 3, next_seq: 0 }]);
  await wait(0);
  return (rows, about) => give(rows, about);
}
const devices = () => texts().filter((message) => message.type === "device");
const VERITY = { backend: "polar_verity", scale: 128 };

test("a device is sent before its blocks, which are in its steps", async () => {
  const give = await worn();
  give([], { state: "connecting", device: VERITY });
  give([[256], [1280]], { rateHz: 55 });
  const [device] = devices();
  assert.deepEqual({ ...device, id: "", t: 0 }, { type: "device", id: "", t: 0, stream: "ppg", ...VERITY });
  assert.ok(device.t >= 100 && device.t < 101, String(device.t));
  await wait(1100);
  const block = wire().sent.find((m) => m instanceof Uint8Array);
  assert.ok(wire().sent.indexOf(device) < wire().sent.indexOf(block));
  const view = new DataView(block.buffer, block.byteOffset);
  assert.deepEqual([view.getInt16(24, true), view.getInt16(26, true)], [2, 10]);
  sitting.close();
});

test("a device is sent again after an interruption until it is acknowledged", async () => {
  const give = await worn();
  give([], { device: VERITY });
  const streams = [{ stream: "ppg", epoch: 3, next_seq: 0 }];
  const [{ id }] = devices();
  wire().say(welcome(streams));
  assert.deepEqual(devices().map((m) => m.id), [id, id]);
  wire().say({ type: "ack", id });
  wire().say(welcome(streams));
  assert.equal(devices().length, 2);
  wire().say(welcome([{ stream: "ppg", epoch: 5, next_seq: 0 }]));
  assert.equal(devices().length, 3);
  assert.notEqual(devices()[2].id, id);
  sitting.close();
});

test("a device is sent no more once its stream is withdrawn", async () => {
  const give = await worn();
  give([], { device: VERITY });
  wire().say({ type: "consent.changed", scope: "ppg:adapt", granted: false, epoch: 4, next_seq: 0 });
  assert.equal(sitting.outbox.texts.size, 0);
  wire().say(welcome());
  assert.equal(devices().length, 1);
  sitting.close();
});

test("messages of the server are dispatched to the page", async () => {
  await opened();
  wire().say({ type: "intervention.show", code: "i1" });
  wire().say({ type: "estimate.show", id: "e1" });
  const names = told.map(([name]) => name);
  for (const name of ["welcome", "intervention", "estimate", "state"]) assert.ok(names.includes(name), name);
  sitting.close();
});

test("a pause is sent once and outcomes are sent", async () => {
  await opened();
  sitting.pauses.pause();
  sitting.pauses.pause();
  sitting.learner.outcome("i1", "later");
  const [pause, outcome, ...rest] = texts().slice(1);
  assert.deepEqual([pause.type, pause.paused, rest], ["pause", true, []]);
  assert.deepEqual(outcome, { type: "intervention.outcome", code: "i1", outcome: "later" });
  sitting.close();
});

const blocks = () => wire().sent.filter((message) => message instanceof Uint8Array);

test("blocks from before a pause leave before its message, and none until it ends", async () => {
  await opened([{ stream: "activity", epoch: 3, next_seq: 0 }]);
  sitting.outbox.addBlock("activity", 3, () => new Uint8Array([7]));
  sitting.pauses.pause();
  assert.deepEqual(wire().sent.slice(1).map((message) => message.type ?? "block"), ["block", "pause"]);
  sitting.outbox.addBlock("activity", 3, () => new Uint8Array([8]));
  sitting.guessing.say({ type: "guess" });
  await wait(1100);
  assert.equal(wire().sent.length, 3);
  sitting.pauses.resume();
  await wait(1100);
  assert.deepEqual(blocks().slice(0, 2), [new Uint8Array([7]), new Uint8Array([8])]);
  sitting.close();
});

test("a page that opens paused sends no block of an earlier load", async () => {
  mock.method(globalThis, "fetch", async () => Response.json({ sitting: "s1", now: 100, paused: true }));
  await sitting.open({ unit: "u1" });
  sitting.outbox.addBlock("activity", 3, () => new Uint8Array([7]));
  wire().onopen();
  wire().say(welcome([{ stream: "activity", epoch: 3, next_seq: 0 }]));
  await wait(1100);
  assert.deepEqual(blocks(), []);
  sitting.close();
});

const lastState = () => told.filter(([name]) => name === "state").at(-1)[1];

test("it is pausing until the server confirms the pause", async () => {
  await opened();
  sitting.pauses.pause();
  assert.deepEqual([lastState().paused, lastState().pausing], [true, true]);
  wire().say({ type: "ack", id: "another" });
  assert.equal(lastState().pausing, true);
  wire().say({ type: "ack", id: texts().at(-1).id });
  assert.deepEqual([lastState().paused, lastState().pausing], [true, false]);
  sitting.pauses.resume();
  assert.deepEqual([lastState().paused, lastState().pausing], [false, false]);
  sitting.close();
});

test("a lost resume is sent again, once, and before any block", async () => {
  await opened();
  sitting.pauses.resume();
  sitting.pauses.pause();
  wire().say({ type: "ack", id: texts().at(-1).id });
  sitting.pauses.resume();
  const lost = texts().at(-1);
  wire().say(welcome());
  assert.deepEqual(texts().at(-1), lost);
  wire().say({ type: "ack", id: lost.id });
  const before = texts().length;
  wire().say(welcome());
  assert.equal(texts().length, before);
  sitting.close();
});

test("a pause without a socket is sent once when it is there", async () => {
  await sitting.open({ unit: "u1" });
  wire().onopen();
  sitting.pauses.pause();
  wire().say(welcome());
  assert.equal(texts().filter((message) => message.type === "pause").length, 1);
  sitting.close();
});

test("leaving and coming back to the page is a course event", async () => {
  await opened();
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  const { name, value } = texts().at(-1);
  assert.deepEqual([name, value], ["visibility", 0]);
  sitting.close();
});

test("without a server the course continues and nothing is thrown", async () => {
  mock.method(globalThis, "fetch", async () => { throw new TypeError("offline"); });
  await sitting.open({ unit: "u1" });
  sitting.learner.event("play");
  sitting.learner.report("stuck");
  sitting.learner.outcome("i1", "later");
  sitting.pauses.pause();
  sitting.close();
});

test("after sleep nothing is numbered until the server sent its time", async () => {
  await opened([{ stream: "activity", epoch: 3, next_seq: 0 }]);
  await wait(1200);
  const first = wire();
  sleep(600_000);
  await wait(1100);
  sitting.learner.event("play", 1);
  assert.equal(sitting.online, false);
  const { activity } = lastState().lost;
  assert.ok(activity >= 1, String(activity));
  await wait(600);
  assert.notEqual(wire(), first);
  wire().onopen();
  wire().say({ ...welcome([{ stream: "activity", epoch: 3, next_seq: 1 }]), now: 700 });
  const played = texts().find((message) => message.name === "play");
  assert.ok(played.t > 698 && played.t < 702, String(played.t));
  sitting.close();
});

test("a Sitting that slept over its twelve hours is over: nothing of it is sent or sensed", async () => {
  await opened([{ stream: "activity", epoch: 3, next_seq: 0 }]);
  await wait(1100);
  const made = Wire.made.length;
  const sent = wire().sent.length;
  sleep(24 * 3_600_000);
  sitting.learner.event("play", 1);
  await wait(1500);
  assert.deepEqual(told.filter(([name]) => name === "over"), [["over", { why: "long" }]]);
  assert.deepEqual([Wire.made.length, wire().sent.length], [made, sent]);
  assert.deepEqual(sitting.outbox.unacked(), {});
  assert.deepEqual(lastState().streams, {});
  sitting.close();
});

test("what comes after the end is not accepted, and not confirmed", async () => {
  await opened();
  sleep(24 * 3_600_000);
  assert.deepEqual([sitting.learner.report("stuck"), sitting.learner.report("stuck")], ["", ""]);
  assert.equal(sitting.learner.unsentReports(), 0);
  sitting.close();
});

for (const [code, why] of [[4403, "long"], [4401, "signed_out"], [4409, "elsewhere"], [4400, "broken"]]) {
  test(`closed with ${code} the page senses nothing, and gives the reason`, async () => {
    await opened([{ stream: "activity", epoch: 3, next_seq: 0 }]);
    wire().onclose({ code });
    assert.deepEqual(told.filter(([name]) => name === "over"), [["over", { why }]]);
    assert.deepEqual(lastState().streams, {});
    sitting.close();
  });
}

test("leaving the page is no end that needs a message", async () => {
  await opened();
  const { onclose } = wire();
  sitting.close();
  onclose({ code: 4403 });
  assert.deepEqual(told.filter(([name]) => name === "over"), []);
});

test("a pause in one tab applies to the others, each tells its own Sitting, and none twice", async () => {
  await opened([{ stream: "activity", epoch: 3, next_seq: 0 }]);
  const here = wire();
  const other = new Sitting();
  await other.open({ unit: "u2" });
  wire().onopen();
  wire().say(welcome([{ stream: "activity", epoch: 3, next_seq: 0 }]));
  const there = wire();
  sitting.pauses.pause();
  assert.deepEqual([sitting.paused, other.paused], [true, true]);
  for (const each of [here, there]) {
    assert.deepEqual(each.sent.filter((m) => m.type === "pause").map((m) => m.paused), [true]);
  }
  other.pauses.resume();
  assert.deepEqual([sitting.paused, other.paused], [false, false]);
  sitting.close();
  other.close();
});

test("a page without a Sitting receives what the other tabs sense, and can pause it", async () => {
  await opened([{ stream: "activity", epoch: 3, next_seq: 0 }]);
  const journey = new Sitting();
  journey.pauses.listen();
  await wait(10);
  const heard = () => told.filter(([name]) => name === "elsewhere").at(-1)?.[1];
  assert.deepEqual(Object.keys(heard().streams), ["activity"]);
  journey.pauses.pause();
  assert.equal(sitting.paused, true);
  assert.equal(heard().paused, true);
  assert.equal(journey.pauses.untold, null);
  sitting.close();
  assert.equal(heard(), null);
  journey.close();
});

test("numbers are rounded to the precision of their channel", async () => {
  await opened([{ stream: "activity", epoch: 3, next_seq: 0 }]);
  sitting.sensing.deliver("activity", 3, [[0.98765, 0.1234, 0, 1]], 1);
  assert.deepEqual(sitting.rowTimes.latest.get("activity").rows, [[0.988, 0.123, 0, 1]]);
  const [{ bytes }] = sitting.outbox.blocks.get("activity");
  assert.equal(new DataView(bytes.buffer).getFloat32(24, true), Math.fround(0.988));
  sitting.close();
});

test("on-device inference is loaded first: nothing is sensed or sent until the server was asked again", async (t) => {
  t.after(() => sitting.close());
  const about = { digest: "d1", network: "", integrity: "", streams: ["activity"] };
  const allowed = [];
  await opened([]);
  sitting.sensing.allow = (streams) => allowed.push(streams.map(({ stream }) => stream));
  sitting.sensing.allowOne = (stream) => allowed.push([stream]);
  const streams = [{ stream: "activity", epoch: 1, next_seq: 0 }, { stream: "pointer", epoch: 1, next_seq: 0 }];
  wire().say({ ...welcome(streams), here: about });
  wire().say({ type: "consent.changed", scope: "pointer:adapt", granted: true, epoch: 2, next_seq: 0 });
  assert.deepEqual(allowed, [[]]);
  const before = Wire.made.length;
  while (Wire.made.length === before) await wait(20);
  wire().onopen();
  wire().say({ ...welcome(streams), here: about });
  assert.deepEqual(allowed, [[], ["activity"]]);
  assert.equal(sitting.here.about.digest, "d1");
  wire().say(welcome(streams));
  assert.equal(sitting.here, undefined);
});
