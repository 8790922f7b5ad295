#!/usr/bin/env python3
"""One training step of a prior-data fitted network in plain PyTorch, for comparison with pfnkit's own step.

Two models of the same sizes (--model):

  two-stream     context and query rows are separate streams that share weights; keys and values come from the context
                 only, and the last layer computes nothing else of the context. The mathematics of pfnkit's step: few biases,
                 norms without weights (layer norm in place of RMS norm, because torch has the former as one fused operation).
  single-stream  the usual code: all rows in one sequence through torch's own encoder layers, with a mask that lets every
                 row attend the context rows only.

Both: features (t, log, 1 / log) and y enter by linear layers, pre-norm, squared ReLU, no dropout, cross entropy over bars,
gradients clipped to norm 1, Adam.

Protocol, one line each way: prints `ready {json}` (or `unavailable reason`), then answers each `step N` (N context rows,
the rest are queries) with `{"ms": ..., "loss": ...}` until `quit` or end of input. Drawing the batch is not timed.

B datasets, N context rows, M query rows, S = N + M, E width, H heads, D = E / H, K bars.
"""

import argparse
import json
import os
import re
import sys
import time


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=["two-stream", "single-stream"], default="two-stream")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--bars", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=100, help="datasets per step")
    parser.add_argument("--points", type=int, default=100, help="rows per dataset, context and queries together")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--dtype", choices=["float32", "tf32", "bfloat16"], default="float32",
                        help="precision of matrix products; bfloat16 by autocast")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


args = parse_arguments()
# Read once, when the BLAS library and OpenMP are loaded: they must be set before torch is imported.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)
try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as error:
    print(f"unavailable {error}", flush=True)
    sys.exit(0)

NUM_FEATURES = 3


def features_of(t):
    """Steps [B, R, 1] counted from 1 -> [B, R, 3], each of order one."""
    log = torch.log1p(t)
    return torch.cat([t / args.points, log / 5, 1 / log], dim=-1)


def attend(query, key, value):
    """[B, H, R, D] attends [B, H, N, D]."""
    if hasattr(F, "scaled_dot_product_attention"):  # torch >= 2.0 fuses it
        return F.scaled_dot_product_attention(query, key, value)
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)  # [B, H, R, N]
    return torch.softmax(scores, dim=-1) @ value


class SquaredReLU(nn.Module):
    def forward(self, x):
        return F.relu(x).square()


class Block(nn.Module):
    """One pre-norm transformer layer whose keys and values are given, so that two streams can share it."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.width, self.heads = width, heads
        self.norm_attention = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_mlp = nn.LayerNorm(width, elementwise_affine=False)
        self.in_projection = nn.Linear(width, 3 * width, bias=False)  # query, key, value
        self.out_projection = nn.Linear(width, width, bias=False)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), SquaredReLU(), nn.Linear(hidden, width, bias=False))

    def project(self, normed, first, last):
        """Parts first..last of (query, key, value) in one product: each [B, H, R, D]."""
        rows = slice(first * self.width, last * self.width)
        packed = F.linear(normed, self.in_projection.weight[rows])
        batch, length, _ = normed.shape
        return packed.view(batch, length, last - first, self.heads, -1).permute(2, 0, 3, 1, 4)

    def keys_values(self, context):
        return self.project(self.norm_attention(context), 1, 3)

    def finish(self, stream, query, key, value):
        """Everything after the projections: attention, MLP and both residuals."""
        mixed = attend(query, key, value).transpose(1, 2).reshape(stream.shape)  # [B, R, E]
        stream = stream + self.out_projection(mixed)
        return stream + self.mlp(self.norm_mlp(stream))

    def context_step(self, context):
        query, key, value = self.project(self.norm_attention(context), 0, 3)
        return self.finish(context, query, key, value), key, value

    def query_step(self, stream, key, value):
        (query,) = self.project(self.norm_attention(stream), 0, 1)
        return self.finish(stream, query, key, value)


class TwoStream(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_x = nn.Linear(NUM_FEATURES, args.width)
        self.embed_y = nn.Linear(1, args.width)
        self.blocks = nn.ModuleList(Block(args.width, args.heads, args.hidden) for _ in range(args.layers))
        self.norm = nn.LayerNorm(args.width, elementwise_affine=False)
        self.head = nn.Linear(args.width, args.bars)

    def forward(self, t, y, num_context):
        """t [B, S, 1], y [B, N, 1] -> logits [B, M, K]."""
        context = self.embed_x(features_of(t[:, :num_context])) + self.embed_y(y)  # [B, N, E]
        query = self.embed_x(features_of(t[:, num_context:]))  # [B, M, E]
        for block in self.blocks[:-1]:
            context, key, value = block.context_step(context)
            query = block.query_step(query, key, value)
        key, value = self.blocks[-1].keys_values(context)
        query = self.blocks[-1].query_step(query, key, value)
        return self.head(self.norm(query))


class SingleStream(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_x = nn.Linear(NUM_FEATURES, args.width)
        self.embed_y = nn.Linear(1, args.width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(args.width, args.heads, args.hidden, dropout=0.0, activation=SquaredReLU(),
                                       batch_first=True, norm_first=True)
            for _ in range(args.layers))
        self.norm = nn.LayerNorm(args.width)
        self.head = nn.Linear(args.width, args.bars)

    def forward(self, t, y, num_context):
        """t [B, S, 1], y [B, N, 1] -> logits [B, M, K]."""
        rows = self.embed_x(features_of(t))  # [B, S, E]
        rows = torch.cat([rows[:, :num_context] + self.embed_y(y), rows[:, num_context:]], dim=1)
        num_rows = rows.shape[1]
        # True = may not be attended: the columns of all query rows. [S, S]
        hidden_columns = torch.arange(num_rows, device=rows.device) >= num_context
        mask = hidden_columns.expand(num_rows, num_rows)
        for layer in self.layers:
            rows = layer(rows, src_mask=mask)
        return self.head(self.norm(rows[:, num_context:]))


def draw_batch(num_context):
    """Values do not matter for speed: steps in random order, uniform targets as bar indices."""
    t = torch.rand(args.batch, args.points).argsort(dim=1)[..., None] + 1.0  # [B, S, 1], steps 1..S
    y = torch.randn(args.batch, num_context, 1)
    bar = torch.randint(args.bars, (args.batch, args.points - num_context))
    return [part.to(args.device) for part in (t, y, bar)]


def synchronize():
    if args.device == "cuda":
        torch.cuda.synchronize()


def seconds(action):
    synchronize()
    start = time.perf_counter()
    result = action()
    synchronize()
    return time.perf_counter() - start, result


def train_step(model, optimizer, num_context, batch):
    t, y, bar = batch
    with torch.autocast(args.device, dtype=torch.bfloat16, enabled=args.dtype == "bfloat16"):
        logits = model(t, y, num_context)
        loss = F.cross_entropy(logits.reshape(-1, args.bars), bar.reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def matmul_gflops(size=1024, repeats=5):
    """What this torch's own matrix product reaches: tells a slow BLAS from a slow step."""
    a, b = (torch.randn(size, size, device=args.device) for _ in range(2))
    times = sorted(seconds(lambda: a @ b)[0] for _ in range(repeats))
    return 2 * size**3 / times[repeats // 2] / 1e9


def blas_library():
    """File names of the BLAS that is loaded (Debian lets the administrator choose it), or None."""
    try:
        with open("/proc/self/maps") as maps:
            names = set(re.findall(r"/(lib[^/\s]*(?:blas|mkl)[^/\s]*\.so[^/\s]*)", maps.read()))
    except OSError:
        return None
    return ", ".join(sorted(names)) or None


def main():
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    torch.backends.cuda.matmul.allow_tf32 = args.dtype == "tf32"
    if args.device == "cuda" and not torch.cuda.is_available():
        print("unavailable this torch has no usable CUDA device", flush=True)
        return
    model = (TwoStream() if args.model == "two-stream" else SingleStream()).to(args.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    about = {
        "model": args.model,
        "torch": torch.__version__,
        "blas": blas_library(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if args.device == "cuda" else "cpu",
        "dtype": args.dtype,
        "parameters": sum(p.numel() for p in model.parameters()),
        "matmulGflops": matmul_gflops(),
    }
    print("ready", json.dumps(about), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            break
        if len(words) != 2 or words[0] != "step" or not 1 <= int(words[1]) < args.points:
            sys.exit(f"pytorch_step: expected `step N` with N in 1..{args.points - 1} or `quit`, got {line!r}")
        num_context = int(words[1])
        batch = draw_batch(num_context)
        elapsed, loss = seconds(lambda: train_step(model, optimizer, num_context, batch))
        print(json.dumps({"ms": elapsed * 1000, "loss": loss}), flush=True)


main()
