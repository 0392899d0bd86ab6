"""Lists of quoted names in sentences."""

import re

import pytest

from steps.vocabulary.names import LIST, names_of


@pytest.mark.parametrize(("text", "names"), [
    ('"Step 1"', ["Step 1"]),
    ('"Step 1" and "Step 2"', ["Step 1", "Step 2"]),
    ('"Step 1", "Step 2" and "Step 5"', ["Step 1", "Step 2", "Step 5"]),
])
def test_names_of_a_list(text, names):
    assert re.fullmatch(LIST, text)
    assert names_of(text) == names


@pytest.mark.parametrize("text", ["Step 1", '"Step 1" "Step 2"', '"Step 1",', '""'])
def test_what_is_no_list(text):
    assert not re.fullmatch(LIST, text)
