import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { conductance } from "../../../../static/js/sensors/shimmer/skin_conductance.js";
import { Shimmer } from "../../../../static/js/sensors/shimmer/shimmer.js";
import { FakeShimmer } from "./fake.mjs";

let given;
let timers;
let now;
let port;
let shimmer;

const ways = {
  now: () => now,
  later: (act, ms) => {
    const timer = { act, ms };
    // Waits between commands pass at once; other timers run when the test says so.
    if (ms <= 300) setImmediate(act);
    else timers.push(timer);
    return timer;
  },
  never: (timer) => { timers = timers.filter((each) => each !== timer); },
};
const rows = (stream) => given.filter((each) => each.stream === stream).flatMap((each) => each.rows);
const states = (stream) => given.filter((each) => each.stream === stream).map(({ about }) => about.state);
const orders = () => port.orders.map(([code]) => code);
const settle = async () => { for (let round = 0; round < 60; round += 1) await turn(); };
/** Return skin and pulse samples, all in the second-widest range. */
const samples = (count, from = 0) => Array.from({ length: count }, (_, at) => [2000 + (from + at) % 700, (2 << 14) | (1500 + (from + at) % 900)]);
const means = (list) => Array.from({ length: Math.floor(list.length / 4) }, (_, at) =>
  list.slice(4 * at, 4 * at + 4).reduce((sum, [, raw]) => sum + conductance(raw).us, 0) / 4);
async function fire(ms) {
  const due = timers.filter((timer) => timer.ms === ms);
  timers = timers.filter((timer) => timer.ms !== ms);
  due.forEach(({ act }) => act());
  await settle();
}

async function wearing(...streams) {
  for (const stream of streams) shimmer.want(stream);
  await settle();
}

beforeEach(() => {
  [given, timers, now] = [[], [], 5000];
  port = new FakeShimmer();
  shimmer = new Shimmer(port, { rows: (stream, rows, about) => given.push({ stream, rows, about }), changed: () => {} }, ways);
});

test("only wanted streams are measured", async () => {
  await wearing("eda");
  assert.deepEqual(orders(), [0x20, 0x05, 0x08, 0x21, 0x5e, 0x95, 0x01, 0x07]);
  assert.deepEqual(port.orders[2], [0x08, 4, 0, 0]);
  assert.deepEqual(port.orders[4], [0x5e, 0]);
  assert.equal(port.baudRate, 115_200);
});

test("samples in pieces become whole rows: pulse each, skin in fours", async () => {
  await wearing("eda", "ppg");
  const sent = samples(257);
  port.play(sent);
  await settle();
  assert.deepEqual(rows("ppg"), sent.slice(0, 256).map(([ppg]) => [ppg]));
  assert.deepEqual(rows("eda"), means(sent.slice(0, 256)).map((us) => [us]));
  const { about } = given.findLast(({ stream, rows }) => stream === "ppg" && rows.length);
  assert.deepEqual([about.rateHz, about.state, about.quality], [128, "on", 1]);
  assert.deepEqual(given.find(({ about }) => about.device).about.device, { backend: "shimmer3", scale: 1 });
});

test("a lost byte costs at most two samples, invents none, and ends the stretch", async () => {
  await wearing("ppg");
  const sent = samples(200);
  port.play(sent, 100 * 6 + 5);
  port.play(samples(100, 200));
  await settle();
  const known = new Set([...sent, ...samples(100, 200)].map(([ppg]) => ppg));
  shimmer.drop("ppg");
  const stretches = given.filter(({ stream, rows }) => stream === "ppg" && rows.length);
  assert.ok(rows("ppg").every(([ppg]) => known.has(ppg)));
  assert.deepEqual(stretches.map(({ rows }) => rows.length), [100, 128]);
  assert.equal(stretches[1].rows[0][0], sent[101][0]);
});

test("without skin contact only that is reported, and nothing where the range changes", async () => {
  await wearing("eda");
  port.play([...samples(8), ...Array(6).fill([0, 0xc2ab]), ...samples(9, 8), ...samples(128, 17)]);
  await settle();
  assert.ok(states("eda").includes("loose"));
  assert.deepEqual(rows("eda").slice(0, 2), means(samples(8)).map((us) => [us]));
  // The first sample after the change is left out.
  assert.deepEqual(rows("eda").slice(2, 4), means(samples(8, 9)).map((us) => [us]));
  assert.equal(shimmer.contact, true);
});

test("its battery is reported in tens", async () => {
  await wearing("eda");
  assert.equal(shimmer.battery, 70);
});

test("adding or removing a stream restarts the set-up, removing all closes the port", async () => {
  await wearing("eda");
  await wearing("ppg");
  assert.deepEqual(port.orders.filter(([code]) => code === 0x08).at(-1), [0x08, 4, 1, 0]);
  shimmer.drop("eda");
  await settle();
  assert.deepEqual(port.orders.filter(([code]) => code === 0x08).at(-1), [0x08, 0, 1, 0]);
  shimmer.drop("ppg");
  await settle();
  assert.deepEqual([orders().at(-1), port.readable, shimmer.state], [0x20, null, "resting"]);
  assert.equal(port.opened, 1);
});

test("a lost sensor is opened again, and earlier samples are not repeated", async () => {
  await wearing("ppg");
  port.play(samples(129));
  await settle();
  port.unplug();
  await settle();
  assert.deepEqual([shimmer.state, states("ppg").at(-1)], ["lost", "lost"]);
  await fire(1000);
  assert.equal(shimmer.state, "lost");
  port.plugged = true;
  now += 3000;
  port.ticks -= 64 * 256;
  await fire(2000);
  assert.equal(shimmer.state, "on");
  port.play(samples(64, 65));
  port.play(samples(200, 129));
  await settle();
  assert.equal(rows("ppg").length, 128 + 128);
  assert.deepEqual(rows("ppg").slice(128, 130), samples(2, 128).map(([ppg]) => [ppg]));
});

test("a device that measures something else is refused in words, not read wrongly", async () => {
  port = new FakeShimmer({ channels: [0x00, 0x1c] });
  shimmer = new Shimmer(port, { rows: (stream, rows, about) => given.push({ stream, rows, about }), changed: () => {} }, ways);
  await wearing("eda");
  assert.equal(states("eda").at(-1), "refused");
  assert.equal(orders().includes(0x07), false);
});

test("a device that does not answer is retried", async () => {
  port.open = async () => {
    port.readable = new ReadableStream();
    port.writable = new WritableStream();
  };
  await wearing("eda");
  await fire(2000);
  assert.equal(shimmer.state, "lost");
});

test("eight seconds of silence are reported", async () => {
  await wearing("eda");
  await fire(8000);
  assert.equal(states("eda").at(-1), "silent");
});
