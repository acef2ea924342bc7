"""Global pooling makes the net small: it forgets where the strokes are."""
# says: pooling that keeps too little
def build():
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)
    )
