"""Four sub-networks (face, physiology, behaviour, interface) and attention over their outputs.

Paper 3: "Intelligent emotional computing with deep convolutional neural networks: Multimodal
feature analysis and application in smart learning environments". Where it contradicts itself
(kernels 64/128/256 or 32/64/128; speech and text or physiology and behaviour) the section on the
sub-networks is followed. Open choices follow science.md section 1. The face's last picture is
averaged to 4 x 4 (`flatten` keeps all of it, 99 % of the weights). The interface has three
convolutions like the face's. A projection brings all four to one width before attention.

Pictures of faces come only from data sets on disk. Live, the same two layers of 512 and 256 read
AU-like features (`face="units"`).

Letters in shapes: B batch, T steps, F features, D width of fusion, K classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional

MODALITIES = ("face", "physiology", "behaviour", "interface")
SPAN_S = 10.0


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of the network.

    Attributes
    ----------
    classes : int
    face : str
        "pictures" = (1, `face_size`, `face_size`) grey; "units" = steps of `face_features`.
    face_features : int
        F of a live face: action units, pose, blinks.
    face_channels, face_hidden : list of int
        Of the convolutions; of the layers after them (paper 3: 512, 256).
    pool : int
        Side of the face's last picture; 0 = not averaged ("flatten", as printed).
    physiology_steps : int
        Steps of 1 s of heart rate and skin conductance response.
    physiology_channels : list of int
    recurrent : int
        Width of the LSTM.
    behaviour, behaviour_hidden
        Features of behaviour and widths of its two layers.
    interface_size, interface_channels, interface_width
        Side of the picture (3 colours), its convolutions, its last layer.
    width : int
        D.
    """

    classes: int = 7
    face: str = "pictures"
    face_size: int = 256
    face_features: int = 24
    face_channels: tuple[int, ...] = (32, 64, 128)
    face_hidden: tuple[int, ...] = (512, 256)
    pool: int = 4
    physiology_steps: int = 60
    physiology_channels: tuple[int, ...] = (64, 128)
    recurrent: int = 128
    behaviour: int = 100
    behaviour_hidden: tuple[int, ...] = (256, 128)
    interface_size: int = 128
    interface_channels: tuple[int, ...] = (16, 32, 64)
    interface_width: int = 128
    width: int = 128

    @classmethod
    def paper(cls) -> Config:
        """Return the paper's configuration, seven classes, for data sets with pictures."""
        return cls()

    @classmethod
    def small(cls) -> Config:
        """Return the live configuration: AU-like features, four classes, a face half as wide."""
        return cls(
            classes=4,
            face="units",
            face_hidden=(256, 128),
            physiology_channels=(32, 64),
            recurrent=64,
            behaviour_hidden=(128, 64),
            interface_channels=(8, 16, 32),
            interface_width=64,
            width=64,
        )

    def flatten(self) -> Config:
        """Return the configuration whose face keeps every pixel of its last picture."""
        return replace(self, pool=0)

    def build(self) -> FourSub:
        """Return the untrained network."""
        return FourSub(self)


class Convolution(nn.Module):
    """Convolution, ReLU and 2 x 2 max pooling over a picture."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        self.slide = nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2)

    def forward(self, picture: Tensor) -> Tensor:
        """Return (B, C', H / 2, W / 2) of (B, C, H, W).

        (f * g)(i, j) = sum_mn f(m, n) g(i - m, j - n) over each picture, summed over channels:
        paper 3, equation 1. As usual, the learned weights are the kernel g rotated by 180°.
        """
        # The same as the maximum of the rectified values, on a quarter of them.
        return functional.relu(functional.max_pool2d(self.slide(picture), 2))


class Pictures(nn.Module):
    """A CNN over a picture: convolutions of 5, 3 and 3, then the given layers."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, picture: Tensor, mask: Tensor) -> Tensor:
        """Return y = f_L(f_L-1(... f_1(x) ...)) of a picture (B, C, H, W): paper 3, equation 6.

        Its last layer gives the features for fusion; the label follows from all four.
        """
        found = torch.where(mask, picture, 0.0)
        for layer in self.layers:
            found = layer(found)
        return found


class Units(nn.Module):
    """A live face: mean and spread of each feature over the Window, then the face's two layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.layers = _layers(3 * config.face_features, config.face_hidden)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Return (B, D') of values (B, T, F) where mask (B, T, F) is True."""
        seen = mask.to(values.dtype)
        count = seen.sum(dim=1)  # (B, F)
        held = torch.where(mask, values, 0.0)
        mean = held.sum(dim=1) / count.clamp(min=1)
        far = torch.where(mask, values - mean[:, None], 0.0)
        spread = (far.square().sum(dim=1) / count.clamp(min=1) + 1e-6).sqrt()
        known = (count > 0).to(values.dtype)
        found: Tensor = self.layers(torch.cat([mean, spread * known, known], dim=-1))
        return found


class Physiology(nn.Module):
    """Two convolutions over seconds, then an LSTM whose last present step is the output."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        first, second = config.physiology_channels
        self.first = nn.Conv1d(2, first, 5, padding=2)
        self.second = nn.Conv1d(first, second, 3, padding=1)
        self.lstm = nn.LSTM(second, config.recurrent, batch_first=True)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Return (B, R) of values (B, T, 2) where mask (B, T, 2) is True.

        The first present step is moved to the front, so that padding before or after has no effect.
        """
        present, order = _rotate_to_front(mask.any(dim=-1))  # (B, T), (B, T)
        held = torch.where(mask, values, 0.0)
        hidden = held.gather(1, order[..., None].expand_as(held)).transpose(1, 2)  # (B, 2, T)
        for convolution in (self.first, self.second):
            hidden = functional.relu(convolution(hidden)) * present[:, None]
            hidden = functional.max_pool1d(hidden, 2, ceil_mode=True)  # (B, C, T / 2)
            present = functional.max_pool1d(present[:, None], 2, ceil_mode=True)[:, 0]
        steps = self.lstm(hidden.transpose(1, 2))[0]  # (B, T / 4, R)
        last = _last_present(present)
        answer: Tensor = steps[torch.arange(len(steps), device=steps.device), last]
        return answer


class Behaviour(nn.Module):
    """Two layers over one vector of features; a missing feature counts as its mean."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.layers = _layers(config.behaviour, config.behaviour_hidden)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Return (B, D') of values (B, 1, F) where mask (B, 1, F) is True."""
        found: Tensor = self.layers(torch.where(mask, values, 0.0).flatten(1))
        return found


class Fusion(nn.Module):
    """Attention over the sub-networks' outputs, each projected to one width."""

    def __init__(self, widths: Mapping[str, int], config: Config) -> None:
        super().__init__()
        self.projections = nn.ModuleDict({n: nn.Linear(w, config.width) for n, w in widths.items()})
        self.score = nn.Linear(config.width, 1)
        self.absent = nn.Parameter(torch.randn(len(widths), config.width) * 0.02)

    def forward(self, said: Mapping[str, Tensor], there: Mapping[str, Tensor]) -> Tensor:
        """Return sum_i alpha_i h_i (B, D) of the outputs (B, D') where `there` (B,) is True."""
        rows = len(next(iter(there.values())))
        joined = []
        for absent, (name, projection) in zip(self.absent, self.projections.items(), strict=True):
            given = projection(said[name]) if name in said else absent
            came = there.get(name, torch.zeros(rows, dtype=torch.bool, device=absent.device))
            joined.append(torch.where(came[:, None], given, absent))
        stacked = torch.stack(joined, dim=1)  # (B, 4, D)
        return (self.weights(stacked)[..., None] * stacked).sum(dim=1)

    def weights(self, stacked: Tensor) -> Tensor:
        """Return alpha_i = softmax_i(W_a h_i + b_a) of h (B, 4, D): paper 3, equation 7."""
        scores: Tensor = self.score(stacked)[..., 0]  # (B, 4)
        return scores.softmax(dim=-1)


# Each row of the batch has its own row of each modality.
ALL_OWN: Mapping[str, Tensor] = MappingProxyType({})


class FourSub(nn.Module):
    """The whole network: sub-networks, absent embeddings, attention, classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        face = Units(config) if config.face == "units" else _face(config)
        self.parts = nn.ModuleDict(
            {
                "face": face,
                "physiology": Physiology(config),
                "behaviour": Behaviour(config),
                "interface": _interface(config),
            }
        )
        known = (config.face_hidden[-1], config.recurrent, config.behaviour_hidden[-1])
        widths = (*known, config.interface_width)
        self.fusion = Fusion(dict(zip(MODALITIES, widths, strict=True)), config)
        self.last = nn.Linear(config.width, config.classes)

    def forward(
        self,
        values: Mapping[str, Tensor],
        masks: Mapping[str, Tensor],
        places: Mapping[str, Tensor] = ALL_OWN,
    ) -> Tensor:
        """Return logits (B, K).

        Parameters
        ----------
        values, masks : mapping from modality to tensor
            "face" (B, 1, H, W) or (B, T, F) by the config, "physiology" (B, T, 2), "behaviour" (B,
            1, F), "interface" (B, 3, H, W); masks of the same shapes. A modality with nothing
            present, or missing, is replaced by its absent embedding.
        places : mapping from modality to (B,) int64
            The modality's row for each row of the batch, if several share one; else each its own.
        """
        there = {n: masks[n].flatten(1).any(dim=1) for n in MODALITIES if n in values}
        said = {n: self.parts[n](values[n], masks[n]) for n in there}
        said |= {n: said[n][at] for n, at in places.items()}
        there |= {n: there[n][at] for n, at in places.items()}
        logits: Tensor = self.last(self.fusion(said, there))
        return logits


def loss(
    logits: Tensor, labels: Tensor, weights: Iterable[Tensor] = (), decay: float = 0.0
) -> Tensor:
    """Return -1/N sum_ik y_ik log p_ik + lambda sum_j w_j^2: paper 3, equation 8.

    Parameters
    ----------
    logits : (B, K)
    labels : (B,) int64
    weights : iterable of tensors
        The network's parameters; one-dimensional ones (biases) are excluded.
    decay : float
        lambda.
    """
    squares = [weight.square().sum() for weight in weights if weight.dim() > 1]
    penalty = torch.stack(squares).sum() if squares else logits.new_zeros(())
    return functional.cross_entropy(logits, labels) + decay * penalty


def example(
    config: Config, batch: int, generator: torch.Generator
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return random values and masks of all four modalities."""
    side, units = config.face_size, (batch, 10, config.face_features)
    shapes: dict[str, tuple[int, ...]] = {
        "face": units if config.face == "units" else (batch, 1, side, side),
        "physiology": (batch, config.physiology_steps, 2),
        "behaviour": (batch, 1, config.behaviour),
        "interface": (batch, 3, config.interface_size, config.interface_size),
    }
    values = {n: torch.randn(shape, generator=generator) for n, shape in shapes.items()}
    return values, {n: torch.ones_like(x, dtype=torch.bool) for n, x in values.items()}


def _face(config: Config) -> Pictures:
    side = config.pool or config.face_size // 2 ** len(config.face_channels)
    pool = [nn.AdaptiveAvgPool2d(side)] if config.pool else []
    flat = config.face_channels[-1] * side**2  # 2,048; 131,072 if all is kept
    layers = _layers(flat, config.face_hidden)
    return Pictures(*_convolutions(1, config.face_channels), *pool, nn.Flatten(), *layers)


def _interface(config: Config) -> Pictures:
    channels = config.interface_channels
    layers = _layers(channels[-1], [config.interface_width])
    return Pictures(*_convolutions(3, channels), nn.AdaptiveAvgPool2d(1), nn.Flatten(), *layers)


def _convolutions(colours: int, channels: Iterable[int]) -> list[Convolution]:
    widths = [colours, *channels]
    return [Convolution(a, b, 3 if at else 5) for at, (a, b) in enumerate(pairwise(widths))]


def _layers(width: int, hidden: Iterable[int]) -> nn.Sequential:
    widths = [width, *hidden]
    pairs = pairwise(widths)
    return nn.Sequential(*(part for a, b in pairs for part in (nn.Linear(a, b), nn.ReLU())))


def _rotate_to_front(present: Tensor) -> tuple[Tensor, Tensor]:
    """Return presence (B, T) as floats with each row's first step moved to 0, and the order.

    Rows are rotated: the missing steps before the first one come after the last.
    """
    steps = present.shape[1]
    first = present.to(torch.int64).argmax(dim=1, keepdim=True)  # (B, 1)
    order = (torch.arange(steps, device=present.device) + first) % steps  # (B, T)
    return present.gather(1, order).to(torch.float32), order


def _last_present(present: Tensor) -> Tensor:
    """Return the last present step (B,), 0 if there is none."""
    steps = torch.arange(present.shape[1], device=present.device)
    return (steps * (present > 0)).argmax(dim=1)
