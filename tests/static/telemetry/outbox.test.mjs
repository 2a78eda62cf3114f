import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import {
  CREDIT_BYTES, LARGEST_MESSAGE, LONGEST_MS, LONGEST_SITTING_MS, MOST_BYTES, Outbox, ranges,
} from "../../../static/js/telemetry/outbox.js";
import { memoryStore } from "../../../static/js/telemetry/outbox_store.js";

let store;
let outbox;
let wallMs;
const wall = () => wallMs;
const bytesOf = (size = 4) => (seq) => new Uint8Array(size).fill(seq);
const add = (stream, count, epoch = 1, size = 4) => {
  for (let n = 0; n < count; n += 1) outbox.addBlock(stream, epoch, bytesOf(size));
};
const numbers = (stream) => outbox.blocks.get(stream).map((block) => block.seq);

beforeEach(() => {
  store = memoryStore();
  wallMs = 1e12;
  outbox = new Outbox(store, "s1", wall);
});

test("each stream is numbered on its own, from 0", () => {
  add("pointer", 3);
  add("activity", 1);
  assert.deepEqual(numbers("pointer"), [0, 1, 2]);
  assert.deepEqual(numbers("activity"), [0]);
});

test("a block stays until it is acknowledged", async () => {
  add("pointer", 3);
  outbox.takeMessages(9);
  assert.deepEqual(outbox.unacked(), { pointer: [[0, 2]] });
  outbox.hear({ type: "ack", stream: "pointer", seq: 1 });
  assert.deepEqual(outbox.unacked(), { pointer: [[2, 2]] });
  assert.deepEqual((await store.entries("s1/")).map(([key]) => key), ["s1/b/pointer/0000000002"]);
});

test("an error settles one number and no other", () => {
  add("pointer", 3);
  outbox.hear({ type: "error", stream: "pointer", seq: 1 });
  assert.deepEqual(outbox.unacked(), { pointer: [[0, 0], [2, 2]] });
});

test("sent data is sent once, and all of it again on a new socket", () => {
  add("pointer", 2);
  assert.deepEqual(outbox.takeMessages(9).map((m) => [...m]), [[0, 0, 0, 0, 1, 1, 1, 1]]);
  assert.deepEqual(outbox.takeMessages(9), []);
  outbox.resend();
  assert.equal(outbox.takeMessages(9).length, 1);
});

test("messages are small, in ascending numbers, and no more than requested", () => {
  const size = LARGEST_MESSAGE / 4;
  add("face", 10, 1, size);
  assert.deepEqual(outbox.takeMessages(2).map((m) => m.length / size), [4, 4]);
  outbox.hear({ type: "ack", stream: "face", seq: 7 });
  const [last] = outbox.takeMessages(2);
  assert.deepEqual([last[0], last[size]], [8, 9]);
});

test("a block larger than a message is sent alone", () => {
  add("face", 1, 1, LARGEST_MESSAGE + 1);
  assert.equal(outbox.takeMessages(1)[0].length, LARGEST_MESSAGE + 1);
});

test("withdrawal empties a stream and no other; numbers continue", async () => {
  add("pointer", 2);
  add("activity", 1);
  outbox.empty("pointer");
  assert.deepEqual(outbox.unacked(), { activity: [[0, 0]] });
  assert.equal((await store.entries("s1/b/pointer")).length, 0);
  add("pointer", 1, 3);
  assert.deepEqual(numbers("pointer"), [2]);
});

test("blocks of an earlier epoch are deleted, those of this one stay", () => {
  add("pointer", 2, 1);
  add("pointer", 1, 3);
  outbox.empty("pointer", 3);
  assert.deepEqual(numbers("pointer"), [2]);
});

test("the server may raise the numbers, but never lower them", () => {
  outbox.startAt("pointer", 40);
  outbox.startAt("pointer", 7);
  add("pointer", 1);
  assert.deepEqual(numbers("pointer"), [40]);
});

test("a full outbox drops its oldest blocks, whichever stream's, and counts their seconds", async () => {
  outbox.addBlock("typing", 1, bytesOf(), 5);
  wallMs += 1;
  add("face", MOST_BYTES / LARGEST_MESSAGE + 1, 1, LARGEST_MESSAGE);
  assert.deepEqual(Object.fromEntries(outbox.lost), { typing: 5, face: 1 });
  assert.equal(numbers("face")[0], 1);
  assert.equal(outbox.bytes, MOST_BYTES);
  assert.equal((await store.entries("s1/b/")).length, MOST_BYTES / LARGEST_MESSAGE);
});

test("an event and a report are never dropped, however full it is", async () => {
  await outbox.addText({ id: "r1", type: "report" });
  add("face", 2 * MOST_BYTES / LARGEST_MESSAGE, 1, LARGEST_MESSAGE);
  wallMs += LONGEST_MS + 1;
  outbox.takeMessages(9);
  assert.deepEqual(outbox.unacked(), {});
  assert.equal(outbox.takeTexts().length, 1);
});

test("a block that is too old is not sent, a newer one is", () => {
  add("pointer", 1);
  wallMs += LONGEST_MS;
  add("pointer", 1);
  wallMs += 1;
  assert.deepEqual([...outbox.takeMessages(9)[0]], [1, 1, 1, 1]);
  assert.equal(outbox.lost.get("pointer"), 1);
});

test("nothing more is sent while too much is in flight, and more once it is acknowledged", () => {
  const most = CREDIT_BYTES / LARGEST_MESSAGE;
  add("face", most + 3, 1, LARGEST_MESSAGE);
  assert.equal(outbox.takeMessages(9).length, most);
  assert.equal(outbox.inFlight, CREDIT_BYTES);
  assert.deepEqual(outbox.takeMessages(9), []);
  outbox.hear({ type: "ack", stream: "face", seq: 0 });
  assert.equal(outbox.takeMessages(9).length, 1);
});

test("data that any Sitting left too long ago is deleted, and none of it is sent", async () => {
  add("pointer", 1);
  await outbox.addText({ id: "e1", type: "event" });
  await store.put("s0/b/face/0000000000", { stream: "face", seq: 0, epoch: 1, bytes: new Uint8Array(4) });
  wallMs += LONGEST_MS + 1;
  const again = new Outbox(store, "s1", wall);
  await again.load();
  assert.deepEqual((await store.entries("")).map(([key]) => key), ["s1/t/e1"]);
  assert.deepEqual(again.unacked(), {});
  wallMs += LONGEST_SITTING_MS;
  await new Outbox(store, "s2", wall).load();
  assert.deepEqual(await store.entries(""), []);
});

test("a reload continues with what was stored and its numbers", async () => {
  add("pointer", 2);
  await outbox.addText({ id: "e1", type: "event" });
  const again = new Outbox(store, "s1", wall);
  await again.load();
  assert.deepEqual(again.unacked(), { pointer: [[0, 1]] });
  assert.deepEqual(again.takeTexts(), [{ id: "e1", type: "event" }]);
  again.addBlock("pointer", 1, bytesOf());
  assert.deepEqual(again.unacked(), { pointer: [[0, 2]] });
});

test("another Sitting's outbox is ignored", async () => {
  add("pointer", 2);
  const other = new Outbox(store, "s2", wall);
  await other.load();
  assert.deepEqual(other.unacked(), {});
});

test("an event stays until it is acknowledged", async () => {
  await outbox.addText({ id: "e1", type: "event" });
  assert.equal(outbox.takeTexts().length, 1);
  assert.equal(outbox.takeTexts().length, 0);
  outbox.resend();
  assert.equal(outbox.takeTexts().length, 1);
  await outbox.acknowledgeText("e1");
  outbox.resend();
  assert.equal(outbox.takeTexts().length, 0);
  assert.equal((await store.entries("")).length, 0);
});

test("a device is deleted when its stream is withdrawn, and stays under another epoch", async () => {
  for (const stream of ["face", "ppg"]) await outbox.addText({ id: `d-${stream}`, type: "device", stream });
  await outbox.addText({ id: "e1", type: "event" });
  outbox.empty("face", 7);
  assert.equal(outbox.texts.size, 3);
  outbox.empty("face");
  assert.deepEqual(outbox.takeTexts().map(({ id }) => id), ["d-ppg", "e1"]);
  assert.deepEqual((await store.entries("")).map(([key]) => key), ["s1/t/d-ppg", "s1/t/e1"]);
});

test("ranges join neighbours", () => {
  assert.deepEqual(ranges([1, 2, 3, 7, 9, 10]), [[1, 3], [7, 7], [9, 10]]);
  assert.deepEqual(ranges([]), []);
});
