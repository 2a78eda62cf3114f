import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { pair, start } from "../../../../static/js/sensors/heart.js";
import { Link, waitMs } from "../../../../static/js/sensors/heart/link.js";

/** A sensor as Web Bluetooth shows it: connects `fails` times in vain, then measures what it is told to. */
class Strap extends EventTarget {
  constructor(fails = 0) {
    super();
    this.fails = fails;
    this.tries = 0;
    this.asked = [];
    this.measurement = Object.assign(new EventTarget(), { startNotifications: async () => {} });
    this.gatt = {
      connected: false,
      connect: async () => this.#connect(),
      disconnect: () => { this.gatt.connected = false; this.dispatchEvent(new Event("gattserverdisconnected")); },
    };
  }

  async #connect() {
    this.tries += 1;
    if (this.fails-- > 0) throw new Error("out of reach");
    this.gatt.connected = true;
    const get = (answer) => async (name) => { this.asked.push(name); return answer; };
    return { getPrimaryService: get({ getCharacteristic: get(this.measurement) }) };
  }

  measure(...bytes) {
    this.measurement.value = new DataView(Uint8Array.from(bytes).buffer);
    this.measurement.dispatchEvent(new Event("characteristicvaluechanged"));
  }
}

let told;
let stop;
const onRows = (rows, about) => told.push({ rows, ...about });
const words = () => told.map(({ state }) => state);
const browser = (bluetooth) => Object.defineProperty(globalThis, "navigator", { value: { bluetooth }, configurable: true });

beforeEach(() => { told = []; stop = () => {}; });
afterEach(() => stop());

test("a browser without Bluetooth is said, and pairing says it too", async () => {
  browser(undefined);
  stop = start(onRows);
  assert.deepEqual(words(), ["no_bluetooth"]);
  assert.equal(await pair(), "no_bluetooth");
});

test("without a chosen sensor it says so, and a closed chooser changes nothing", async () => {
  browser({ requestDevice: async () => { throw new Error("cancelled"); } });
  stop = start(onRows);
  assert.equal(await pair(), "none_chosen");
  assert.deepEqual(words(), ["unpaired"]);
});

test("a chosen sensor is connected and its beats become rows", async () => {
  const strap = new Strap();
  browser({ requestDevice: async (wish) => { assert.deepEqual(wish, { filters: [{ services: ["heart_rate"] }] }); return strap; } });
  stop = start(onRows);
  assert.equal(await pair(), "paired");
  await turn();
  assert.deepEqual(strap.asked, ["heart_rate", "heart_rate_measurement"]);
  strap.measure(0x16, 0x49, 0x40, 0x03, 0x52, 0x03);
  const { rows, state, quality } = told.at(-1);
  assert.deepEqual([state, quality, rows.length, rows[1][1], rows[1][3]], ["on", 1, 2, 73, 1]);
  strap.measure(0x14, 0x49);
  assert.deepEqual([told.at(-1).state, told.at(-1).quality], ["loose", 0.2]);
  stop();
  assert.equal(strap.gatt.connected, false);
  const before = told.length;
  strap.measure(0x10, 0x48, 0x54, 0x03);
  assert.equal(told.length, before);
});

test("a sensor that went out of reach is tried again, ever more slowly, until it is back", async () => {
  const strap = new Strap(2);
  const waits = [];
  const link = new Link(strap, { measured: () => {}, is: (word) => told.push({ state: word }), later: (act, ms) => { waits.push(ms); setImmediate(act); } });
  for (let round = 0; round < 12; round += 1) await turn();
  assert.deepEqual(waits, [1000, 2000]);
  assert.deepEqual(words(), ["lost", "lost", "on"]);
  strap.gatt.disconnect();
  for (let round = 0; round < 12; round += 1) await turn();
  assert.deepEqual(words().slice(3), ["lost", "on"]);
  assert.equal(waits[2], 1000);
  link.close();
});

test("after closing nobody tries again", async () => {
  const strap = new Strap(99);
  const link = new Link(strap, { measured: () => {}, is: (word) => told.push({ state: word }), later: (act) => setImmediate(act) });
  link.close();
  const tries = strap.tries;
  for (let round = 0; round < 5; round += 1) await turn();
  assert.equal(strap.tries, tries);
  assert.deepEqual(words(), []);
});

test("waits double up to half a minute", () => {
  assert.deepEqual([0, 1, 4, 9].map(waitMs), [1000, 2000, 16_000, 30_000]);
});
