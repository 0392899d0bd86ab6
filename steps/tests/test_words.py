"""Values in sentences (lists of names, times), and their binding to the fields of an act."""

import re
from typing import get_args

import pytest

from steps.vocabulary import VOCABULARY
from steps.vocabulary.sentences import SENTENCES, given
from steps.vocabulary.words import Heading, Labels, Seconds, Words, names_of, seconds_of


def pattern(kind: object) -> str:
    [words] = [extra for extra in get_args(kind) if isinstance(extra, Words)]
    return words.pattern


@pytest.mark.parametrize(("text", "names"), [
    ('"Step 1"', ("Step 1",)),
    ('"Step 1" and "Step 2"', ("Step 1", "Step 2")),
    ('"Step 1", "Step 2" and "Step 5"', ("Step 1", "Step 2", "Step 5")),
])
def test_a_list_of_names(text, names):
    assert re.fullmatch(pattern(Labels), text)
    assert names_of(text) == names


@pytest.mark.parametrize("text", ["Step 1", '"Step 1" "Step 2"', '"Step 1",', '""'])
def test_text_that_is_not_a_list(text):
    assert not re.fullmatch(pattern(Labels), text)


@pytest.mark.parametrize(("text", "seconds"), [("5 seconds", 5), ("1 second", 1), ("5 minutes", 300), ("2 hours", 7200)])
def test_a_time_keeps_the_unit_of_the_document(text, seconds):
    assert re.fullmatch(pattern(Seconds), text)
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["5", "5 s", "five minutes", "1.5 hours", "5  minutes"])
def test_text_that_is_not_a_time(text):
    assert not re.fullmatch(pattern(Seconds), text)


def test_a_name_ends_at_its_quotation_mark():
    assert not re.fullmatch(pattern(Heading), 'API" is observed as well and "nginx')


def test_a_field_of_unknown_form_is_refused():
    class Untyped:
        amount: int

    with pytest.raises(TypeError, match=r"Untyped.amount: the type of a field in a sentence must be one of"):
        given("{amount} pigs fly")(Untyped)  # type: ignore[type-var] # no act, and refused before that matters


def test_no_two_sentences_are_alike():
    assert {sentence.act.__module__.rpartition(".")[2] for sentence in SENTENCES} >= set(VOCABULARY)
    patterns = [(sentence.keyword, sentence.pattern) for sentence in SENTENCES]
    assert len(patterns) == len(set(patterns))
