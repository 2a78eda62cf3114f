import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { Strap, waitMs } from "../../../../static/js/sensors/bluetooth/strap.js";
import { bytesOf, vectors } from "../bytes.mjs";
import { FakeStrap, ecgFrame } from "./fake.mjs";

const CONTROL = "fb005c81";
const DATA = "fb005c82";
const START_ECG = [2, 0, 0, 1, 130, 0, 1, 1, 14, 0];

let given;
let timers;
let now;
let changes;
let device;
let strap;

const ways = {
  now: () => now,
  later: (act, ms) => { const timer = { act, ms }; timers.push(timer); return timer; },
  never: (timer) => { timers = timers.filter((each) => each !== timer); },
};
const heard = { rows: (stream, rows, about) => given.push({ stream, rows, about }), changed: () => { changes += 1; } };
const rows = (stream) => given.filter((each) => each.stream === stream).flatMap((each) => each.rows);
const words = (stream) => given.filter((each) => each.stream === stream && !each.rows.length).map(({ about }) => about.state);
const settle = async () => { for (let round = 0; round < 30; round += 1) await turn(); };
const wear = (worn) => { device = worn; strap = new Strap(worn, heard, ways); };

async function wearing(...streams) {
  for (const stream of streams) strap.want(stream);
  await settle();
}

/** Let the timers of this length run. */
async function pass(ms) {
  const due = timers.filter((timer) => timer.ms === ms);
  timers = timers.filter((timer) => timer.ms !== ms);
  now += ms;
  due.forEach(({ act }) => act());
  await settle();
}

beforeEach(() => {
  [given, timers, now, changes] = [[], [], 5000, 0];
  wear(new FakeStrap());
});

test("only wanted streams are started, over one connection", async () => {
  await wearing("ecg");
  assert.deepEqual([device.tries, device.written], [1, [START_ECG]]);
  assert.equal(device.asked.includes("heart_rate_measurement"), false);
  await wearing("heart", "acc");
  assert.deepEqual([device.tries, device.asked.filter((name) => name.startsWith(CONTROL)).length], [1, 1]);
  assert.deepEqual(device.written.slice(1), [[2, 2, 0, 1, 25, 0, 1, 1, 16, 0, 2, 1, 8, 0]]);
  assert.equal(device.parts.get("heart_rate_measurement").notifies, true);
});

test("frames become rows at the sensor's own rate, placed by its own clock", async () => {
  await wearing("ecg");
  device.tell(DATA, ecgFrame(3, [-150, 0, 812]));
  const { about } = given.at(-1);
  assert.deepEqual(rows("ecg"), [[-150], [0], [812]]);
  assert.deepEqual([about.state, about.rateHz, about.endMs], ["on", 130, 5000 + 1000 / 130]);
  assert.deepEqual(given.find((each) => each.about.device).about.device, { backend: "polar_h10", scale: 1 });
});

test("beats become rows, and a strap without contact is reported as loose", async () => {
  await wearing("heart");
  device.tell("heart_rate", [0x16, 0x49, 0x40, 0x03, 0x52, 0x03]);
  assert.deepEqual(rows("heart").map(([, hr, , contact]) => [hr, contact]), [[73, 1], [73, 1]]);
  assert.equal(strap.contact, true);
  device.tell("heart_rate", [0x14, 0x49]);
  assert.deepEqual([given.at(-1).about.state, given.at(-1).about.quality, strap.contact], ["loose", 0.2, false]);
  device.tell("heart_rate", []);
  assert.equal(rows("heart").length, 3);
});

test("its battery is reported, now and on changes, and a sensor without one still measures", async () => {
  await wearing("ecg");
  assert.equal(strap.battery, 82);
  device.tell("battery_level", [81]);
  assert.equal(strap.battery, 81);
  assert.ok(changes > 0);
  wear(Object.assign(new FakeStrap(), { level: null }));
  await wearing("ecg");
  assert.deepEqual([strap.state, strap.battery], ["on", null]);
});

test("a sensor out of reach is back within half a minute, and no packet counts twice", async () => {
  await wearing("ecg");
  for (const number of [3, 6, 9]) device.tell(DATA, ecgFrame(number, [number, number, number]));
  device.fails = 4;
  device.leave();
  assert.equal(words("ecg").at(-1), "lost");
  const before = now;
  for (const ms of [1000, 2000, 4000, 5000, 5000]) await pass(ms);
  assert.ok(now - before <= 30_000);
  assert.deepEqual([strap.state, device.written.length], ["on", 2]);
  for (const number of [6, 9, 12]) device.tell(DATA, ecgFrame(number, [number, number, number]));
  assert.deepEqual(rows("ecg").map(([value]) => value), [3, 3, 3, 6, 6, 6, 9, 9, 9, 12, 12, 12]);
  const ends = given.filter((each) => each.rows.length).map(({ about }) => about.endMs);
  assert.deepEqual(ends, ends.toSorted((a, b) => a - b));
});

test("unwanted streams are stopped; with the last one the sensor is disconnected", async () => {
  await wearing("ecg", "acc", "heart");
  strap.drop("ecg");
  device.tell(DATA, ecgFrame(3, [1, 2, 3]));
  await settle();
  assert.deepEqual(rows("ecg"), []);
  assert.deepEqual([device.written.at(-1), device.gatt.connected], [[3, 0], true]);
  strap.drop("heart");
  strap.drop("acc");
  await settle();
  assert.deepEqual([device.written.at(-1), device.gatt.connected, strap.state], [[3, 2], false, "resting"]);
  assert.deepEqual(timers, []);
});

test("dropped while it is out of reach, it is not retried", async () => {
  device.fails = 99;
  await wearing("ecg");
  assert.equal(strap.state, "lost");
  strap.drop("ecg");
  await settle();
  assert.deepEqual([timers, strap.state], [[], "resting"]);
});

test("dropped and wanted again while it connects, it is connected once and stays", async () => {
  strap.want("ecg");
  strap.drop("ecg");
  await settle();
  assert.equal(device.gatt.connected, false);
  await wearing("ecg");
  assert.deepEqual([strap.state, device.gatt.connected], ["on", true]);
});

test("a connection that is no longer wanted is closed", async () => {
  const { connect } = device.gatt;
  let open;
  device.gatt.connect = async () => { await new Promise((done) => { open = done; }); return connect(); };
  strap.want("ecg");
  await settle();
  strap.drop("ecg");
  await settle();
  open();
  await settle();
  assert.deepEqual([device.gatt.connected, device.written], [false, []]);
});

test("a sensor that refuses is reported in words", async () => {
  await wearing("ecg", "acc");
  device.tell(CONTROL, bytesOf(vectors("polar").answers.find(({ name }) => name === "being charged").hex));
  assert.equal(words("acc").at(-1), "charging");
  device.tell(CONTROL, [0xf0, 2, 0, 8]);
  assert.equal(words("ecg").at(-1), "refused");
  const told = given.length;
  device.tell(CONTROL, [0xf0, 2, 0, 6]);
  assert.equal(given.length, told);
});

test("eight seconds of silence are reported, and end with the next packet", async () => {
  await wearing("ecg");
  await pass(8000);
  assert.equal(words("ecg").at(-1), "silent");
  device.tell(DATA, ecgFrame(3, [1, 2, 3]));
  assert.equal(given.at(-1).about.state, "on");
});

test("an armband gives pulse and movement: the mean of its lights, in steps that fit", async () => {
  wear(new FakeStrap("Polar Sense 0A1B2C3D"));
  assert.deepEqual(["ppg", "acc", "ecg", "eda", "heart"].map((stream) => strap.gives(stream)), [true, true, false, false, true]);
  await wearing("ppg");
  assert.deepEqual(device.written, [[2, 1, 0, 1, 55, 0, 1, 1, 22, 0, 4, 1, 4]]);
  const { hex, samples } = vectors("polar").frames.find(({ name }) => name.startsWith("compressed PPG"));
  device.tell(DATA, bytesOf(hex));
  assert.deepEqual(rows("ppg"), samples.map(([a, b, c]) => [(a + b + c) / 3]));
  assert.deepEqual(given.find((each) => each.about.device).about.device, { backend: "polar_verity", scale: 128 });
});

test("movement in parts of g is sent in thousandths by the sensor's own factor", async () => {
  wear(new FakeStrap("Polar Sense 0A1B2C3D"));
  await wearing("acc");
  device.tell(CONTROL, bytesOf("f002020000" + "050100008039"));
  const { hex, samples } = vectors("polar").frames.find(({ factor }) => factor);
  device.tell(DATA, bytesOf(hex));
  assert.deepEqual(rows("acc"), samples);
});

test("a sensor of another name gives the heart rate alone", async () => {
  wear(new FakeStrap("Some Watch"));
  assert.deepEqual([strap.gives("heart"), strap.gives("ecg")], [true, false]);
});

test("waits double up to five seconds", () => {
  assert.deepEqual([0, 1, 2, 9].map(waitMs), [1000, 2000, 4000, 5000]);
});
