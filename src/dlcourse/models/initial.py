"""Initial weights under which a signal neither fades nor explodes on its way through a net."""

from typing import Literal

from torch import nn


def kaiming(model: nn.Module, mode: Literal["fan_out", "fan_in"] = "fan_out") -> None:
    """Draw the weights of all convolutions from N(0, 2 / fan), and set their biases to 0, in place.

    `mode` is "fan_out" or "fan_in": the fan of a weight is what it feeds, or what feeds it.

    A ReLU lets half of the signal's power through, hence the 2; torch's own initial weights let a
    sixth through. He et al. 2015, equation 14.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode=mode, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def normal(model: nn.Module, std: float) -> None:
    """Draw the weights of all linear layers and embeddings from N(0, std²), and set biases to 0.

    BERT and what followed it begin so.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=std)
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)


def xavier(model: nn.Module, std: float) -> None:
    """Draw all matrices by the rule of Glorot and Bengio 2010, but embeddings from N(0, std²)."""
    for name, p in model.named_parameters():
        if p.dim() > 1:
            in_table = isinstance(model.get_submodule(name.rpartition(".")[0]), nn.Embedding)
            nn.init.normal_(p, std=std) if in_table else nn.init.xavier_uniform_(p)
