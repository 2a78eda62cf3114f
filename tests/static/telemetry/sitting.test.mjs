import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
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

const kept = new Map();
Object.assign(globalThis, {
  document: new Page(),
  window: new EventTarget(),
  location: { protocol: "https:", host: "school.example" },
  sessionStorage: { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v) },
  WebSocket: Wire,
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

beforeEach(() => {
  asked = [];
  told = [];
  mock.method(globalThis, "fetch", async (url, options) => {
    asked.push({ url, ...options, body: JSON.parse(options.body) });
    return { ok: true, json: async () => ({ sitting: "s1", now: 100, paused: false }) };
  });
  globalThis.document = new Page();
  for (const name of ["welcome", "intervention", "estimate", "consent", "ack", "error", "state"]) {
    document.addEventListener(`attune:${name}`, (event) => told.push([name, event.detail]));
  }
  sitting = new Sitting();
});

test("it asks for the Sitting of this tab's page, which a reload keeps", async () => {
  await opened();
  await new Sitting().open({ unit: "u1" });
  const [first, second] = asked;
  assert.equal(first.url, "/api/v1/sittings/");
  assert.equal(first.headers["X-CSRFToken"], "abc");
  assert.equal(first.body.scenario, "course");
  assert.equal(first.body.page, second.body.page);
  assert.equal(wire().url, "wss://school.example/ws/sittings/s1/");
  sitting.close();
});

test("what was done before the socket was there is sent with the time it was done", async () => {
  sitting.event("play", 0);
  await wait(30);
  await opened();
  const [, event] = texts();
  assert.equal(event.name, "play");
  assert.ok(event.t > 99 && event.t < 100, String(event.t));
  sitting.close();
});

test("an event is sent again after an interruption until it is acknowledged", async () => {
  await opened();
  sitting.event("seek", -8);
  const { id } = texts().at(-1);
  wire().say(welcome());
  assert.equal(texts().filter((m) => m.id === id).length, 2);
  wire().say({ type: "ack", id });
  wire().say(welcome());
  assert.equal(texts().filter((m) => m.id === id).length, 2);
  sitting.close();
});

test("an event the server refuses is not sent for ever", async () => {
  await opened();
  sitting.event("seek", -8);
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

test("an allowed stream is sensed, and withdrawn it stops and its blocks go", async () => {
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

test("what the server says is told to the page", async () => {
  await opened();
  wire().say({ type: "intervention.show", code: "i1" });
  wire().say({ type: "estimate.show", id: "e1" });
  const names = told.map(([name]) => name);
  for (const name of ["welcome", "intervention", "estimate", "state"]) assert.ok(names.includes(name), name);
  sitting.close();
});

test("pausing is told once and outcomes go out", async () => {
  await opened();
  sitting.pause();
  sitting.pause();
  sitting.outcome("i1", "later");
  const [pause, outcome, ...rest] = texts().slice(1);
  assert.deepEqual([pause.type, pause.paused, rest], ["pause", true, []]);
  assert.deepEqual(outcome, { type: "intervention.outcome", code: "i1", outcome: "later" });
  sitting.close();
});

const lastState = () => told.filter(([name]) => name === "state").at(-1)[1];

test("it is pausing until the server says that the pause holds", async () => {
  await opened();
  sitting.pause();
  assert.deepEqual([lastState().paused, lastState().pausing], [true, true]);
  wire().say({ type: "ack", id: "another" });
  assert.equal(lastState().pausing, true);
  wire().say({ type: "ack", id: texts().at(-1).id });
  assert.deepEqual([lastState().paused, lastState().pausing], [true, false]);
  sitting.resume();
  assert.deepEqual([lastState().paused, lastState().pausing], [false, false]);
  sitting.close();
});

test("a resume that was lost on the way is told again, once, and before any block", async () => {
  await opened();
  sitting.resume();
  sitting.pause();
  wire().say({ type: "ack", id: texts().at(-1).id });
  sitting.resume();
  const lost = texts().at(-1);
  wire().say(welcome());
  assert.deepEqual(texts().at(-1), lost);
  wire().say({ type: "ack", id: lost.id });
  const before = texts().length;
  wire().say(welcome());
  assert.equal(texts().length, before);
  sitting.close();
});

test("a pause without a socket is told once when it is there", async () => {
  await sitting.open({ unit: "u1" });
  wire().onopen();
  sitting.pause();
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

test("without a server the course goes on and nothing is thrown", async () => {
  mock.method(globalThis, "fetch", async () => { throw new TypeError("offline"); });
  await sitting.open({ unit: "u1" });
  sitting.event("play");
  sitting.report("stuck");
  sitting.outcome("i1", "later");
  sitting.pause();
  sitting.close();
});
