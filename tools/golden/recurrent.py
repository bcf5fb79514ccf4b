#!/usr/bin/env python3
"""Golden values of recurrent layers, computed by PyTorch's own modules: stacked, bidirectional, and for symbols.

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

path = pathlib.Path(__file__).parents[2] / "tests/golden/recurrent.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
