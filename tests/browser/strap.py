"""A Polar H10 that nobody wears: Chromium's own emulation of Bluetooth, driven over CDP.

The emulation cannot push a packet on its own: the page reads the characteristic and the emulation
answers with the packet, upon which the page's handler hears it as it hears a notification.
"""

from __future__ import annotations

import base64
import struct

import numpy as np

ARGS = ["--enable-features=WebBluetooth", "--enable-blink-features=WebBluetooth"]
ADDRESS = "09:09:09:09:09:09"
HEART_RATE, MEASUREMENT = "0000180d-0000-1000-8000-00805f9b34fb", "2a37"
BATTERY, LEVEL = "0000180f-0000-1000-8000-00805f9b34fb", "2a19"
PMD, CONTROL, DATA = (f"fb005c8{n}-02e7-f387-1cad-8acd2d8df0c8" for n in (0, 1, 2))
CCCD = "00002902-0000-1000-8000-00805f9b34fb"
BEGAN_NS = 599_616_000_000_000_000  # 2019, where an H10's clock begins
ECG_SAMPLES, ECG_HZ = 73, 130
# Keeps what `requestDevice` gave, so that a test can reach the same characteristic.
SPY = """
    window.straps = [];
    const ask = navigator.bluetooth?.requestDevice.bind(navigator.bluetooth);
    if (ask) navigator.bluetooth.requestDevice = async (wish) => {
        const device = await ask(wish);
        window.straps.push(device);
        return device;
    };
    window.part = async (service, name) =>
        (await straps.at(-1).gatt.getPrimaryService(service)).getCharacteristic(name);
    window.readAll = async (service, name, times) => {
        const from = await part(service, name);
        for (let time = 0; time < times; time += 1) await from.readValue();
    };
    window.notifyAll = async (service, name, packets) => {
        const from = await part(service, name);
        for (const packet of packets) {
            const bytes = Uint8Array.from(atob(packet), (letter) => letter.charCodeAt(0));
            const value = new DataView(bytes.buffer);
            Object.defineProperty(from, 'value', {value, configurable: true});
            from.dispatchEvent(new Event('characteristicvaluechanged'));
        }
        delete from.value;
    };
"""


def wide(short: str) -> str:
    return short if len(short) > 4 else f"0000{short}-0000-1000-8000-00805f9b34fb"


def ecg_frame(number: int, samples: np.ndarray) -> bytes:
    """Packet `number` of a strap whose clock runs evenly; `samples` in µV."""
    stamp = BEGAN_NS + int(1e9 * (number + 1) * len(samples) / ECG_HZ)
    body = b"".join(int(v).to_bytes(3, "little", signed=True) for v in samples)
    return bytes([0]) + struct.pack("<Q", stamp) + bytes([0]) + body


def ppg_frame(number: int, samples: list[list[int]]) -> bytes:
    stamp = BEGAN_NS + int(1e9 * (number + 1) * len(samples) / 55)
    body = b"".join(int(v).to_bytes(3, "little", signed=True) for row in samples for v in row)
    return bytes([1]) + struct.pack("<Q", stamp) + bytes([0]) + body


def acc_frame(number: int, samples: list[list[int]]) -> bytes:
    stamp = BEGAN_NS + int(1e9 * (number + 1) * len(samples) / 25)
    return bytes([2]) + struct.pack("<Q", stamp) + bytes([1]) + np.array(samples, "<i2").tobytes()


class Strap:
    """The emulated sensor of one page."""

    def __init__(self, page, name: str = "Polar H10 0A1B2C3D") -> None:
        self.page, self.name = page, name
        self.written: list[str] = []
        self.answers: dict[str, list[bytes]] = {}
        self.ids: dict[str, str] = {}
        self.browser = page.context.browser.new_browser_cdp_session()
        self.tab = page.context.new_cdp_session(page)
        self.tab.on("DeviceAccess.deviceRequestPrompted", self._choose)
        self.browser.on("BluetoothEmulation.gattOperationReceived", self._operation)
        self.browser.on("BluetoothEmulation.characteristicOperationReceived", self._characteristic)
        self.browser.on("BluetoothEmulation.descriptorOperationReceived", self._descriptor)
        self.chosen = False

    def switch_on(self) -> None:
        send = self.browser.send
        send("BluetoothEmulation.enable", {"state": "powered-on", "leSupported": True})
        send(
            "BluetoothEmulation.simulatePreconnectedPeripheral",
            {
                "address": ADDRESS,
                "name": self.name,
                "manufacturerData": [],
                "knownServiceUuids": [HEART_RATE],
            },
        )
        self.tab.send("DeviceAccess.enable")

    def _choose(self, event: dict) -> None:
        if self.chosen:  # the prompt is told twice
            return
        self.chosen = True
        self.tab.send(
            "DeviceAccess.selectPrompt",
            {"id": event["id"], "deviceId": event["devices"][0]["id"]},
        )

    def _operation(self, event: dict) -> None:
        if event["type"] == "discovery" and not self.ids:
            self._furnish()
        self.browser.send(
            "BluetoothEmulation.simulateGATTOperationResponse",
            {"address": ADDRESS, "type": event["type"], "code": 0},
        )

    def _furnish(self) -> None:
        self._service(HEART_RATE, {MEASUREMENT: {"notify": True, "read": True}})
        self._service(BATTERY, {LEVEL: {"read": True, "notify": True}})
        control = {"read": True, "write": True, "indicate": True}
        self._service(PMD, {CONTROL: control, DATA: {"notify": True, "read": True}})

    def _service(self, service: str, characteristics: dict) -> None:
        made = self.browser.send(
            "BluetoothEmulation.addService", {"address": ADDRESS, "serviceUuid": service}
        )
        for name, properties in characteristics.items():
            found = self.browser.send(
                "BluetoothEmulation.addCharacteristic",
                {
                    "serviceId": made["serviceId"],
                    "characteristicUuid": wide(name),
                    "properties": properties,
                },
            )
            self.ids[name] = found["characteristicId"]
            self.browser.send(
                "BluetoothEmulation.addDescriptor",
                {"characteristicId": found["characteristicId"], "descriptorUuid": CCCD},
            )

    def _characteristic(self, event: dict) -> None:
        name = next(n for n, id_ in self.ids.items() if id_ == event["characteristicId"])
        answer = {"characteristicId": event["characteristicId"], "type": event["type"], "code": 0}
        if event["type"] == "write":
            self.written.append(event["data"])
        if event["type"] == "read":
            waiting = self.answers.get(name, [b""])
            packet = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            answer["data"] = base64.b64encode(packet).decode()
        self.browser.send("BluetoothEmulation.simulateCharacteristicOperationResponse", answer)

    def _descriptor(self, event: dict) -> None:
        self.browser.send(
            "BluetoothEmulation.simulateDescriptorOperationResponse",
            {"descriptorId": event["descriptorId"], "type": event["type"], "code": 0},
        )

    def read(self, service: str, name: str, packets: list[bytes]) -> None:
        """Each packet through the page's own reading of the characteristic."""
        self.answers[name] = [*packets, packets[-1]]
        self.page.evaluate(f"readAll('{service}', '{name}', {len(packets)})")

    def notify(self, service: str, name: str, packets: list[bytes]) -> None:
        """Each packet to the page's handler of notifications."""
        told = [base64.b64encode(packet).decode() for packet in packets]
        self.page.evaluate(f"packets => notifyAll('{service}', '{name}', packets)", told)

    def leave(self) -> None:
        """Out of reach; its parts are found anew when it is back."""
        self.ids = {}
        self.browser.send("BluetoothEmulation.simulateGATTDisconnection", {"address": ADDRESS})
