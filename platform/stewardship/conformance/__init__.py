"""What buyers ask: how accessible and how safe this release is, from one list of facts each."""
