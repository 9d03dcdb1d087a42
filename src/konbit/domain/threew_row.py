"""An activity as its sender typed it, and the question that a bad one raises."""

from pydantic import ConfigDict, Field

from konbit.definition.base import Mode, Model, Pathway
from konbit.domain.observations import Sensitivity


class Activity(Model):
    """One row of who does what where: texts as typed, checked only on export.

    An ad hoc row may be no more than organization, cluster, adm1 and month. `mode` is that of the run it came
    in with.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    id: str
    mode: Mode = "drill"
    pathway: Pathway = "streamlined"
    sensitivity: Sensitivity = "low"
    date_reported: str = ""
    event: str = ""
    implementer: str = ""
    funder: str = ""
    organization_type: str = ""
    cluster: str = ""
    activity: str = ""
    status: str = ""
    date_start: str = ""
    date_end: str = ""
    adm1: str = ""
    adm2: str = ""
    beneficiary_type: str = ""
    targeted: str = ""
    reached: str = ""
    value_usd: str = ""
    modality: str = ""


class Question(Model):
    """One thing to ask the sender: which column, what was found, and the question by language."""

    column: str
    found: str
    texts: dict[str, str] = Field(min_length=1)


class Quarantined(Model):
    """A row that waits for an answer; it is kept whole."""

    row: Activity
    question: Question
