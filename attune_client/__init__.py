"""Client of the socket of a Sitting (docs/socket.md): for the lab bridge, simulations and tests.

It needs `numpy` and `websockets`, and of Attune only `emotion.streams`.
"""
