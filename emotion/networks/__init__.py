"""Networks of the papers' baselines, one file each; importing this package loads no torch.

A network with a Predictor is in that folder: `emotion/models/<name>/network.py`. Each file in
either place is self-contained and has

`Config`
    A frozen dataclass of plain numbers, texts and mappings: `Config(**asdict(config))` restores it
    from a card's JSON. Its class methods `Config.paper()` and `Config.small()` return the profiles.
    Its method `build()` returns the untrained network, an `nn.Module` whose weights come from
    torch's own generator (`torch.manual_seed` before it).
`example(config, batch, generator)`
    Random float32 input of `batch` rows, as the tuple of the network's positional arguments:
    `config.build()(*example(config, 2, torch.Generator()))` gives logits (2, K), or a tuple that
    begins with them. `benchmark speed` and the tests of every network use it.
`SPAN_S`
    Seconds of a learner's time per row: 10.0 for a Window, 155.0 for MVP's clip.

A network that reads Windows takes `(values, masks)`, two mappings from modality to (B, T, F).
Masked values have no effect, steps without any value take no part, and a modality without any step
is replaced by its learned absent embedding. Register a new file here in
`emotion.networks.registry` under its name; a test reports a missing one. A model's `network.py` is
registered under its folder's name by itself.
"""
