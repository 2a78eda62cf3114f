import assert from "node:assert/strict";
import { test } from "node:test";

import { drawsInHardware } from "../../../../../static/js/sensors/face/backends/choice.js";
import { SLOWEST_MS, Trial } from "../../../../../static/js/sensors/face/backends/trial.js";

test("a browser that draws in software, or not at all, is not tried", () => {
  for (const name of [
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
    "llvmpipe (LLVM 15.0.7, 256 bits)", "Mesa/X.org, softpipe", "Microsoft Basic Render Driver", null,
  ]) assert.equal(drawsInHardware(name), false, String(name));
});

test("a graphics chip is tried, and so is one without a name", () => {
  for (const name of ["ANGLE (Intel, Mesa Intel(R) UHD Graphics 620, OpenGL 4.6)", "Apple GPU", ""]) {
    assert.equal(drawsInHardware(name), true, name);
  }
});

/** Return the verdict after pictures with these costs, and their number. */
function tried(costs) {
  const trial = new Trial();
  const at = costs.findIndex((cost) => trial.add(cost) !== "trying");
  return [trial.verdict, at + 1];
}

test("two seconds at eight pictures a second are enough, and the first two do not count", () => {
  assert.deepEqual(tried([4000, 900, ...Array(30).fill(30)]), ["fit", 2 + 2000 / SLOWEST_MS]);
});

test("a slower rate is rejected, sooner the slower it is", () => {
  assert.deepEqual(tried([10, 10, ...Array(30).fill(500)]), ["slow", 6]);
  assert.deepEqual(tried([10, 10, ...Array(30).fill(SLOWEST_MS + 1)])[0], "slow");
});

test("a verdict is final: a slow second later changes nothing", () => {
  const trial = new Trial();
  for (let at = 0; at < 40; at += 1) trial.add(20);
  assert.equal(trial.add(5000), "fit");
});
