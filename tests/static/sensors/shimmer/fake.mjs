// A fake Shimmer3 GSR+ on a serial port: accepts commands, answers, and sends samples in pieces
// that end anywhere. The browser tests insert this file into a page.
export class FakeShimmer {
  static RATE = 128;
  /** Sizes of the pieces, repeated. */
  static PIECES = [1, 2, 3, 5, 7, 11, 13, 64];

  constructor({ volts = 3.9, channels = undefined } = {}) {
    this.raw = Math.round(volts / ((3.0 / 4095) * 1.988));
    this.fixed = channels;
    this.orders = [];
    this.channels = [];
    this.ticks = 2 ** 24 - 300 * 256 + 49;
    this.sent = 0;
    this.opened = 0;
    this.streams = false;
    this.plugged = true;
  }

  async open({ baudRate }) {
    if (!this.plugged) throw new DOMException("gone", "NetworkError");
    this.baudRate = baudRate;
    this.opened += 1;
    this.readable = new ReadableStream({ start: (source) => { this.source = source; } });
    this.writable = new WritableStream({ write: (order) => this.#take([...order]) });
  }

  async close() {
    this.readable = this.writable = null;
    this.streams = false;
  }

  /** Disconnect, with the loss of what was in flight. */
  unplug() {
    this.plugged = false;
    this.streams = false;
    this.source.error(new DOMException("gone", "NetworkError"));
  }

  #take(order) {
    this.orders.push(order);
    const [code, first, second] = order;
    if (code === 0x08) this.channels = this.fixed ?? [...(second & 1 ? [0x12] : []), ...(first & 4 ? [0x1c] : [])];
    this.streams = code === 0x07 ? true : code === 0x20 ? false : this.streams;
    const answers = {
      0x95: [0x8a, 0x94, this.raw & 255, this.raw >> 8, 0x80],
      0x01: [0x02, 0, 1, 8, 255, 1, 9, this.channels.length, 1, ...this.channels],
    };
    this.#send([0xff, ...(answers[code] ?? [])]);
  }

  #send(bytes) {
    for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
      const size = FakeShimmer.PIECES[(this.sent + piece) % FakeShimmer.PIECES.length];
      this.source.enqueue(Uint8Array.from(bytes.slice(at, at + size)));
      at += size;
    }
    this.sent += 1;
  }

  /** Send samples one after another: [ppg, gsr]; `lost`: the index of the byte that is lost. */
  play(samples, lost = -1) {
    if (!this.streams) throw new Error("expected a start before samples");
    const bytes = samples.flatMap(([ppg, gsr]) => {
      const values = this.channels.flatMap((id) => two(id === 0x12 ? ppg : gsr));
      const packet = [0, ...two(this.ticks & 0xffff), (this.ticks >> 16) & 255, ...values];
      this.ticks = (this.ticks + 32_768 / FakeShimmer.RATE) % 2 ** 24;
      return packet;
    });
    this.#send(bytes.filter((_, at) => at !== lost));
  }
}

const two = (value) => [value & 255, value >> 8];
