#!/usr/bin/env python3
"""Golden values of recurrent layers, computed by PyTorch: stacked, bidirectional, for symbols, and with layer norm.

The plain cells are PyTorch's own modules; those with layer norm or peepholes are written here in elementary operations.

Writes tests/golden/recurrent.json: for each case the options, the input, the parameters under livegrad's names, the
output, a cotangent and the gradients. PyTorch has two biases for each gate; livegrad one, but for a GRU's candidate.
Run with Debian's python3-torch:  /usr/bin/python3 tools/golden/recurrent.py
"""
import json
import pathlib

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
cases = []


def rounded(t):
    return [float(f"{v:.9g}") for v in t.reshape(-1).tolist()]


def case(cell, n=3, steps=5, inputs=4, hidden=6, layers=1, bidirectional=False, relu=False, symbols=False):
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    options = {"nonlinearity": "relu"} if relu else {}
    net = kind(inputs, hidden, layers, batch_first=True, bidirectional=bidirectional, **options)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(p.float().double())
            # One bias stands for both, so the second is zero but for a GRU's candidate.
        for name, p in net.named_parameters():
            if name.startswith("bias_hh"):
                keep = p[2 * hidden:].clone() if cell == "gru" else None
                p.zero_()
                if keep is not None:
                    p[2 * hidden:] = keep
    if symbols:
        x = torch.randint(inputs, (n, steps))
        given = torch.nn.functional.one_hot(x, inputs).double()
    else:
        x = (2 * torch.rand(n, steps, inputs) - 1).float().double().requires_grad_()
        given = x
    y, _ = net(given)
    cotangent = (torch.rand(*y.shape) - 0.5).float().double()
    (y * cotangent).sum().backward()

    parameters = []
    for k in range(layers):
        for reverse in range(2 if bidirectional else 1):
            suffix = f"_l{k}" + ("_reverse" if reverse else "")
            path = "case" + (f".layer{k + 1}" if layers > 1 else "")
            path += (".backward" if reverse else ".forward") if bidirectional else ""
            get = lambda name: getattr(net, name + suffix)
            entries = [("weight", get("weight_ih"), slice(None)), ("recurrent", get("weight_hh"), slice(None)),
                       ("bias", get("bias_ih"), slice(None))]
            if cell == "gru":
                entries.append(("recurrent_bias", get("bias_hh"), slice(2 * hidden, None)))
            for name, p, part in entries:
                parameters.append({"name": f"{path}.{name}", "values": rounded(p.detach()[part]),
                                   "gradient": rounded(p.grad[part])})
    cases.append({
        "cell": cell, "layers": layers, "bidirectional": bidirectional, "relu": relu, "symbols": symbols,
        "shape": [n, steps, inputs], "hidden": hidden, "input": rounded(x), "parameters": parameters,
        "output": rounded(y), "cotangent": rounded(cotangent), "input_gradient": [] if symbols else rounded(x.grad),
    })


for cell in ("rnn", "gru", "lstm"):
    case(cell)
    case(cell, layers=3)
    case(cell, layers=2, bidirectional=True)
    case(cell, n=2, steps=7, inputs=9, hidden=17, symbols=True)
case("rnn", relu=True)

def normalized(v):
    centred = v - v.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred * centred).mean(-1, keepdim=True) + 1e-5)


def written_cell(cell, x, p, reverse, leak, norm):
    """h of every step; `norm`: with layer norm of the projection, of the recurrent product and of an LSTM's cell."""
    hidden = p["recurrent"].shape[1]
    scaled = lambda v, gamma: normalized(v) * p[gamma] if norm else v
    projection = scaled(x @ p["weight"].T, "gamma") + p["bias"]
    h = c = torch.zeros(x.shape[0], hidden)
    steps = list(range(x.shape[1]))
    states = {}
    for t in reversed(steps) if reverse else steps:
        z, u = projection[:, t], scaled(h @ p["recurrent"].T, "recurrent_gamma")
        if cell == "rnn":
            h = (1 - leak) * h + leak * torch.tanh(z + u)
        elif cell == "gru":
            gates = torch.sigmoid((z + u)[:, :2 * hidden])
            r, update = gates[:, :hidden], gates[:, hidden:]
            n = torch.tanh(z[:, 2 * hidden:] + r * (u[:, 2 * hidden:] + p["recurrent_bias"]))
            h = (1 - update) * n + update * h
        else:
            i, f, g, o = (z + u).split(hidden, 1)
            i, f = torch.sigmoid(i + p["peephole"][0] * c), torch.sigmoid(f + p["peephole"][1] * c)
            c = f * c + i * torch.tanh(g)
            o = torch.sigmoid(o + p["peephole"][2] * c)
            h = o * torch.tanh(scaled(c, "cell_gamma") + (p["cell_shift"] if norm else 0))
        states[t] = h
    return torch.stack([states[t] for t in steps], 1)


def written_case(cell, n=3, steps=5, inputs=4, hidden=6, layers=1, bidirectional=False, symbols=False, leak=1.0,
                 peephole=False, norm=True):
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    if symbols:
        x = torch.randint(inputs, (n, steps))
        given = torch.nn.functional.one_hot(x, inputs).double()
    else:
        x = given = (2 * torch.rand(n, steps, inputs) - 1).float().double().requires_grad_()
    parameters = []

    def parameter(path, name, *shape, around=0.0, scale=1.0):
        value = (around + scale * (torch.rand(*shape) - 0.5)).float().double().requires_grad_()
        parameters.append((f"{path}.{name}", value))
        return value

    y = given
    for k in range(layers):
        directions = []
        for reverse in range(2 if bidirectional else 1):
            path = "case" + (f".layer{k + 1}" if layers > 1 else "")
            path += (".backward" if reverse else ".forward") if bidirectional else ""
            p = {
                "weight": parameter(path, "weight", gates * hidden, y.shape[-1], scale=3.0),
                "recurrent": parameter(path, "recurrent", gates * hidden, hidden, scale=3.0),
                "bias": parameter(path, "bias", gates * hidden),
            }
            if norm:
                p["gamma"] = parameter(path, "gamma", gates * hidden, around=1.0)
                p["recurrent_gamma"] = parameter(path, "recurrent_gamma", gates * hidden, around=1.0)
            if cell == "gru":
                p["recurrent_bias"] = parameter(path, "recurrent_bias", hidden)
            if cell == "lstm":
                if norm:
                    p["cell_gamma"] = parameter(path, "cell_gamma", hidden, around=1.0)
                    p["cell_shift"] = parameter(path, "cell_shift", hidden)
                p["peephole"] = parameter(path, "peephole", 3, hidden) if peephole else torch.zeros(3, hidden)
            directions.append(written_cell(cell, y, p, reverse, leak, norm))
        y = torch.cat(directions, -1)
    cotangent = (torch.rand(*y.shape) - 0.5).float().double()
    (y * cotangent).sum().backward()
    cases.append({
        "cell": cell, "layers": layers, "bidirectional": bidirectional, "relu": False, "symbols": symbols,
        "layer_norm": norm, "leak": leak, "peephole": peephole, "shape": [n, steps, inputs], "hidden": hidden,
        "input": rounded(x),
        "parameters": [{"name": name, "values": rounded(v), "gradient": rounded(v.grad)} for name, v in parameters],
        "output": rounded(y), "cotangent": rounded(cotangent), "input_gradient": [] if symbols else rounded(x.grad),
    })


for cell in ("rnn", "gru", "lstm"):
    written_case(cell)
    written_case(cell, n=2, steps=4, inputs=3, hidden=5, layers=2, bidirectional=True)
    written_case(cell, n=2, steps=4, symbols=True)
written_case("rnn", leak=0.25)
written_case("lstm", peephole=True)
written_case("rnn", leak=0.25, norm=False)
written_case("lstm", peephole=True, norm=False)

path = pathlib.Path(__file__).parents[2] / "tests/golden/recurrent.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
