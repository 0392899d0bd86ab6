"""Binds sentences to acts: `@when('the fault "{fault}" strikes')` above a class registers it with pytest-bdd.

The act's field `fault` defines the form of `{fault}` (see `words`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar, get_args, get_origin, get_type_hints

from parse import with_pattern
from pytest_bdd import parsers
from pytest_bdd import step as bdd_step

from steps.drill.act import Act, ActStep
from steps.vocabulary.words import Words

A = TypeVar("A", bound=type[Act])
Keyword = Literal["given", "when", "then"]
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Sentence:
    """A sentence of the vocabulary, and its act."""

    keyword: Keyword
    pattern: str
    act: type[Act]

    @property
    def words(self) -> dict[str, Words]:
        """Return the values in the sentence by field, in order; raises TypeError for a field without `Words`."""
        return {name: _words(self.act, name) for name in _FIELD.findall(self.pattern)}


SENTENCES: list[Sentence] = []
"""The whole vocabulary, in the order of its modules; filled when they are imported."""


def given(*patterns: str) -> Callable[[A], A]:
    """Bind Given sentences to the decorated act."""
    return _sentences("given", patterns)


def when(*patterns: str) -> Callable[[A], A]:
    """Bind When sentences to the decorated act."""
    return _sentences("when", patterns)


def then(*patterns: str) -> Callable[[A], A]:
    """Bind Then sentences to the decorated act."""
    return _sentences("then", patterns)


def _sentences(keyword: Keyword, patterns: tuple[str, ...]) -> Callable[[A], A]:
    def bind(act: A) -> A:
        for pattern in patterns:
            sentence = Sentence(keyword, pattern, act)
            readers = {name: with_pattern(words.pattern)(_reader(words)) for name, words in sentence.words.items()}
            parser = parsers.parse(_FIELD.sub(r"{\1:\1}", pattern), readers, case_sensitive=True)
            bdd_step(parser, keyword, stacklevel=2)(ActStep(act))  # 2: the module of the act, not this one
            SENTENCES.append(sentence)
        return act

    return bind


def _reader(words: Words) -> Callable[[str], object]:
    def read(text: str) -> object:  # with_pattern modifies the function, so each field needs its own
        return words.read(text)

    return read


def _words(act: type[Act], name: str) -> Words:
    hint = get_type_hints(act, include_extras=True)[name]
    if get_origin(hint) is Annotated:
        for extra in get_args(hint):
            if isinstance(extra, Words):
                return extra
    raise TypeError(f"{act.__name__}.{name}: the type of a field in a sentence must be one of steps/vocabulary/words.py")
