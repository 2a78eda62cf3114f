// @ts-check
/**
 * The exported Predictor (docs/adr/0021) in onnxruntime-web: features of Windows in, probabilities
 * out.
 */
import { STEPS } from "./features.js";

/**
 * @typedef {import("./predictor.js").Seen} Seen
 * @typedef {import("./predictor.js").Said} Said
 */

export class Graph {
  /** @param {any} ort onnxruntime-web @param {any} session */
  constructor(ort, session) {
    this.ort = ort;
    this.session = session;
    /**
     * Streams in the order of the inputs, and the number of features of each.
     * @type {[string, number][]}
     */
    this.inputs = session.inputMetadata
      .filter((/** @type {{name: string}} */ { name }) => name.endsWith("_values"))
      .map((/** @type {any} */ { name, shape }) => [name.replace(/_values$/, ""), shape[2]]);
  }

  /** @param {any} ort @param {Uint8Array} bytes @returns {Promise<Graph>} */
  static async of(ort, bytes) {
    return new Graph(ort, await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] }));
  }

  /** @param {Seen[]} windows @returns {Promise<Said>} */
  async ask(windows) {
    const given = Object.fromEntries(this.inputs.flatMap((input) => this.#tensors(windows, input)));
    const { proba, used } = await this.session.run(given);
    return {
      proba: rows(proba),
      used: rows(used).map((row) =>
        Object.fromEntries(this.inputs.map(([name], at) => [name, Boolean(row[at])]))),
    };
  }

  /** @param {Seen[]} windows @param {[string, number]} input @returns {[string, any][]} */
  #tensors(windows, [name, count]) {
    const shape = [windows.length, STEPS, count];
    const values = new Float32Array(windows.length * STEPS * count);
    const mask = new Uint8Array(values.length);
    windows.forEach((seen, at) => {
      values.set(seen[name]?.values.flat() ?? [], at * STEPS * count);
      mask.set(seen[name]?.mask.flat().map(Number) ?? [], at * STEPS * count);
    });
    return [
      [`${name}_values`, new this.ort.Tensor("float32", values, shape)],
      [`${name}_mask`, new this.ort.Tensor("bool", mask, shape)],
    ];
  }
}

/** @param {{data: ArrayLike<number>, dims: number[]}} tensor @returns {number[][]} */
function rows({ data, dims: [count, width] }) {
  return Array.from({ length: count }, (_, row) => Array.from({ length: width }, (__, at) => data[row * width + at]));
}
