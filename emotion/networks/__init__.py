"""Networks of the papers' baselines, one file each; importing this package loads no torch.

A network that has a Predictor lies in its folder: `emotion/models/<name>/network.py`. Each file of
either place stands on its own and holds

`Config`
    A frozen dataclass of plain numbers, texts and mappings: `Config(**asdict(config))` gives it
    back from a card's JSON. Its class methods `Config.paper()` and `Config.small()` return the
    profiles; its method `build()` returns the untrained network, an `nn.Module` whose weights come
    from torch's own generator (`torch.manual_seed` before it).
`example(config, batch, generator)`
    Made-up float32 input of `batch` rows, as the tuple of the network's positional arguments:
    `config.build()(*example(config, 2, torch.Generator()))` gives logits (2, K), or a tuple whose
    first part they are. `benchmark speed` and the tests of every network start from it.
`SPAN_S`
    Seconds of a learner's time that one row stands for: 10.0 for a Window, 155.0 for MVP's clip.

A network that reads Windows takes `(values, masks)`, two mappings from modality to (B, T, F): what
is masked changes nothing, steps that nobody saw take no part, a modality without any step is its
learned absent embedding. A new file is entered by hand in `emotion.networks.registry` under its
name (`network.py` under its folder's); a test says which one is missing.
"""
