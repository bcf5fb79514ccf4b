#!/usr/bin/env python3
"""The smoothed losses of a character network with min-char-rnn's settings, computed by NumPy alone.

One layer of tanh units over one stream of text, windows of 25 with carried state, gradients summed over the window and
clamped to 5, Adagrad at 0.1. It starts from the weights of livegrad checkpoints, all side by side, so that livegrad's own
losses can be compared step by step. Prints the smoothed loss (of a whole window, in nats) of each at the iterations asked for.

    livegrad train web/models/min-char-rnn.json --text FILE --split none --steps 1 --rate 1e-30 --seed 1 --out 1.safetensors
    /usr/bin/python3 tools/golden/min_char_rnn.py FILE 5,10,1000 1.safetensors

Those of seed 1, computed beside the other eleven, are in tests/golden/min_char_rnn.json. Later, rounding decides; tools/golden/min_char_rnn.mjs prints
livegrad's own losses for the comparison of many starts.
"""
import json
import math
import struct
import sys

import numpy as np

STEPS, RATE, CLAMP, EPSILON = 25, 0.1, 5.0, 1e-8


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(body[begin:end], "<f4").reshape(entry["shape"]).astype(np.float64)
    return tensors


def times(matrices, vectors):
    """The product of each matrix and its vector."""
    return (matrices @ vectors[..., None])[..., 0]


def window_losses_and_gradients(w, u, b, v, c, x, y, h):
    """Cross-entropies summed over a window, their gradients, and the states after it; the first axis counts networks."""
    states, softmaxes, losses = [h], [], np.zeros(len(h))
    for symbol, following in zip(x, y):
        states.append(np.tanh(w[:, :, symbol] + times(u, states[-1]) + b))
        scores = times(v, states[-1]) + c
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        softmaxes.append(scores / scores.sum(axis=1, keepdims=True))
        losses -= np.log(softmaxes[-1][:, following])
    dw, db = np.zeros_like(w), np.zeros_like(b)
    dh, dzs, dss = np.zeros_like(h), [], []
    for t in reversed(range(len(x))):
        ds = softmaxes[t].copy()
        ds[:, y[t]] -= 1
        dz = (times(v.swapaxes(1, 2), ds) + dh) * (1 - states[t + 1] ** 2)
        dw[:, :, x[t]] += dz
        db += dz
        dh = times(u.swapaxes(1, 2), dz)
        dzs.insert(0, dz)
        dss.insert(0, ds)
    outer = lambda left, right: np.stack(left, axis=2) @ np.stack(right, axis=1)
    du, dv, dc = outer(dzs, states[:-1]), outer(dss, states[1:]), sum(dss)
    return losses, (dw, du, db, dv, dc), states[-1]


def main(text_file, iterations, *checkpoints):
    wanted = sorted(int(n) for n in iterations.split(","))
    text = open(text_file, encoding="utf-8", newline="").read()
    vocabulary = sorted(set(text))
    place = {character: i for i, character in enumerate(vocabulary)}
    symbols = [place[character] for character in text]
    starts = [read_safetensors(path) for path in checkpoints]
    names = ("rnn.weight", "rnn.recurrent", "rnn.bias", "output.weight", "output.bias")
    params = [np.stack([start[name] for start in starts]) for name in names]
    squares = [np.zeros_like(p) for p in params]
    smooth = np.full(len(starts), STEPS * math.log(len(vocabulary)))
    at, h = 0, np.zeros_like(params[2])
    for n in range(1, wanted[-1] + 1):
        if at + STEPS >= len(symbols):
            at, h = 0, np.zeros_like(h)
        losses, gradients, h = window_losses_and_gradients(
            *params, symbols[at:at + STEPS], symbols[at + 1:at + STEPS + 1], h)
        smooth = 0.999 * smooth + 0.001 * losses
        for p, g, s in zip(params, gradients, squares):
            g = np.clip(g, -CLAMP, CLAMP)
            s += g * g
            p -= RATE * g / np.sqrt(s + EPSILON)
        at += STEPS
        if n in wanted:
            for checkpoint, loss in zip(checkpoints, smooth):
                print(f"{checkpoint} {n} {loss:.9f}", flush=True)


main(*sys.argv[1:])
