"""Lab bridge: send sensor data from a lab into a Learner's open Sitting, with their device token.

It runs on a lab's computer with Python, `numpy` and `websockets`. From Attune it needs only this
folder, `attune_client/` and the pure readers in `emotion/`. Usage: docs/bridge.md.
"""
