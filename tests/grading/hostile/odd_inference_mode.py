"""Answers in inference mode."""


# earns: all
@torch.inference_mode()
def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
