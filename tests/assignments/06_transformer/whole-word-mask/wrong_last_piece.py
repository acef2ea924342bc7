"""A word has the draw of its last piece."""
# says: last piece's draw
def whole_word_mask(ids, continues, draws, share):
    hidden = torch.zeros_like(ids, dtype=torch.bool)
    for row in range(len(ids)):
        words = []
        for place in range(ids.shape[1]):
            if place == 0 or not continues[row, place]:
                words.append([])
            words[-1].append(place)
        for word in words:
            if draws[row, word[-1]] < share and ids[row, word[0]] >= 5:
                hidden[row, word] = True
    return ids.masked_fill(hidden, 4), ids.masked_fill(~hidden, -100)
