// A fake Web Bluetooth sensor: `fails` connections fail, then it measures what is requested.
export class FakeStrap extends EventTarget {
  constructor(name = "Polar H10 0A1B2C3D", fails = 0) {
    super();
    this.name = name;
    this.fails = fails;
    this.tries = 0;
    this.asked = [];
    this.written = [];
    this.level = 82;
    this.parts = new Map();
    this.gatt = {
      connected: false,
      connect: async () => this.#connect(),
      disconnect: () => this.leave(),
    };
  }

  async #connect() {
    this.tries += 1;
    if (this.fails-- > 0) throw new Error("out of reach");
    this.gatt.connected = true;
    this.parts = new Map();
    return { getPrimaryService: async (service) => ({ getCharacteristic: async (name) => this.#part(service, name) }) };
  }

  #part(service, name) {
    this.asked.push(name);
    if (name === "battery_level" && this.level === null) throw new DOMException("none", "NotFoundError");
    const part = this.parts.get(name) ?? Object.assign(new EventTarget(), {
      notifies: false,
      startNotifications: async () => { part.notifies = true; },
      stopNotifications: async () => { part.notifies = false; },
      readValue: async () => new DataView(Uint8Array.of(this.level).buffer),
      writeValueWithResponse: async (bytes) => {
        if (!this.gatt.connected) throw new DOMException("disconnected", "NetworkError");
        this.written.push([...bytes]);
      },
    });
    this.parts.set(name, part);
    return part;
  }

  /** @param {string} name of the characteristic, or how it ends @param {Uint8Array} bytes */
  tell(name, bytes) {
    for (const [full, part] of this.parts) {
      if (!full.startsWith(name) || !part.notifies) continue;
      part.value = new DataView(Uint8Array.from(bytes).buffer);
      part.dispatchEvent(new Event("characteristicvaluechanged"));
    }
  }

  leave() {
    if (!this.gatt.connected) return;
    this.gatt.connected = false;
    this.dispatchEvent(new Event("gattserverdisconnected"));
  }
}

/**
 * Return an ECG frame with three bytes a sample; `number`: the count of samples before its last.
 */
export function ecgFrame(number, samples) {
  const bytes = new Uint8Array(10 + 3 * samples.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(1, 599_616_000_000_000_000n + BigInt(Math.round((1e9 * number) / 130)), true);
  samples.forEach((value, at) => [0, 8, 16].forEach((bits, byte) => view.setUint8(10 + 3 * at + byte, (value >> bits) & 255)));
  return bytes;
}
