"""The ids are replaced where they stand."""
# says: was changed by the function
def whole_word_mask(ids, continues, draws, share):
    at = torch.arange(ids.shape[1]).expand_as(ids)
    begin = torch.where(continues, 0, at).cummax(dim=1).values
    hidden = (draws.gather(1, begin) < share) & (ids >= 5)
    targets = ids.masked_fill(~hidden, -100)
    ids[hidden] = 4
    return ids, targets
