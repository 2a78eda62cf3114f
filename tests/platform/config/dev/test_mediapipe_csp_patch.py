"""The closures behave like the evaluated text they replace: both run in Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config.dev import mediapipe_csp_patch

ROOT = Path(__file__).resolve().parents[4]
BUILD = ROOT / "node_modules/@mediapipe/face_mesh/face_mesh_solution_simd_wasm_bin.js"
# What the three functions use of their surroundings, and a record of their calls.
AROUND = """
const log = [];
const throwBindingError = (why) => { throw new Error(why); };
const runDestructors = (all) => { log.push(["destroyed", all.length]); };
const makeLegalFunctionName = (name) => name;
const new_ = (constructor, args) => constructor(...args);
const callers = [];
const __emval_addMethodCaller = (caller) => callers.push(caller);
const type = (name, extra) => ({
  name, toWireType: (stack, value) => { stack?.push(name); return `${name}:${value}`; },
  fromWireType: (value) => ["got", value], destructorFunction: null,
  readValueFromPointer: (at) => `${name}@${at}`, argPackAdvance: 8, ...extra });
let types = [];
const __emval_lookupTypes = () => types;
"""
CALLS = """
const A = type("A"), B = type("B"), V = type("void");
const D = type("D", { destructorFunction: (value) => log.push(["freed", value]) });
const S = type("S", { destructorFunction: undefined });
const made = (...all) => log.push(["called", ...all]) && "rv";
const out = {};
const tell = (name, act) => {
  try { out[name] = act() ?? null; } catch (error) { out[name] = error.message.slice(0, 20); }
};
tell("plain", () => craftInvokerFunction("f", [A, null, B, B], null, made, "fn")(1, 2));
tell("nothing", () => craftInvokerFunction("f", [V, null, D], null, made, "fn")(3));
tell("method", () => craftInvokerFunction("m", [A, B, D, A], {}, made, "fn").call("self", 4, 5));
tell("stack", () => craftInvokerFunction("s", [A, B, S], {}, made, "fn").call("self", 6));
tell("fewer", () => craftInvokerFunction("f", [A, null, B], null, made, "fn")());
types = [A, B, type("C", { deleteObject: (value) => log.push(["deleted", value]) })];
__emval_get_method_caller(3, 0);
tell("caller", () => callers[0]({ go: (...all) => all.join("+") }, "go", [], 100));
types = [type("void", { isVoid: true }), B];
__emval_get_method_caller(2, 0);
tell("silent", () => callers[1]({ go: () => log.push("gone") }, "go", [], 100));
const Shape = createNamedFunction("Shape", function (a) { return [this.x, a]; });
tell("named", () => [Shape.name, ...Shape.call({ x: 1 }, 2)]);
console.log(JSON.stringify({ out, log }));
"""


NAMES = ("createNamedFunction", "craftInvokerFunction", "__emval_get_method_caller")
NEXT = r"(?=function [a-zA-Z_]\w*\(|var emval_free_list)"


def functions_of(script: str) -> str:
    """Return the three functions, cut out of the library's script."""
    found = [re.search(rf"function {name}\(.*?{NEXT}", script, re.DOTALL) for name in NAMES]
    return "\n".join(match[0] for match in found if match)


def answers_of(script: str) -> dict:
    program = AROUND + functions_of(script) + CALLS
    done = subprocess.run(
        ["node", "-e", program], capture_output=True, text=True, timeout=30, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def build():
    if not (BUILD.is_file() and shutil.which("node")):
        pytest.fail("expected Node and the browser libraries; `npm ci` brings them")
    return BUILD.read_text()


def test_closures_answer_as_the_evaluated_text_did(build):
    before, after = answers_of(build), answers_of(mediapipe_csp_patch.rewrite_script(build))
    assert before["out"].keys() >= {"plain", "method", "stack", "caller", "silent", "named"}
    assert len(before["log"]) >= 8
    assert after == before


def test_nothing_else_of_the_script_is_touched(build):
    rewritten = mediapipe_csp_patch.rewrite_script(build)
    assert rewritten[:100_000] == build[:100_000]
    assert rewritten[-100_000:] == build[-100_000:]
    assert abs(len(rewritten) - len(build)) < 3000


@pytest.mark.parametrize("place", [0, 1, 2])
def test_another_build_is_refused(build, place):
    begin = (mediapipe_csp_patch.NAMED, mediapipe_csp_patch.INVOKER, mediapipe_csp_patch.METHOD)[
        place
    ][0]
    for other in (build.replace(begin, ""), build.replace(begin, begin + begin)):
        with pytest.raises(mediapipe_csp_patch.UnknownBuild):
            mediapipe_csp_patch.rewrite_script(other)
