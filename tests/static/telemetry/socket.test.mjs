import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Outbox } from "../../../static/js/telemetry/outbox.js";
import { FINAL, Socket, STALLED_MS, WELCOME_MS, waitMs } from "../../../static/js/telemetry/socket.js";
import { memoryStore } from "../../../static/js/telemetry/outbox_store.js";

let made;
let timers;
let heard;
let states;
let outbox;
let socket;
let nowMs;

class Wire {
  sent = [];
  send(data) { this.sent.push(typeof data === "string" ? JSON.parse(data) : data); }
  close(code) { this.onclose?.({ code }); }
  say(message) { this.onmessage({ data: JSON.stringify(message) }); }
}

const welcome = { type: "welcome", sitting: "s1", now: 1, streams: [] };
const wire = () => made.at(-1);
const ways = {
  connect: () => { made.push(new Wire()); return wire(); },
  random: () => 0.5,
  now: () => nowMs,
  later: (act, ms) => timers.push({ act, ms }) - 1,
  never: (timer) => { if (timers[timer]) timers[timer].act = () => {}; },
};

beforeEach(() => {
  [made, timers, heard, states] = [[], [], [], []];
  nowMs = 0;
  outbox = new Outbox(memoryStore(), "s1");
  socket = new Socket("ws://x", "p1", outbox, (m) => heard.push(m), (...s) => states.push(s), ways);
  socket.open();
  wire().onopen();
});

test("hello comes first and lists what is stored", () => {
  assert.deepEqual(wire().sent, [{ type: "hello", version: 1, page: "p1", unacked: {} }]);
});

test("nothing else is sent before the welcome", () => {
  outbox.addText({ id: "e1", type: "event" });
  socket.flushTexts();
  socket.pass({ type: "pause", paused: true });
  assert.equal(wire().sent.length, 1);
  wire().say(welcome);
  assert.deepEqual(wire().sent.slice(1).map((m) => m.type), ["event", "pause"]);
  assert.deepEqual(states, [[true]]);
});

test("after an interruption unacknowledged data is sent again, and its ranges are listed", () => {
  wire().say(welcome);
  outbox.addBlock("pointer", 1, () => new Uint8Array([7]));
  timers.at(-1).act();
  assert.equal(wire().sent.length, 2);
  wire().onclose({ code: 1006 });
  timers.at(-1).act();
  wire().onopen();
  assert.deepEqual(wire().sent[0].unacked, { pointer: [[0, 0]] });
  wire().say(welcome);
  assert.deepEqual(wire().sent[1], new Uint8Array([7]));
});

test("a pause sends earlier blocks at once and holds later ones until it ends", () => {
  wire().say(welcome);
  outbox.addBlock("pointer", 1, () => new Uint8Array([7]));
  socket.hold(true);
  assert.deepEqual(wire().sent.slice(1), [new Uint8Array([7])]);
  outbox.addBlock("pointer", 1, () => new Uint8Array([8]));
  timers.at(-1).act();
  socket.hold(true);
  assert.equal(wire().sent.length, 2);
  socket.hold(false);
  timers.at(-1).act();
  assert.deepEqual(wire().sent.at(-1), new Uint8Array([8]));
});

test("unacknowledged blocks are not sent again during a pause", () => {
  wire().say(welcome);
  outbox.addBlock("pointer", 1, () => new Uint8Array([7]));
  socket.hold(true);
  wire().onclose({ code: 1006 });
  timers.at(-1).act();
  wire().onopen();
  wire().say(welcome);
  timers.at(-1).act();
  assert.deepEqual(wire().sent.map((message) => message.type), ["hello"]);
});

test("retries are further and further apart, each at a random moment", () => {
  const waits = [];
  for (let n = 0; n < 9; n += 1) {
    wire().onclose({ code: 1006 });
    waits.push(timers.at(-1).ms);
    timers.at(-1).act();
  }
  assert.deepEqual(waits, [250, 500, 1000, 2750, 3750, 3750, 3750, 3750, 3750]);
  assert.deepEqual([waitMs(2, 0), waitMs(3, 0), waitMs(9, 0)], [0, 1500, 2500]);
});

test("an unanswered hello is given up after a minute", () => {
  const asked = wire();
  const { act, ms } = timers.at(-1);
  assert.equal(ms, WELCOME_MS);
  act();
  assert.equal(asked.onclose, null);
  timers.at(-1).act();
  assert.notEqual(wire(), asked);
  wire().onopen();
  wire().say(welcome);
  assert.notEqual(timers.at(-1).ms, WELCOME_MS);
});

/** Return the seconds after the site's return at which each of 1,000 pages retries. */
function backAfter(awayS) {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  return Array.from({ length: 1000 }, () => {
    let s = 0;
    for (let attempt = 0; s < awayS; attempt += 1) s += waitMs(attempt, random()) / 1000;
    return s - awayS;
  });
}

test("however long the site was away, a class is back within five seconds, and not all at once", () => {
  for (const awayS of [1, 4, 15, 600]) assert.ok(Math.max(...backAfter(awayS)) < 5, `${awayS} s`);
  const seconds = backAfter(600).map(Math.floor);
  const most = Math.max(...[0, 1, 2, 3, 4, 5, 6, 7].map((s) => seconds.filter((x) => x === s).length));
  assert.ok(most < 300, `${most} in one second`);
});

test("a welcome makes the next wait short again", () => {
  wire().onclose({ code: 1006 });
  timers.at(-1).act();
  wire().onopen();
  wire().say(welcome);
  wire().onclose({ code: 1006 });
  assert.equal(timers.at(-1).ms, 250);
});

for (const code of FINAL) {
  test(`after ${code} it does not reconnect`, () => {
    const before = timers.length;
    wire().onclose({ code });
    assert.equal(timers.length, before);
    assert.deepEqual(states.at(-1), [false, code]);
  });
}

test("a server that takes Blocks and answers nothing is left, and its Blocks are sent again", () => {
  wire().say(welcome);
  outbox.addBlock("pointer", 1, () => new Uint8Array([7]));
  const pump = () => timers.at(-1).act();
  pump();
  nowMs += STALLED_MS;
  pump();
  assert.equal(made.length, 1);
  nowMs += 1;
  pump();
  assert.deepEqual(states.at(-1), [false, 1006]);
  timers.at(-1).act();
  wire().onopen();
  wire().say(welcome);
  assert.deepEqual(wire().sent.at(-1), new Uint8Array([7]));
});

test("answers to other messages do not hide that Blocks are not answered", () => {
  wire().say(welcome);
  outbox.addBlock("pointer", 1, () => new Uint8Array([7]));
  const pump = () => timers.at(-1).act();
  pump();
  nowMs += STALLED_MS + 1;
  wire().say({ type: "ack", id: "e1" });
  pump();
  assert.deepEqual(states.at(-1), [false, 1006]);
});

test("silence alone is no stall: nothing was sent that wants an answer", () => {
  wire().say(welcome);
  nowMs += 10 * STALLED_MS;
  timers.at(-1).act();
  outbox.addBlock("pointer", 1, () => new Uint8Array([7]));
  timers.at(-1).act();
  timers.at(-1).act();
  assert.equal(made.length, 1);
});

test("closing ends it permanently", () => {
  wire().say(welcome);
  socket.close();
  assert.equal(made.length, 1);
  timers.forEach(({ act }) => act());
  assert.equal(made.length, 1);
});

test("each message of the server is passed on", () => {
  wire().say(welcome);
  wire().say({ type: "ack", id: "e1" });
  assert.deepEqual(heard.map((m) => m.type), ["welcome", "ack"]);
});
