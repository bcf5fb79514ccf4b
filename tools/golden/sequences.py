#!/usr/bin/env python3
"""Golden values of networks over sequences, computed by PyTorch: a pyramid, time-delay layers, an encoder and decoder, and
heads over sequences with padding.

Writes tests/golden/sequences.json: for each case the spec, the input, the parameters under livegrad's names, the scores, a
cotangent and the gradients. Run with Debian's python3-torch:  /usr/bin/python3 tools/golden/sequences.py
"""
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
cases = []


def rounded(t):
    return [float(f"{v:.9g}") for v in t.reshape(-1).tolist()]


class Parameters:
    """PyTorch modules in, parameters under livegrad's names out."""

    def __init__(self):
        self.entries = []

    def add(self, name, p, part=slice(None), shape=lambda p: p):
        with torch.no_grad():
            p.copy_(p.float().double())
        self.entries.append((name, p, part, shape))

    def recurrent(self, path, net, layer=0, suffix=""):
        """PyTorch has two biases for each gate; livegrad one, but for a GRU's candidate."""
        get = lambda name: getattr(net, f"{name}_l{layer}{suffix}")
        hidden = get("weight_hh").shape[1]
        gru = isinstance(net, nn.GRU)
        with torch.no_grad():
            get("bias_hh")[:2 * hidden if gru else None] = 0
        self.add(f"{path}.weight", get("weight_ih"))
        self.add(f"{path}.recurrent", get("weight_hh"))
        self.add(f"{path}.bias", get("bias_ih"))
        if gru:
            self.add(f"{path}.recurrent_bias", get("bias_hh"), slice(2 * hidden, None))

    def dense(self, path, net):
        self.add(f"{path}.weight", net.weight)
        self.add(f"{path}.bias", net.bias)

    def conv(self, path, net):
        """[filters, inputs, kernel] is [filters, kernel · inputs] in livegrad."""
        self.add(f"{path}.weight", net.weight, shape=lambda p: p.permute(0, 2, 1))
        self.add(f"{path}.bias", net.bias)


def case(name, spec_input, layers, x, params, scores):
    cotangent = (torch.rand(*scores.shape) - 0.5).float().double()
    (scores * cotangent).sum().backward()
    cases.append({
        "name": name, "spec": {"input": spec_input, "layers": layers + [{"loss": "softmax"}]}, "batch": x.shape[0],
        "input": x.reshape(-1).tolist() if not x.is_floating_point() else rounded(x),
        "parameters": [{"name": n, "values": rounded(shape(p.detach()[part])), "gradient": rounded(shape(p.grad[part]))}
                       for n, p, part, shape in params.entries],
        "output": rounded(scores), "cotangent": rounded(cotangent),
    })


def features(*shape):
    return (2 * torch.rand(*shape) - 1).float().double()


def pyramid():
    x, params = features(3, 8, 3), Parameters()
    y = x
    for k in range(3):
        if k > 0:
            y = y.reshape(3, y.shape[1] // 2, 2 * y.shape[2])
        net = nn.LSTM(y.shape[2], 4, batch_first=True)
        params.recurrent(f"lstm.layer{k + 1}", net)
        y = net(y)[0]
    out = nn.Linear(4, 2)
    params.dense("out", out)
    case("pyramid", {"sequence": 8, "features": 3},
         [{"lstm": 4, "layers": 3, "pyramid": True, "name": "lstm"}, {"last_step": True}, {"dense": 2, "name": "out"}],
         x, params, out(y[:, -1]))


def time_delay():
    x, params = features(2, 9, 3), Parameters()
    first, second, out = nn.Conv1d(3, 5, 3, dilation=2), nn.Conv1d(5, 4, 2, stride=2), nn.Linear(4, 2)
    params.conv("first", first)
    params.conv("second", second)
    params.dense("out", out)
    y = torch.tanh(first(F.pad(x.transpose(1, 2), (4, 0))))
    y = second(y).mean(2)
    case("time delay", {"sequence": 9, "features": 3},
         [{"conv1d": 5, "kernel": 3, "dilation": 2, "causal": True, "act": "tanh", "name": "first"},
          {"conv1d": 4, "kernel": 2, "stride": 2, "name": "second"}, {"mean_over_steps": True}, {"dense": 2, "name": "out"}],
         x, params, out(y))


def encoder_decoder():
    x, params = torch.randint(5, (3, 6)), Parameters()
    table = nn.Embedding(5, 3)
    encoder, decoder = (nn.GRU(i, 4, 2, batch_first=True) for i in (3, 4))
    out = nn.Linear(4, 5)
    params.add("embedding.weight", table.weight)
    for path, net in (("encoder", encoder), ("decoder", decoder)):
        for k in range(2):
            params.recurrent(f"{path}.layer{k + 1}", net, k)
    params.dense("out", out)
    y, state = encoder(table(x))
    y, _ = decoder(y[:, -1:].expand(3, 6, 4), state)
    case("encoder and decoder", {"sequence": 6, "symbols": 5},
         [{"embedding": 3, "name": "embedding"}, {"gru": 4, "layers": 2, "name": "encoder"}, {"last_step": True},
          {"repeat_steps": 6}, {"gru": 4, "layers": 2, "initial": "encoder", "name": "decoder"},
          {"dense": "symbols", "name": "out"}], x, params, out(y))


def padded(head):
    lengths = [6, 2, 4]
    x, params = torch.randint(5, (3, 6)), Parameters()
    table, net, out = nn.Embedding(5, 3), nn.LSTM(3, 4, batch_first=True, bidirectional=True), nn.Linear(8, 3)
    params.add("embedding.weight", table.weight)
    params.recurrent("lstm.forward", net)
    params.recurrent("lstm.backward", net, suffix="_reverse")
    params.dense("out", out)
    packed = pack_padded_sequence(table(x), lengths, batch_first=True, enforce_sorted=False)
    y, _ = pad_packed_sequence(net(packed)[0], batch_first=True)
    if head == "mean_over_steps":
        y = torch.stack([y[n, :lengths[n]].mean(0) for n in range(3)])
    else:
        y = torch.stack([y[n, lengths[n] - 1] for n in range(3)])
    x = torch.stack([torch.where(torch.arange(6) < lengths[n], x[n], -1) for n in range(3)])
    case(f"{head} with padding", {"sequence": 6, "symbols": 5, "padding": True},
         [{"embedding": 3, "name": "embedding"}, {"lstm": 4, "bidirectional": True, "name": "lstm"}, {head: True},
          {"dense": 3, "name": "out"}], x, params, out(y))


pyramid()
time_delay()
encoder_decoder()
padded("mean_over_steps")
padded("last_step")

path = pathlib.Path(__file__).parents[2] / "tests/golden/sequences.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
