#!/usr/bin/env python3
"""Golden values of the operations, computed by PyTorch: an implementation that shares nothing with ours.

Writes tests/golden/ops.json: for each case the inputs, the output, a cotangent and the gradients of every input.
Run with Debian's python3-torch:  /usr/bin/python3 tools/golden/ops.py
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
cases = []


def rounded(t):
    return [float(f"{v:.9g}") for v in t.reshape(-1).tolist()]


def case(name, f, *shapes, low=-1.0, high=1.0, labels=None, **settings):
    """Runs f on random inputs rounded to float32, and differentiates it with a random cotangent."""
    xs = [(low + (high - low) * torch.rand(*s)).float().double().requires_grad_() for s in shapes]
    y = f(*xs) if labels is None else f(*xs, torch.tensor(labels))
    cotangent = (torch.rand(*y.shape) - 0.5).float().double()
    gradients = torch.autograd.grad(y, xs, cotangent)
    cases.append({
        "name": name,
        "settings": settings,
        "labels": labels or [],
        "inputs": [{"shape": list(x.shape), "values": rounded(x)} for x in xs],
        "output": {"shape": list(y.shape), "values": rounded(y)},
        "cotangent": rounded(cotangent),
        "gradients": [rounded(g) for g in gradients],
    })


case("dense", F.linear, (4, 7), (3, 7), (3,))
for s in ({"stride": 1, "pad": 2, "dilation": 1, "groups": 1}, {"stride": 2, "pad": 1, "dilation": 2, "groups": 2}):
    case("conv2d", lambda x, w, b, s=s: F.conv2d(x, w, b, s["stride"], s["pad"], s["dilation"], s["groups"]),
         (2, 4, 7, 6), (6, 4 // s["groups"], 3, 3), (6,), **s)
case("max_pool", lambda x: F.max_pool2d(x, 3, 2, 1), (2, 2, 7, 6), kernel=3, stride=2, pad=1)
case("average_pool", lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), (2, 2, 7, 6), kernel=3, stride=2, pad=1)
case("l2_pool", lambda x: F.lp_pool2d(x, 2, 2, 2), (2, 2, 6, 8), low=0.1, kernel=2, stride=2, pad=0)
case("relu", F.relu, (5, 6))
case("leaky_relu", lambda x: F.leaky_relu(x, 0.2), (5, 6), slope=0.2)
case("sigmoid", torch.sigmoid, (5, 6), low=-8, high=8)
case("tanh", torch.tanh, (5, 6), low=-5, high=5)
case("elu", lambda x: F.elu(x, 1.3), (5, 6), low=-4, high=4, alpha=1.3)
case("softplus", F.softplus, (5, 6), low=-8, high=8)
case("softmax", lambda x: F.softmax(x, 1), (5, 6), low=-4, high=4)
truth = [2, 0, 5, 5, 1]
case("softmax_cross_entropy", lambda x, t: F.cross_entropy(x, t, reduction="none"), (5, 6), low=-4, high=4, labels=truth,
     smoothing=0.0)
case("softmax_cross_entropy", lambda x, t: F.cross_entropy(x, t, reduction="none", label_smoothing=0.1), (5, 6), low=-4,
     high=4, labels=truth, smoothing=0.1)
case("hinge", lambda x, t: 6 * F.multi_margin_loss(x, t, reduction="none"), (5, 6), low=-2, high=2, labels=truth)
case("squared_error", lambda x, t: 0.5 * F.mse_loss(x, t.detach(), reduction="none").sum(1) + 0 * t.sum(1), (5, 6), (5, 6))
case("absolute_error", lambda x, t: F.l1_loss(x, t.detach(), reduction="none").sum(1) + 0 * t.sum(1), (5, 6), (5, 6))
case("binary_cross_entropy", lambda x, t: F.binary_cross_entropy_with_logits(x, t.detach(), reduction="none").sum(1)
     + 0 * t.sum(1), (5, 6), (5, 6), low=0.0, high=1.0)
case("poisson", lambda x, t: F.poisson_nll_loss(x, t.detach(), log_input=True, full=False, reduction="none").sum(1)
     + 0 * t.sum(1), (5, 6), (5, 6), low=0.0, high=3.0)
case("batch_norm", lambda x, g, b: F.batch_norm(x, None, None, g, b, True, 0.1, 1e-5), (3, 4, 5, 2), (4,), (4,))
case("layer_norm", lambda x, g, b: F.layer_norm(x, (12,), g, b, 1e-5), (4, 12), (12,), (12,))
case("local_response_norm", lambda x: F.local_response_norm(x, 5, 0.5, 0.75, 2.0), (2, 8, 3, 3), window=5, k=2.0, alpha=0.5,
     power=0.75)

out = pathlib.Path(__file__).parents[2] / "tests" / "golden" / "ops.json"
out.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases to {out}")
