// What counts as a jump in a video, with events in the order in which a browser dispatches them.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { jumps } from "../../../../static/js/lib/video/seek_events.js";

let video, told, stop;

beforeEach(() => {
  video = Object.assign(new EventTarget(), { currentTime: 0 });
  told = [];
  stop = new AbortController();
  jumps(video, 12, (seconds) => told.push(seconds), stop.signal, 10);
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

test("a jump that has not settled is not reported after the player is gone", async () => {
  play(10);
  jump(60);
  stop.abort();
  await settle();
  assert.deepEqual(told, []);
});

/** What a browser dispatches when a video loads again in another size, at the same second. */
function load() {
  const at = video.currentTime;
  video.currentTime = 0;
  for (const name of ["emptied", "timeupdate", "loadedmetadata"]) send(name);
  jump(at);
}

test("loading again at the same second is no jump, and the next one has its own distance", async () => {
  play(30);
  load();
  await settle();
  assert.deepEqual(told, []);
  jump(50);
  await settle();
  assert.deepEqual(told, [20]);
});

test("a jump just before the video loads again is reported once", async () => {
  play(30);
  jump(60);
  load();
  await settle();
  assert.deepEqual(told, [30]);
});
