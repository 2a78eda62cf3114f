// What counts as a jump in a video, with events in the order in which a browser dispatches them.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { jumps } from "../../../../static/js/lib/video/seek_events.js";

let video, told;

beforeEach(() => {
  video = Object.assign(new EventTarget(), { currentTime: 0 });
  told = [];
  jumps(video, 12, (seconds) => told.push(seconds), new AbortController().signal, 10);
});

const send = (name) => video.dispatchEvent(new Event(name));
const play = (to) => { video.currentTime = to; send("timeupdate"); };
const jump = (to) => { video.currentTime = to; for (const name of ["seeking", "timeupdate", "seeked"]) send(name); };
const settle = () => new Promise((done) => setTimeout(done, 40));

test("a jump is reported by its distance, from where playing was", async () => {
  play(30);
  jump(20);
  await settle();
  assert.deepEqual(told, [-10]);
  play(21);
  jump(60);
  await settle();
  assert.deepEqual(told, [-10, 39]);
});

test("going to the initial position is no jump", async () => {
  jump(12);
  await settle();
  assert.deepEqual(told, []);
});

test("a drag is one jump, and playing on before it settles does not lengthen it", async () => {
  play(10);
  jump(20);
  jump(35);
  jump(50);
  play(50.2);
  await settle();
  assert.deepEqual(told, [40]);
});

test("a step that is no jump is not reported", async () => {
  play(10);
  jump(10.3);
  await settle();
  assert.deepEqual(told, []);
});
