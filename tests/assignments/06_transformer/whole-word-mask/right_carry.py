"""A column at a time: the choice is carried on where the word goes on."""
def whole_word_mask(ids, continues, draws, share):
    chosen = draws < share
    hidden = [chosen[:, 0]]
    for place in range(1, ids.shape[1]):
        hidden.append(torch.where(continues[:, place], hidden[-1], chosen[:, place]))
    hidden = torch.stack(hidden, dim=1) * (ids > 4)
    return torch.where(hidden, 4, ids), torch.where(hidden, ids, -100)
