"""Chapter 06's nets against `transformers` on equal weights, and what attention costs.

Prints ratios of medians taken in turn in one run, on one thread, and the share of the machine's
arithmetic used. Memory is the peak of a process of its own: it is read from /proc (Linux).
"""

import multiprocessing
import re
import sys
import tempfile
from pathlib import Path

import torch
from bench_cnn import step
from bench_start import medians, peak
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse import runtime
from dlcourse.models.transformer import bert, vit
from dlcourse.models.transformer.attention import attention, causal

LAYERS = 2  # of 12: the others would do the same again
LENGTHS = (256, 512, 1024, 2048, 4096)
HEADS, K = 4, 64
QUIET = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0}


def quiet_transformers():
    """Import `transformers` without torchvision, which does not load beside another torch."""
    sys.modules["torchvision"] = None
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers


def share_weights(model: nn.Module, peer: nn.Module) -> None:
    """Load the peer's weights by their published names, as they stand in its file."""
    with tempfile.TemporaryDirectory() as folder:
        peer.save_pretrained(folder)
        model.load_published(load_file(Path(folder) / "model.safetensors"))


def against(name: str, model: nn.Module, peer: nn.Module, ours, theirs, tokens: int) -> None:
    """Time forward and training step of two models with the same weights; they must agree first."""
    share_weights(model, peer)
    with torch.no_grad():
        assert torch.allclose(ours(), theirs(), atol=1e-4), name
        forward = medians(ours, theirs, times=7)
    parameters = [list(m.parameters()) for m in (model, peer)]
    training = medians(
        lambda: step(lambda _: ours(), parameters[0], None),
        lambda: step(lambda _: theirs(), parameters[1], None),
        times=5,
    )
    matrices = [m for m in model.modules() if isinstance(m, nn.Linear)]
    flop = 2 * tokens * sum(m.weight.numel() for m in matrices)
    for what, (mine, other), times in (("forward", forward, 1), ("a step", training, 3)):
        print(
            f"{name:<34} {what:<8} {1000 * mine:7.0f} ms   "
            f"{other / mine:4.2f} of transformers' speed   "
            f"{times * flop / mine / peak():4.0%} of the arithmetic peak"
        )


def against_bert(transformers, B: int = 4, T: int = 128) -> None:
    config = bert.BertConfig(vocabulary=1000, layers=LAYERS, dropout=0.0)
    model = bert.BertForMaskedLM(config)
    peer = transformers.BertForMaskedLM(
        transformers.BertConfig(vocab_size=1000, num_hidden_layers=LAYERS, **QUIET)
    )
    words, lengths = torch.randint(1000, (B, T)), torch.linspace(T // 2, T, B).long()
    mask = torch.arange(T) < lengths[:, None]
    name = f"BERT-base, {LAYERS} layers, {B} texts of {T}"
    against(name, model, peer, lambda: model(words), lambda: peer(words).logits, B * T)
    against(
        "  with padding",
        model,
        peer,
        lambda: model(words, mask) * mask[..., None],
        lambda: peer(words, attention_mask=mask.long()).logits * mask[..., None],
        B * T,
    )


def against_vit(transformers, B: int = 4) -> None:
    model = vit.ViT(vit.ViTConfig(layers=LAYERS, classes=10))
    peer = transformers.ViTForImageClassification(
        transformers.ViTConfig(num_hidden_layers=LAYERS, num_labels=10, **QUIET)
    )
    images = torch.rand(B, 3, 224, 224)
    name = f"ViT-B/16, {LAYERS} layers, {B} pictures"
    against(name, model, peer, lambda: model(images), lambda: peer(images).logits, B * 197)


def written(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    return attention(q, k, v, mask)[0]


KINDS = {"written out": written, "fused": F.scaled_dot_product_attention}


def there_and_back(kind: str, T: int, mask: Tensor | None = None) -> None:
    q, k, v = torch.randn(3, 1, HEADS, T, K, requires_grad=True).unbind()
    KINDS[kind](q, k, v, mask).sum().backward()


def peak_memory(kind: str, T: int) -> float:
    """Return the MB by which forward and backward raise the peak of this process."""

    def high() -> float:
        return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1e3

    torch.set_num_threads(1)
    there_and_back(kind, 16)
    before = high()
    there_and_back(kind, T)
    return high() - before


def cost_of_length() -> None:
    """Print milliseconds and peak memory of one attention, forward and back, as the text grows."""
    jobs = [(kind, T) for kind in KINDS for T in LENGTHS]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        memory = dict(zip(jobs, pool.starmap(peak_memory, jobs, chunksize=1)))
    seconds = {}
    for T in LENGTHS:
        calls = [lambda kind=kind, T=T: there_and_back(kind, T) for kind in KINDS]
        for kind, time in zip(KINDS, medians(*calls, times=3)):
            seconds[kind, T] = time
    print(f"attention, {HEADS} heads of {K}, forward and back, T =", *(f"{T:7}" for T in LENGTHS))
    for kind in KINDS:
        print(f"  {kind:<12} ms", *(f"{1000 * seconds[kind, T]:7.1f}" for T in LENGTHS))
        print(f"  {kind:<12} MB", *(f"{memory[kind, T]:7.1f}" for T in LENGTHS))
    table = [4 * HEADS * T * T / 1e6 for T in LENGTHS]
    print("  one table of T squared, MB", *(f"{size:.1f}" for size in table))
    last, half = LENGTHS[-1], LENGTHS[-2]
    for kind in KINDS:
        print(
            f"  {kind:<12} from {half} to {last}: "
            f"time x {seconds[kind, last] / seconds[kind, half]:.1f}, "
            f"memory x {memory[kind, last] / memory[kind, half]:.1f}"
        )
    written_out, fused = (seconds[kind, last] for kind in KINDS)
    print(f"  at {last} the fused kernel is {written_out / fused:.1f} times as fast")
    masked = medians(
        *(lambda kind=kind: there_and_back(kind, 1024, causal(1024)) for kind in KINDS)
    )
    print(f"  with a causal mask at 1024: {masked[0] / masked[1]:.1f} times as fast")


def main() -> None:
    torch.set_num_threads(1)
    transformers = quiet_transformers()
    runtime.set_seed(0)
    against_bert(transformers)
    against_vit(transformers)
    cost_of_length()


if __name__ == "__main__":
    main()
