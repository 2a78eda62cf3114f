// What counts as an action of a person on a video, also while it loads again in another size.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { connect } from "../../../../static/js/controllers/lessons/quality_controller.js";
import { actionsOf } from "../../../../static/js/lib/video/action_events.js";
import { open } from "../../dom.mjs";

const PLAYER = `<div id="player"><video><source src="/large.mp4#t=0.0"></video>
  <select data-quality><option value="auto"></option></select></div>`;
const SIZES = [["auto", "Auto"], ["/large.mp4", "1080p"], ["/small.mp4", "480p"]];
let video, menu, told;

/** A video that loads as a browser does: it pauses without an event and takes its usual speed. */
function makeVideo(element) {
  const send = (name) => queueMicrotask(() => element.dispatchEvent(new Event(name)));
  let [rate, usual] = [1, 1];
  Object.assign(element, { currentTime: 0, paused: true, clientWidth: 4000 });
  Object.defineProperties(element, {
    playbackRate: { get: () => rate, set(to) { if (to !== rate) send("ratechange"); rate = to; } },
    defaultPlaybackRate: { get: () => usual, set(to) { if (to !== usual) send("ratechange"); usual = to; } },
  });
  element.pause = () => { element.paused = true; send("pause"); };
  element.play = async () => { if (element.paused) send("play"); element.paused = false; };
  element.load = () => {
    const [, at] = element.children[0].getAttribute("src").split("#t=");
    send("emptied");
    element.paused = true;
    element.currentTime = 0;
    element.playbackRate = usual;
    send("timeupdate");
    setTimeout(() => {
      element.currentTime = Number(at);
      for (const name of ["loadedmetadata", "seeking", "timeupdate", "seeked"]) send(name);
    });
  };
  return element;
}

beforeEach(() => {
  globalThis.devicePixelRatio = 1;
  globalThis.navigator ??= {};
  globalThis.localStorage = { getItem: () => null, setItem: () => undefined };
  open(PLAYER);
  video = makeVideo(document.querySelector("video"));
  menu = document.querySelector("select");
  const options = SIZES.map(([value, label]) => ({ value, label, dataset: { width: value === "/small.mp4" ? "480" : "1920" } }));
  Object.assign(menu, { options, selectedOptions: [], value: "auto" });
  told = [];
  const { signal } = new AbortController();
  connect(document.getElementById("player"), signal);
  actionsOf(video, 0, (name, value) => told.push([name, value]), signal);
});

const settle = () => new Promise((done) => setTimeout(done, 450));
function choose(value) {
  menu.value = value;
  menu.dispatchEvent(new Event("change"));
}
function playTo(seconds) {
  video.currentTime = seconds;
  video.dispatchEvent(new Event("timeupdate"));
}

test("another size keeps the speed and the place, and reports nothing", async () => {
  await video.play();
  video.playbackRate = 1.5;
  await Promise.resolve();
  playTo(30);
  assert.deepEqual(told, [["play", 0], ["rate", 1.5]]);

  choose("/small.mp4");
  await settle();
  assert.deepEqual([video.playbackRate, video.currentTime, video.paused], [1.5, 30, false]);
  assert.deepEqual(told, [["play", 0], ["rate", 1.5]]);

  video.pause();
  await settle();
  assert.deepEqual(told.at(-1), ["pause", 30]);
});

test("after a video that failed was loaded again, play is reported", async () => {
  await video.play();
  await settle();
  video.load();
  await settle();
  await video.play();
  await settle();
  assert.deepEqual(told, [["play", 0], ["play", 0]]);
});
