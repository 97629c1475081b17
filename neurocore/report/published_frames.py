"""Classifiers that IBM published for the chip: accuracy, cores, frames per second, power. What ours stand beside.

Sources. Esser et al. 2015: S. Esser et al., "Backpropagation for energy-efficient neuromorphic computing", NeurIPS
2015, abstract; another version of it says 0.408 and 121 microjoule for the same two networks. Their energy is that of
the cores in use. Esser et al. 2016: "Convolutional networks for fast, energy-efficient neuromorphic computing", PNAS
113:11441; its abstract gives the ranges (1,200 to 2,600 frames/s, 25 to 275 mW, over 6,000 frames/s/W), the rows were
noted down from its table by hand and not checked against it again. Energy per frame there is power over frames/s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["PUBLISHED", "PublishedFrames"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFrames:
    """One network on one chip. None: not published.

    accuracy : 0..1
    """

    dataset: str
    accuracy: float
    cores: int | None
    frames_per_s: float | None
    power_w: float | None
    energy_per_frame_j: float
    source: str


def _row_2016(dataset: str, percent: float, cores: int | None, frames_per_s: int, milliwatt: float) -> PublishedFrames:
    return PublishedFrames(
        dataset=dataset,
        accuracy=percent / 100,
        cores=cores,
        frames_per_s=frames_per_s,
        power_w=milliwatt / 1e3,
        energy_per_frame_j=milliwatt / 1e3 / frames_per_s,
        source="Esser et al. 2016",
    )


def _row_2015(percent: float, cores: int, microjoule: float) -> PublishedFrames:
    return PublishedFrames(
        dataset="MNIST",
        accuracy=percent / 100,
        cores=cores,
        frames_per_s=None,
        power_w=None,
        energy_per_frame_j=microjoule * 1e-6,
        source="Esser et al. 2015",
    )


PUBLISHED: Final = (
    _row_2015(92.7, 5, 0.268),
    _row_2015(99.42, 1920, 108),  # an ensemble of 64 networks of 30 cores
    _row_2016("CIFAR-10", 83.41, 4042, 1249, 204.4),
    _row_2016("CIFAR-100", 55.64, None, 1526, 207.8),  # noted down as 4,402 cores, more than a chip has: left out
    _row_2016("SVHN", 96.66, 4042, 2526, 256.5),
    _row_2016("GTSRB", 96.50, 4042, 1615, 200.6),
    _row_2016("LOGO32", 85.70, 3236, 1775, 171.7),
    _row_2016("VAD", 95.42, 423, 1539, 26.1),
    _row_2016("TIMIT class", 79.16, 1943, 2610, 142.6),
    _row_2016("TIMIT frame", 71.17, 2476, 2107, 165.9),
)
