// What a Sitting that the page has left still takes and sends.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { RowTimes, Clock } from "../../../static/js/telemetry/clock.js";
import { EarlierSitting, LAST_ROWS_MS, LONGEST_MS } from "../../../static/js/telemetry/earlier_sitting.js";
import { Outbox } from "../../../static/js/telemetry/outbox.js";
import { memoryStore } from "../../../static/js/telemetry/outbox_store.js";

let [earlier, socket, told] = [];
const ROW = [[1, 1, 0, 0]];

beforeEach(() => {
  mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
  mock.method(performance, "now", () => 1e6 + Date.now());
  told = [];
  socket = { isClosed: false, close() { this.isClosed = true; } };
  const clock = new Clock(() => performance.now());
  clock.sync(100);
  earlier = new EarlierSitting({
    outbox: new Outbox(memoryStore(), "s1"), rowTimes: new RowTimes(clock), socket,
    epochs: new Map([["activity", 3], ["pointer", 3]]),
  }, { withdrawn: (change) => told.push(change.scope), ended: () => told.push("ended") });
});
afterEach(() => { earlier.close(); mock.timers.reset(); mock.restoreAll(); });

const take = (stream = "activity", epoch = 3) => earlier.take(stream, epoch, ROW, 1, performance.now());

test("rows of another consent, or of a stream that was not sensed, are not taken", () => {
  take("activity", 4);
  take("layout");
  assert.deepEqual(earlier.outbox.unacked(), {});
  take();
  assert.deepEqual(earlier.outbox.unacked(), { activity: [[0, 0]] });
});

test("a withdrawal drops its stream alone, and reaches the page", () => {
  take();
  earlier.outbox.addBlock("pointer", 3, () => new Uint8Array([7]));
  socket.heard({ type: "consent.changed", scope: "activity:adapt", granted: false });
  take();
  assert.deepEqual([earlier.outbox.unacked(), told], [{ pointer: [[0, 0]] }, ["activity:adapt"]]);
});

test("a new socket allows less, never more", () => {
  take();
  socket.heard({ type: "welcome", streams: [{ stream: "activity", epoch: 4, next_seq: 9 }, { stream: "layout", epoch: 1, next_seq: 0 }] });
  take("activity", 4);
  take("layout", 1);
  assert.deepEqual(earlier.outbox.unacked(), {});
});

test("it takes what began before the next Sitting, and closes when that is stored", () => {
  take();
  const untilMs = performance.now();
  earlier.finish(untilMs);
  assert.deepEqual([earlier.takes(untilMs - 1), earlier.takes(untilMs)], [true, false]);
  mock.timers.tick(LAST_ROWS_MS + 1000);
  assert.equal(socket.isClosed, false);
  socket.heard({ type: "ack", stream: "activity", seq: 0 });
  mock.timers.tick(1000);
  assert.deepEqual([socket.isClosed, earlier.takes(untilMs - 1)], [true, false]);
});

test("what cannot be sent in time waits for its own page", () => {
  take();
  earlier.finish(performance.now());
  mock.timers.tick(LONGEST_MS + 1000);
  assert.deepEqual([socket.isClosed, earlier.outbox.unacked()], [true, { activity: [[0, 0]] }]);
});

test("a refusal closes it, and an interruption does not", () => {
  socket.changed(false, 1006);
  assert.deepEqual([socket.isClosed, told], [false, []]);
  socket.changed(false, 4401);
  assert.deepEqual([socket.isClosed, told], [true, ["ended"]]);
});

test("once it is closed its store does not block the next page", () => {
  const closes = mock.method(earlier.outbox.store, "close").mock;
  take();
  assert.equal(closes.callCount(), 0);
  earlier.close();
  earlier.close();
  assert.equal(closes.callCount(), 1);
});
