"""Moving training images at random: shifted, turned, scaled, sheared."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neurocore.training.plan import Augment

if TYPE_CHECKING:
    from torch import Generator, Tensor

__all__ = ["moved"]


def moved(images: Tensor, how: Augment, generator: Generator) -> Tensor:
    """Images float[images, colours, height, width], each under its own affine map, bilinear, dark outside."""
    import torch
    from torch.nn.functional import affine_grid, grid_sample

    if not (how.shift or how.rotate_degrees or how.scale or how.shear):
        return images
    count, _, high, wide = images.shape
    draw = torch.rand((count, 5), generator=generator) * 2 - 1
    angle = draw[:, 0] * math.radians(how.rotate_degrees)
    size = 1 + draw[:, 1] * how.scale
    shear = draw[:, 2] * how.shear
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    first = torch.stack([cos, shear * cos - sin, draw[:, 3] * how.shift * 2 / wide], dim=1)
    second = torch.stack([sin, shear * sin + cos, draw[:, 4] * how.shift * 2 / high], dim=1)
    grid = affine_grid(torch.stack([first, second], dim=1), list(images.shape), align_corners=False)
    return grid_sample(images, grid, align_corners=False)
