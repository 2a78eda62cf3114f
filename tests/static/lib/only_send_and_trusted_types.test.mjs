// Scripts reach the server only by lib/send.js, and make markup of text only by
// lib/trusted_types.js. Each exception has its reason here.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../../static/js/", import.meta.url);
const NETWORK = /\bfetch\s*\(|XMLHttpRequest|sendBeacon|new EventSource|new WebSocket/;
const MARKUP = /innerHTML|outerHTML|insertAdjacentHTML|DOMParser|createContextualFragment|document\.write|new Worker\b|new SharedWorker|\.srcdoc/;
const REVIEWED = {
  "lib/send.js": "the way itself",
  "lib/session/session.js": "asks for the session and the token that send() needs",
  "lib/upload_request.js": "reports how much was sent, which fetch cannot; only lib/send.js uses it",
  "lib/trusted_types.js": "the way from text to markup itself",
  "telemetry/browser.js": "the socket of a Sitting, which has its own answers",
  "edge/worker.js": "a worker loads the files of its network, by digest",
  "sensors/face/library.js": "a worker loads the files of its library, by digest",
};

const files = readdirSync(ROOT, { recursive: true }).map(String).filter((name) => name.endsWith(".js"));
const code = (name) => readFileSync(new URL(name, ROOT), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

test("each script sends by send() and parses by parsePage(), or is named with its reason", () => {
  assert.ok(files.length > 80);
  const other = files.filter((name) => NETWORK.test(code(name)) || MARKUP.test(code(name)));
  assert.deepEqual(other.sort(), Object.keys(REVIEWED).sort());
});

test("only send() uploads with progress", () => {
  const users = files.filter((name) => /upload_request\.js["']/.test(code(name)));
  assert.deepEqual(users, ["lib/send.js"]);
});
