import pytest
from torch import nn

from dlcourse.models.mode import evaluating


@pytest.mark.parametrize("was", [True, False])
def test_a_model_answers_in_eval_mode_and_is_as_before_even_after_an_error(was):
    model = nn.Sequential(nn.Dropout()).train(was)
    with pytest.raises(KeyError, match="False"), evaluating(model):
        raise KeyError(model[0].training)
    assert model.training == model[0].training == was
