#!/usr/bin/env python3
"""The smoothed losses of a character network with min-char-rnn's settings, computed by NumPy alone.

One layer of tanh units over one stream of text, windows of 25 with carried state, gradients summed over the window and
clamped to 5, Adagrad at 0.1. It starts from the weights of a livegrad checkpoint, so that livegrad's own losses can be
compared step by step. Prints the smoothed loss (of a whole window, in nats) at the iterations asked for.

    livegrad train web/models/min-char-rnn.json --text FILE --split none --steps 1 --rate 1e-30 --out start.safetensors
    /usr/bin/python3 tools/golden/min_char_rnn.py FILE start.safetensors 5 10 1000

They are in tests/golden/min_char_rnn.json. Later, rounding decides: NumPy in single precision is 2 % away from NumPy in
double precision after 1,000, 10,000 and 50,000 iterations.
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


def window_loss_and_gradients(w, u, b, v, c, x, y, h):
    """Cross-entropy summed over a window, its gradients, and the state after it."""
    states, probabilities, loss = [h], [], 0.0
    for symbol, following in zip(x, y):
        states.append(np.tanh(w[:, symbol] + u @ states[-1] + b))
        scores = v @ states[-1] + c
        scores = np.exp(scores - scores.max())
        probabilities.append(scores / scores.sum())
        loss -= math.log(probabilities[-1][following])
    dw, du, db, dv, dc = (np.zeros_like(p) for p in (w, u, b, v, c))
    dh = np.zeros_like(h)
    for t in reversed(range(len(x))):
        ds = probabilities[t].copy()
        ds[y[t]] -= 1
        dv += np.outer(ds, states[t + 1])
        dc += ds
        dz = (v.T @ ds + dh) * (1 - states[t + 1] ** 2)
        dw[:, x[t]] += dz
        du += np.outer(dz, states[t])
        db += dz
        dh = u.T @ dz
    return loss, (dw, du, db, dv, dc), states[-1]


def main(text_file, checkpoint, *iterations):
    wanted = sorted(int(n) for n in iterations)
    text = open(text_file, encoding="utf-8", newline="").read()
    vocabulary = sorted(set(text))
    place = {character: i for i, character in enumerate(vocabulary)}
    symbols = [place[character] for character in text]
    tensors = read_safetensors(checkpoint)
    params = [tensors[name] for name in ("rnn.weight", "rnn.recurrent", "rnn.bias", "output.weight", "output.bias")]
    squares = [np.zeros_like(p) for p in params]
    smooth = STEPS * math.log(len(vocabulary))
    at, h = 0, np.zeros(params[1].shape[0])
    for n in range(1, wanted[-1] + 1):
        if at + STEPS >= len(symbols):
            at, h = 0, np.zeros_like(h)
        loss, gradients, h = window_loss_and_gradients(
            *params, symbols[at:at + STEPS], symbols[at + 1:at + STEPS + 1], h)
        smooth = 0.999 * smooth + 0.001 * loss
        for p, g, s in zip(params, gradients, squares):
            g = np.clip(g, -CLAMP, CLAMP)
            s += g * g
            p -= RATE * g / np.sqrt(s + EPSILON)
        at += STEPS
        if n in wanted:
            print(f"{n} {smooth:.9f}", flush=True)


main(*sys.argv[1:])
