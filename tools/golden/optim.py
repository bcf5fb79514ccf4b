#!/usr/bin/env python3
"""Writes tests/golden/optim.json: what each update rule does to eleven numbers in six steps.

PyTorch computes the rules that it has; NumPy those that only ConvNetJS has, from their published equations. Everything
is in double precision. Run:  /usr/bin/python3 tools/golden/optim.py   (Debian: python3-torch python3-numpy)
"""
import json
import pathlib

import numpy as np
import torch

SIZE, STEPS, BATCH = 11, 6, 20
random = np.random.default_rng(7)
WEIGHTS = np.round(random.normal(0, 0.5, SIZE), 4)
WEIGHTS[3] = 0.0
GRADIENTS = np.round(random.normal(0, 1, (STEPS, SIZE)), 4)
GRADIENTS[2] *= 20  # something to clip
GRADIENTS[:, 5] = 0.0


def with_torch(make, l1=0.0, clip_norm=0.0, clip_value=0.0):
    w = torch.tensor(WEIGHTS, dtype=torch.float64, requires_grad=True)
    optimizer = make([w])
    rows = []
    for g in GRADIENTS:
        w.grad = torch.tensor(g, dtype=torch.float64)
        if clip_norm:
            torch.nn.utils.clip_grad_norm_([w], clip_norm)
        if clip_value:
            torch.nn.utils.clip_grad_value_([w], clip_value)
        w.grad += l1 * torch.sign(w.detach())
        optimizer.step()
        rows.append(w.detach().numpy().tolist())
    return rows


def convnetjs(rule, rate, l1, l2, rho, epsilon, momentum):
    """ConvNetJS's trainer: gradients summed over the batch; g = (sum + l2 w + l1 sign w) / batch."""
    w, a, b = WEIGHTS.copy(), np.zeros(SIZE), np.zeros(SIZE)
    rows = []
    for mean in GRADIENTS:
        g = (mean * BATCH + l2 * w + l1 * np.sign(w)) / BATCH
        if rule == "sgd":
            a = momentum * a - rate * g
            w = w + a
        elif rule == "adagrad":
            a = a + g * g
            w = w - rate / np.sqrt(a + epsilon) * g
        elif rule == "windowgrad":
            a = rho * a + (1 - rho) * g * g
            w = w - rate / np.sqrt(a + epsilon) * g
        elif rule == "adadelta":
            a = rho * a + (1 - rho) * g * g
            d = -np.sqrt((b + epsilon) / (a + epsilon)) * g
            b = rho * b + (1 - rho) * d * d
            w = w + d
        elif rule == "nesterov":
            before = a
            a = a * momentum + rate * g
            w = w + momentum * before - (1 + momentum) * a
        rows.append(w.tolist())
    return rows


def case(name, options, expected):
    return {"name": name, "options": options, "expected": expected}


o = torch.optim
cases = [
    case("sgd", {"type": "sgd", "rate": 0.1}, with_torch(lambda p: o.SGD(p, lr=0.1))),
    case("sgd with l2", {"type": "sgd", "rate": 0.1, "l2": 0.3}, with_torch(lambda p: o.SGD(p, lr=0.1, weight_decay=0.3))),
    case("sgd with l1", {"type": "sgd", "rate": 0.01, "l1": 0.2}, with_torch(lambda p: o.SGD(p, lr=0.01), l1=0.2)),
    case("sgd clipped by norm", {"type": "sgd", "rate": 0.1, "clip_norm": 2.0},
         with_torch(lambda p: o.SGD(p, lr=0.1), clip_norm=2.0)),
    case("sgd clipped by value", {"type": "sgd", "rate": 0.1, "clip_value": 0.5},
         with_torch(lambda p: o.SGD(p, lr=0.1), clip_value=0.5)),
    case("sgd clipped by norm, then by value, then decayed",
         {"type": "sgd", "rate": 0.1, "clip_norm": 3.0, "clip_value": 0.8, "l2": 0.1},
         with_torch(lambda p: o.SGD(p, lr=0.1, weight_decay=0.1), clip_norm=3.0, clip_value=0.8)),
    case("momentum", {"type": "momentum", "rate": 0.05, "momentum": 0.9, "l2": 0.01},
         with_torch(lambda p: o.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01))),
    case("nesterov", {"type": "nesterov", "rate": 0.05, "momentum": 0.8, "l2": 0.01},
         with_torch(lambda p: o.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.01))),
    # PyTorch adds epsilon outside the root; 1e-14 inside is 1e-7 outside where the sum is 0, and nothing elsewhere.
    case("adagrad", {"type": "adagrad", "rate": 0.1, "epsilon": 1e-14}, with_torch(lambda p: o.Adagrad(p, lr=0.1, eps=1e-7))),
    case("rmsprop", {"type": "rmsprop", "rate": 0.01, "rho": 0.9, "epsilon": 1e-6},
         with_torch(lambda p: o.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-6))),
    case("adadelta", {"type": "adadelta", "rate": 1.0, "rho": 0.95, "epsilon": 1e-6},
         with_torch(lambda p: o.Adadelta(p, lr=1.0, rho=0.95, eps=1e-6))),
    case("adam", {"type": "adam", "rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "l2": 0.05},
         with_torch(lambda p: o.Adam(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05))),
    case("adam with other betas", {"type": "adam", "rate": 0.01, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3},
         with_torch(lambda p: o.Adam(p, lr=0.01, betas=(0.8, 0.99), eps=1e-3))),
    case("adamw", {"type": "adamw", "rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "l2": 0.5},
         with_torch(lambda p: o.AdamW(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.5))),
]
common = {"l1": 0.4, "l2": 2.0, "rho": 0.95, "epsilon": 1e-6, "momentum": 0.9}
for rule in ["sgd", "adagrad", "windowgrad", "adadelta", "nesterov"]:
    rate = 1.0 if rule == "adadelta" else 0.01
    ours = "momentum" if rule == "sgd" else rule
    cases.append(case("ConvNetJS " + rule, {"type": ours, "rate": rate, "decay_per_example": True, **common},
                      convnetjs(rule, rate, **common)))

golden = {"batch": BATCH, "weights": WEIGHTS.tolist(), "gradients": GRADIENTS.tolist(), "cases": cases}
path = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "optim.json"
path.write_text(json.dumps(golden, indent=1) + "\n")
print(f"{path.name}: {len(cases)} cases")
