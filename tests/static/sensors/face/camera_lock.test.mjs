import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as later } from "node:timers/promises";

import { Turn } from "../../../../static/js/sensors/face/camera_lock.js";

/** A fake of Web Locks for a single name. */
class Locks {
  queue = [];
  held = false;

  async request(name, options, act) {
    if (options.ifAvailable && this.held) return act(null);
    await new Promise((given, refused) => {
      options.signal?.addEventListener("abort", () => refused(new DOMException("", "AbortError")));
      this.queue.push(given);
      this.#next();
    });
    await act({ name });
    this.held = false;
    this.#next();
  }

  #next() {
    if (this.held || !this.queue.length) return;
    this.held = true;
    this.queue.shift()();
  }
}

/** Request the lock, and record what happens. */
function coming(locks) {
  const told = [];
  const turn = new Turn(locks);
  turn.come(() => told.push("waits")).then(() => told.push("has it"));
  return { turn, told };
}

test("the first tab has the camera, the next one waits and takes over", async () => {
  const locks = new Locks();
  const first = coming(locks);
  await later();
  const second = coming(locks);
  await later();
  assert.deepEqual([first.told, second.told], [["has it"], ["waits"]]);
  first.turn.leave();
  await later();
  assert.deepEqual(second.told, ["waits", "has it"]);
});

test("a tab that stops waiting blocks no other", async () => {
  const locks = new Locks();
  const tabs = [coming(locks)];
  await later();
  tabs.push(coming(locks), coming(locks));
  await later();
  tabs[1].turn.leave();
  locks.queue = locks.queue.slice(1);
  tabs[0].turn.leave();
  await later();
  assert.deepEqual(tabs[2].told, ["waits", "has it"]);
});

test("without coordination between tabs there is no waiting", async () => {
  const alone = coming(undefined);
  await later();
  assert.deepEqual(alone.told, ["has it"]);
});
