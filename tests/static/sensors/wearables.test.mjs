import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { choose, listen } from "../../../static/js/sensors/wearables.js";
import { FakeStrap } from "./bluetooth/fake.mjs";
import { FakeShimmer } from "./shimmer/fake.mjs";

let given;
let stops;
let worn;

const browser = (has) => Object.defineProperty(globalThis, "navigator", { value: has, configurable: true });
const bluetooth = (device) => ({ bluetooth: { requestDevice: async (wish) => { worn.push(wish); return device; } } });
const serial = (port) => ({ serial: { requestPort: async (wish) => { worn.push(wish); return port; } } });
const settle = async () => { for (let round = 0; round < 30; round += 1) await turn(); };
const states = (stream) => given.filter((each) => each.stream === stream).map(({ state }) => state);
const hear = (stream) => stops.push(listen(stream, (rows, about) => given.push({ stream, rows, ...about })));

beforeEach(() => {
  [given, stops, worn] = [[], [], []];
  globalThis.document = new EventTarget();
});
afterEach(async () => {
  stops.forEach((stop) => stop());
  await settle();
});

test("a browser that cannot reach a sensor is reported, and choosing reports it too", async () => {
  browser({});
  for (const stream of ["heart", "ecg", "ppg", "eda"]) hear(stream);
  assert.deepEqual(given.map(({ state }) => state), ["no_bluetooth", "no_bluetooth", "no_bluetooth", "no_serial"]);
  assert.deepEqual([await choose("bluetooth"), await choose("serial")], ["no_bluetooth", "no_serial"]);
});

test("without a chosen sensor it says so, and a closed chooser changes nothing", async () => {
  browser({ bluetooth: { requestDevice: async () => { throw new Error("cancelled"); } } });
  hear("heart");
  assert.equal(await choose("bluetooth"), "none_chosen");
  assert.deepEqual(states("heart"), ["unpaired"]);
});

test("a chosen strap gives the streams listened to, before and after the choice, and nothing after a stop", async () => {
  const device = new FakeStrap();
  browser(bluetooth(device));
  hear("ecg");
  assert.equal(await choose("bluetooth"), "paired");
  await settle();
  assert.deepEqual(worn[0].filters, [{ services: ["heart_rate"] }]);
  assert.deepEqual(states("ecg"), ["unpaired", "connecting", "connecting"]);
  hear("acc");
  hear("eda");
  await settle();
  assert.deepEqual([states("acc").at(-1), states("eda")], ["connecting", ["no_serial"]]);
  stops.splice(0).forEach((stop) => stop());
  await settle();
  assert.deepEqual([device.gatt.connected, device.written.slice(-2)], [false, [[3, 0], [3, 2]]]);
  const before = given.length;
  device.tell("fb005c82", new Uint8Array(13));
  assert.equal(given.length, before);
});

test("after a pause the chosen sensor reconnects by itself", async () => {
  const device = new FakeStrap();
  browser(bluetooth(device));
  hear("ecg");
  await choose("bluetooth");
  await settle();
  stops.splice(0).forEach((stop) => stop());
  await settle();
  hear("ecg");
  await settle();
  assert.deepEqual([device.tries, device.gatt.connected], [2, true]);
});

test("another strap replaces the previous one, which is disconnected", async () => {
  const [first, second] = [new FakeStrap("Polar H10 01"), new FakeStrap("Polar Sense 02")];
  hear("ecg");
  browser(bluetooth(first));
  await choose("bluetooth");
  await settle();
  browser(bluetooth(second));
  await choose("bluetooth");
  await settle();
  assert.deepEqual([first.gatt.connected, second.gatt.connected, states("ecg").at(-1)], [false, false, "unpaired"]);
  first.dispatchEvent(new Event("gattserverdisconnected"));
  assert.equal(first.tries, 1);
});

test("of two sensors with the same stream the last one chosen gives it", async () => {
  const [armband, finger] = [new FakeStrap("Polar Sense 01"), new FakeShimmer()];
  browser({ ...bluetooth(armband), ...serial(finger) });
  hear("ppg");
  await choose("bluetooth");
  await settle();
  assert.deepEqual(armband.written.at(-1).slice(0, 2), [2, 1]);
  await choose("serial");
  await settle();
  assert.deepEqual(armband.written.at(-1), [3, 1]);
  assert.equal(armband.gatt.connected, false);
  assert.equal(finger.opened, 1);
});

test("the status of each chosen sensor is dispatched", async () => {
  const told = [];
  document.addEventListener("attune:wearables", (event) => told.push(event.detail));
  browser(bluetooth(new FakeStrap("Polar H10 11")));
  hear("ecg");
  await choose("bluetooth");
  await settle();
  const strap = told.at(-1).find(({ way }) => way === "bluetooth");
  assert.deepEqual(strap, { way: "bluetooth", name: "Polar H10 11", state: "on", battery: 82, contact: null });
});

/** A browser in which this person chose a strap before; `near` says that it is in reach. */
function chosenBefore(id = "strap-1") {
  const device = Object.assign(new FakeStrap(), { id, watches: 0, watchAdvertisements: async () => { device.watches += 1; } });
  const kept = new Map([["attune.worn-bluetooth", "strap-1"]]);
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  browser({ bluetooth: { getDevices: async () => [device], requestDevice: async () => device } });
  return { device, kept, near: () => device.dispatchEvent(new Event("advertisementreceived")) };
}

test("a strap that was chosen before connects by itself when it is near", async () => {
  const { Sensors, device, near } = { ...chosenBefore(), Sensors: await fresh() };
  stops.push(Sensors.listen("ecg", (rows, about) => given.push({ stream: "ecg", rows, ...about })));
  await settle();
  assert.deepEqual([states("ecg"), device.gatt.connected], [["unpaired"], false]);
  near();
  await settle();
  assert.deepEqual([states("ecg").at(-1), device.gatt.connected], ["connecting", true]);
});

test("somebody else's strap is not connected, and nothing is looked for after a stop", async () => {
  const other = { ...chosenBefore("strap-2"), Sensors: await fresh() };
  stops.push(other.Sensors.listen("ecg", () => {}));
  await settle();
  assert.equal(other.device.watches, 0);
  const own = { ...chosenBefore(), Sensors: await fresh() };
  const stop = own.Sensors.listen("ecg", () => {});
  await settle();
  stop();
  own.near();
  await settle();
  assert.deepEqual([own.device.watches, own.device.gatt.connected], [1, false]);
});

/** A browser that says nothing of what is near, so that the strap is connected at once. */
function slowlyConnected() {
  const { device } = chosenBefore();
  const { gatt } = device;
  let connect;
  const came = new Promise((done) => { connect = () => { gatt.connected = true; done(gatt); }; });
  device.watchAdvertisements = undefined;
  gatt.connect = () => came;
  return { device, connect };
}

test("a strap that connects after the last stream was stopped is disconnected", async () => {
  const { device, connect } = slowlyConnected();
  const stop = (await fresh()).listen("ecg", () => {});
  await settle();
  stop();
  connect();
  await settle();
  assert.equal(device.gatt.connected, false);
});

test("the strap that the person chooses while it is being connected stays connected", async () => {
  const { device, connect } = slowlyConnected();
  const { choose: pick, listen } = await fresh();
  stops.push(listen("ecg", () => {}));
  await settle();
  await pick("bluetooth");
  connect();
  await settle();
  assert.equal(device.gatt.connected, true);
});

test("a stop while the browser lists its devices ends the search", async () => {
  const { device } = chosenBefore();
  let list;
  navigator.bluetooth.getDevices = () => new Promise((done) => { list = () => done([device]); });
  const stop = (await fresh()).listen("ecg", () => {});
  await settle();
  stop();
  list();
  await settle();
  assert.equal(device.watches, 0);
});

test("a choice is remembered for the next time", async () => {
  const { device, kept } = chosenBefore();
  device.id = "strap-9";
  await (await fresh()).choose("bluetooth");
  assert.equal(kept.get("attune.worn-bluetooth"), "strap-9");
});

test("the only permitted port is opened again, and of two neither", async () => {
  for (const [count, opened] of [[1, 1], [2, 0]]) {
    const ports = Array.from({ length: count }, () => new FakeShimmer());
    globalThis.localStorage = { getItem: () => "port", setItem: () => {} };
    browser({ serial: { getPorts: async () => ports } });
    const stop = (await fresh()).listen("eda", () => {});
    await settle();
    assert.equal(ports.filter((port) => port.readable).length, opened);
    stop();
    await settle();
  }
});

let loads = 0;
/** Load the module again, as a new page does. */
const fresh = () => import(`../../../static/js/sensors/wearables.js?load=${loads += 1}`);
