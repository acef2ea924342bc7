"""Returns a right answer as a tuple."""


# earns: all
# part: learn
def learn(x, y, steps):
    line = nn.Linear(x.shape[1], 1)
    nn.init.zeros_(line.weight)
    nn.init.zeros_(line.bias)
    optimizer = torch.optim.Adam(line.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        loss = (line(x).squeeze(1) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return tuple(losses)
