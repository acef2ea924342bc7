"""The batch is one long text."""
# says: a row never goes on
def whole_word_mask(ids, continues, draws, share):
    at = torch.arange(ids.numel())
    begin = torch.where(continues.flatten(), 0, at).cummax(dim=0).values
    hidden = (draws.flatten()[begin].reshape(ids.shape) < share) & (ids >= 5)
    return ids.masked_fill(hidden, 4), ids.masked_fill(~hidden, -100)
