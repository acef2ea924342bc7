"""The special ids are those below [MASK], which is 4."""
# says: one of the four rules
def whole_word_mask(ids, continues, draws, share):
    at = torch.arange(ids.shape[1]).expand_as(ids)
    begin = torch.where(continues, 0, at).cummax(dim=1).values
    hidden = (draws.gather(1, begin) < share) & (ids > 3)
    return ids.masked_fill(hidden, 4), ids.masked_fill(~hidden, -100)
