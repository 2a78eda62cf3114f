"""The lab bridge: what a lab's sensors give, into a Learner's open Sitting, as their token allows.

It runs on a lab's computer with Python, `numpy` and `websockets`; of Attune it needs this folder
and the pure readers in `emotion/`. docs/bridge.md tells how it is used.
"""
