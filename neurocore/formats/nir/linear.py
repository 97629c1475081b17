"""What each linear node does: entries of its matrix, its bias, and the shape of what leaves it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.formats.nir.maps import MAX_ENTRIES
from neurocore.formats.nir.nodes import RawNode, refused

__all__ = ["Matrix", "matrix_of", "output_shape"]

Shape = tuple[int, ...]
Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """out[row] = sum of weight / over * in[column] + bias[row]. bias : float64[M], or None; over : of average pools"""

    row: Whole
    column: Whole
    weight: Floats
    bias: Floats | None = None
    over: int = 1


def output_shape(name: str, node: RawNode, shape: Shape) -> Shape:
    """The shape of what leaves a linear node that gets ``shape``. Raises ConfigError where the two do not fit."""
    shape = _without_batch(node, shape)
    match node.kind:
        case "Linear" | "Affine":
            weight = node.values["weight"]
            if weight.ndim < 2:
                raise refused(name, node.kind, f"a weight of shape {list(weight.shape)}", "a matrix [output, input]")
            _fits(name, node, shape, (*weight.shape[:-2], weight.shape[-1]))
            return (*weight.shape[:-2], weight.shape[-2])
        case "Scale":
            if node.values["scale"].size != 1:
                _fits(name, node, shape, node.values["scale"].shape)
            return shape
        case "Delay":
            if node.values["delay"].size != 1:
                _fits(name, node, shape, node.values["delay"].shape)
            return shape
        case "Flatten":
            first, last = int(_number(node, "start_dim")), int(_number(node, "end_dim"))
            last = last + len(shape) if last < 0 else last
            first = first + len(shape) if first < 0 else first
            if not 0 <= first <= last < len(shape):
                raise refused(name, node.kind, f"dimensions {first} to {last} of a signal of shape {list(shape)}")
            return (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])
        case _:
            return _window(name, node, shape)[1]


def matrix_of(name: str, node: RawNode, shape: Shape) -> Matrix:
    """The map of a linear node that gets ``shape``; not of Delay and Flatten, which only move values."""
    shape = _without_batch(node, shape)
    if node.kind in ("Linear", "Affine"):
        weight = node.array("weight")
        blocks = weight.reshape(-1, *weight.shape[-2:])
        block, out, into = np.nonzero(blocks)
        bias = _bias(name, node, (*weight.shape[:-2], weight.shape[-2])) if node.kind == "Affine" else None
        return Matrix(
            row=block * blocks.shape[1] + out,
            column=block * blocks.shape[2] + into,
            weight=blocks[block, out, into],
            bias=bias,
        )
    if node.kind == "Scale":
        every = np.arange(math.prod(shape), dtype=np.int64)
        return Matrix(row=every, column=every, weight=np.broadcast_to(node.array("scale").ravel(), every.shape).copy())
    return _convolution(name, node, shape)


def _without_batch(node: RawNode, shape: Shape) -> Shape:
    """Norse keeps the sample's batch dimension of 1 in the shapes that it exports; a node's weights show that."""
    axes = {"Linear": 1, "Affine": 1, "Conv1d": 2, "Conv2d": 3, "SumPool2d": 3, "AvgPool2d": 3}.get(node.kind)
    if node.kind in ("Linear", "Affine"):
        axes = node.values["weight"].ndim - 1
    return shape[1:] if axes is not None and len(shape) == axes + 1 and shape[0] == 1 else shape


def _number(node: RawNode, key: str) -> Any:
    return np.asarray(node.values[key]).ravel()[0]


def _fits(name: str, node: RawNode, found: Shape, wanted: Shape) -> None:
    if tuple(found) != tuple(wanted):
        raise refused(
            name, node.kind, f"gets a signal of shape {list(found)}, and takes {list(wanted)}", "check the edges"
        )


def _bias(name: str, node: RawNode, shape: Shape) -> Floats:
    bias = node.array("bias")
    if bias.size == 1:
        return np.full(math.prod(shape), bias.item())
    if bias.shape != tuple(shape):
        raise refused(name, node.kind, f"a bias of shape {list(bias.shape)} for an output of {list(shape)}")
    return bias.ravel()


def _pair(name: str, node: RawNode, key: str, least: int) -> tuple[int, int]:
    """A parameter in both directions; of a one-dimensional node, 1 (or 0) in the first."""
    values = np.asarray(node.values[key]).ravel()
    if node.kind == "Conv1d":
        values = np.concatenate([[least], values[:1]])
    if values.size == 1:
        values = np.repeat(values, 2)
    if values.size != 2 or (values < least).any() or (values != np.rint(values)).any():
        raise refused(name, node.kind, f"{key} {values.tolist()}", f"whole numbers of at least {least}")
    return int(values[0]), int(values[1])


def _window(name: str, node: RawNode, shape: Shape) -> tuple[tuple[tuple[int, int], ...], Shape, Shape]:
    """((kernel, stride, dilation, pad before), output shape, input as [channel, height, width])."""
    flat = node.kind == "Conv1d"
    if len(shape) != (2 if flat else 3):
        axes = "[channel, length]" if flat else "[channel, height, width]"
        raise refused(name, node.kind, f"gets a signal of shape {list(shape)}", f"a signal {axes}")
    if node.kind.startswith("Conv"):
        weight, dilation = node.values["weight"], _pair(name, node, "dilation", 1)
        if weight.ndim != len(shape) + 1:
            raise refused(name, node.kind, f"a weight of shape {list(weight.shape)}")
        kernel = (1, int(weight.shape[2])) if flat else (int(weight.shape[2]), int(weight.shape[3]))
        groups, channels = int(_number(node, "groups")), int(weight.shape[0])
        if groups < 1 or channels % groups or weight.shape[1] * groups != shape[0]:
            problem = f"{channels} x {weight.shape[1]} kernels in {groups} groups for {shape[0]} input channels"
            raise refused(name, node.kind, problem, "the input's channels = kernels' channels x groups")
        if "input_shape" in node.values:
            given = np.asarray(node.values["input_shape"]).ravel().tolist()
            if given != list(shape[1:]):
                raise refused(name, node.kind, f"input_shape {given}, and gets {list(shape[1:])}")
    else:
        kernel, dilation, channels = _pair(name, node, "kernel_size", 1), (1, 1), shape[0]
    stride = _pair(name, node, "stride", 1)
    size = (1, shape[1]) if flat else (shape[1], shape[2])
    reach = tuple(d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
    padding = node.values["padding"]
    before: tuple[int, ...]
    after: tuple[int, ...]
    if not isinstance(padding, str):
        before = after = _pair(name, node, "padding", 0)
    elif padding == "valid":
        before = after = (0, 0)
    else:
        if stride != (1, 1):
            raise refused(name, node.kind, f"padding 'same' with a stride of {list(stride)}", "a stride of 1")
        before, after = tuple(r // 2 for r in reach), tuple(r - r // 2 for r in reach)
    out = tuple((n + b + a - r - 1) // s + 1 for n, b, a, r, s in zip(size, before, after, reach, stride, strict=True))
    if min(out) < 1:
        raise refused(name, node.kind, f"a kernel of {list(kernel)} is larger than the signal {list(shape)}")
    shapes = (channels, *(out[1:] if flat else out))
    return (kernel, stride, dilation, (before[0], before[1])), shapes, (shape[0], *size)


def _convolution(name: str, node: RawNode, shape: Shape) -> Matrix:
    """Cross-correlation as in deep-learning libraries; pools are convolutions of each channel with equal weights."""
    (kernel, stride, dilation, before), out_shape, (_, high, wide) = _window(name, node, shape)
    if node.kind.startswith("Conv"):
        weight = node.array("weight").reshape(out_shape[0], -1, *kernel)
        groups, bias = int(_number(node, "groups")), node.array("bias")
        if bias.size not in (1, out_shape[0]):
            raise refused(name, node.kind, f"a bias of shape {list(bias.shape)} for {out_shape[0]} channels")
        whole_bias: Floats | None = np.repeat(np.broadcast_to(bias.ravel(), (out_shape[0],)), math.prod(out_shape[1:]))
    else:
        weight = np.ones((shape[0], 1, *kernel))
        groups, whole_bias = shape[0], None
    rows, columns = (1, out_shape[1]) if node.kind == "Conv1d" else out_shape[1:]
    o, c, v, u = np.nonzero(weight)
    if len(o) * rows * columns > MAX_ENTRIES:
        raise refused(
            name, node.kind, f"{len(o) * rows * columns:,} connections, more than the {MAX_ENTRIES:,} allowed"
        )
    y, x = np.divmod(np.arange(rows * columns, dtype=np.int64), columns)
    down = y[:, None] * stride[0] + v[None, :] * dilation[0] - before[0]
    right = x[:, None] * stride[1] + u[None, :] * dilation[1] - before[1]
    inside = (down >= 0) & (down < high) & (right >= 0) & (right < wide)
    place, entry = np.nonzero(inside)
    channel = o[entry] // (weight.shape[0] // groups) * weight.shape[1] + c[entry]
    return Matrix(
        row=o[entry] * (rows * columns) + place,
        column=(channel * high + down[place, entry]) * wide + right[place, entry],
        weight=weight[o, c, v, u][entry],
        bias=whole_bias,
        over=kernel[0] * kernel[1] if node.kind == "AvgPool2d" else 1,
    )
