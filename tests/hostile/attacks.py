"""All the attacks. Each function of these modules spoils an environment; adding a function adds an attack."""

from tests.hostile.attacks_by_content import (
    every_text_is_evil,
    interpreter_of_a_sparse_terabyte,
    interpreter_of_garbage,
    json_that_nests,
    pth_that_would_run,
    record_that_climbs_out,
    scripts_without_an_end,
)
from tests.hostile.attacks_by_number import metadata_of_many_requirements, record_of_a_million_rows
from tests.hostile.attacks_on_places import (
    KINDS,
    a_stack_that_goes_round,
    names_full_of_escapes,
    names_that_are_no_utf8,
)
from tests.hostile.ground import ATTACKS, EVIL

__all__ = [
    "ATTACKS",
    "EVIL",
    "KINDS",
    "a_stack_that_goes_round",
    "every_text_is_evil",
    "interpreter_of_a_sparse_terabyte",
    "interpreter_of_garbage",
    "json_that_nests",
    "metadata_of_many_requirements",
    "names_full_of_escapes",
    "names_that_are_no_utf8",
    "pth_that_would_run",
    "record_of_a_million_rows",
    "record_that_climbs_out",
    "scripts_without_an_end",
]
