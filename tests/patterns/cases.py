"""The 43 control-flow patterns: what each is for, how it is written, what is played, and what must come of it."""

import dataclasses
from typing import Literal

from konbit.definition.parameters import Value

Need = Literal["must", "should", "could", "refused"]
THREE: dict[str, Value] = {"clusters": ["HEA", "WSH", "SHL"]}


@dataclasses.dataclass(frozen=True)
class Played:
    """Events in words, and what they lead to."""

    events: tuple[str, ...]
    path: str
    """The steps that have ended, in order."""
    open: str = ""
    """The steps under way then; one that may not start yet has a question mark."""
    outcome: str | None = "completed"
    given: dict[str, Value] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Pattern:
    """One pattern. Those that are refused have the code the check refuses them with, and the reason."""

    number: int
    name: str
    need: Need
    use: str
    """What it is for in the field."""
    written: str
    """What writes it; for one that is refused, why it is."""
    plays: tuple[Played, ...] = ()
    code: str = ""


PATTERNS = (
    Pattern(
        1,
        "Sequence",
        "must",
        "Verify first, then alert, then activate.",
        "The order of the list.",
        (
            Played(("verify is answered done",), "verify alert", "activate", None),
            Played(("verify is answered done", "activate is answered done"), "verify alert activate"),
        ),
    ),
    Pattern(
        2,
        "Parallel split",
        "must",
        "Two teams set out at the same time.",
        "`lanes`.",
        (Played((), "", "count_beds count_wells", None),),
    ),
    Pattern(
        3,
        "Synchronization",
        "must",
        "The note is written when both teams are back.",
        "The end of `lanes`.",
        (
            Played(("count_beds is answered done",), "count_beds", "count_wells", None),
            Played(
                ("count_beds is answered done", "count_wells is answered done"),
                "count_beds count_wells survey note",
            ),
        ),
    ),
    Pattern(
        4,
        "Exclusive choice",
        "must",
        "A large event calls the surge team, a small one the local team; a size nobody knows is estimated first.",
        "`choose` with `when`, `otherwise` and `unknown`.",
        (
            Played((), "surge size", given={"people": 5000}),
            Played((), "local_team size", given={"people": 40}),
            Played((), "", "estimate", None),
        ),
    ),
    Pattern(
        5,
        "Simple merge",
        "must",
        "Whichever team goes, the log is written once.",
        "The end of `choose`.",
        (
            Played((), "surge size log", given={"people": 5000}),
            Played((), "local_team size log", given={"people": 40}),
        ),
    ),
    Pattern(
        6,
        "Multi-choice",
        "must",
        "Only the clusters that are activated act.",
        "`lanes` with `when` on each.",
        (
            Played((), "", "open_clinic truck_water", None, {"clusters": ["WSH", "HEA"]}),
            Played((), "response", given={"clusters": ["LOG"]}),
        ),
    ),
    Pattern(
        7,
        "Structured synchronizing merge",
        "must",
        "The report waits for those clusters that were activated, and for no other.",
        "The end of `lanes` with `when`.",
        (
            Played(
                ("truck_water is answered done", "open_clinic is answered done"),
                "truck_water open_clinic response report_back",
                given={"clusters": ["WSH", "HEA"]},
            ),
            Played(
                ("hand_out_tents is answered done",),
                "hand_out_tents response report_back",
                given={"clusters": ["SHL"]},
            ),
        ),
    ),
    Pattern(
        8,
        "Multi-merge",
        "refused",
        "Lanes that each run the steps after them.",
        "A tail that runs twice sends every message in it twice. A list has one way in and `goto` leads back only, so "
        "that it cannot be written; put the steps into a fragment and `use` it in both lanes.",
        code="goto-outside-list",
    ),
    Pattern(
        9,
        "Structured discriminator",
        "must",
        "The first source that confirms starts the alert; the other may still report.",
        "`wait: first`.",
        (
            Played(("hear_radio is answered done",), "hear_radio sources alert", "call_mayor", None),
            Played(
                ("hear_radio is answered done", "call_mayor is answered done"),
                "hear_radio sources alert call_mayor",
            ),
        ),
    ),
    Pattern(
        10,
        "Arbitrary cycles",
        "could",
        "A text goes back to the draft, and from the approval back to the review: two ways back that overlap.",
        "`goto` back in the same list, with `at_most`; `only_while` says when.",
        (
            Played(
                (
                    "draft is answered done",
                    "review is answered redraft",
                    "draft[~2] is answered done",
                    "review[~2] is answered good",
                    "approve[~2] is answered review_again",
                    "review[~3] is answered good",
                    "approve[~3] is answered good",
                ),
                "draft review draft[~2] review[~2] approve[~2] review[~3] approve[~3] publish[~3]",
            ),
        ),
    ),
    Pattern(
        11,
        "Implicit termination",
        "must",
        "The run is over when nothing is left to do, although no step says so.",
        "The end of the list.",
        (
            Played(
                ("call_water_board is answered done",), "notices call_water_board", "call_road_office", None
            ),
            Played(
                ("call_water_board is answered done", "call_road_office is answered done"),
                "notices call_water_board call_road_office",
            ),
        ),
    ),
    Pattern(
        12,
        "Multiple instances without synchronization",
        "should",
        "Every cluster is told, and the run does not wait for them.",
        "`for_each` with `wait: none`.",
        (
            Played((), "notices go_on", "tell_cluster[HEA] tell_cluster[SHL] tell_cluster[WSH]", None, THREE),
            Played(
                ("tell_cluster[WSH] is answered done", "1d passes"),
                "notices go_on tell_cluster[WSH] tell_cluster[HEA] tell_cluster[SHL]",
                given=THREE,
            ),
        ),
    ),
    Pattern(
        13,
        "Multiple instances with a priori design-time knowledge",
        "must",
        "Two places are visited, and the chart says which.",
        "`for_each` over a list that is written out.",
        (
            Played(
                ("visit[WSH] is answered done", "visit[HEA] is answered done"),
                "visit[WSH] visit[HEA] visits note",
            ),
        ),
    ),
    Pattern(
        14,
        "Multiple instances with a priori run-time knowledge",
        "must",
        "Each cluster that is affected is asked.",
        "`for_each` over a parameter or a result; none at all goes straight on.",
        (
            Played(
                ("ask_needs[SHL] is answered done", "ask_needs[HEA] is answered done"),
                "ask_needs[SHL] ask_needs[HEA]",
                "ask_needs[WSH]",
                None,
                THREE,
            ),
            Played((), "needs note"),
        ),
    ),
    Pattern(
        15,
        "Multiple instances without a priori run-time knowledge",
        "should",
        "New districts report damage while the survey is under way.",
        "`open_until`, and the command that adds an item.",
        (
            Played(
                (
                    "ask_needs[HEA] is answered done",
                    "an operator adds WSH to needs",
                    "an operator adds WSH to needs",
                    "close_list is answered done",
                    "ask_needs[WSH] is answered done",
                ),
                "ask_needs[HEA] close_list ask_needs[WSH] needs survey note",
                given={"clusters": ["HEA"]},
            ),
            Played(
                ("ask_needs[HEA] is answered done",),
                "ask_needs[HEA]",
                "close_list needs",
                None,
                {"clusters": ["HEA"]},
            ),
        ),
    ),
    Pattern(
        16,
        "Deferred choice",
        "must",
        "What comes first decides: landfall, the all clear, or twelve hours without either.",
        "`wait: {first_of: [...]}`.",
        (
            Played(("the signal all_clear comes",), "go_home landfall"),
            Played(("12h pass",), "ask_forecast landfall"),
            Played((), "", "landfall", None),
        ),
    ),
    Pattern(
        17,
        "Interleaved parallel routing",
        "could",
        "One car serves two jobs: one trip at a time, and each job in its own order.",
        "`holding` the same lock in lanes.",
        (
            Played((), "", "drive_to_bridge sample_well?", None),
            Played(
                (
                    "drive_to_bridge is answered done",
                    "measure_bridge is answered done",
                    "sample_well is answered done",
                ),
                "drive_to_bridge measure_bridge sample_well checks",
            ),
        ),
    ),
    Pattern(
        18,
        "Milestone",
        "should",
        "Projects may be added while the appeal is open.",
        "`only_while`; it may look at a step of another lane.",
        (
            Played(
                (
                    "announce is answered done",
                    "add_project is answered done",
                    "close_appeal is answered done",
                ),
                "announce add_project close_appeal appeal",
            ),
            Played(
                ("announce is answered done", "close_appeal is answered done"),
                "announce close_appeal add_project appeal",
            ),
            Played(
                ("close_appeal is answered done", "announce is answered done"),
                "close_appeal announce add_project appeal",
            ),
        ),
    ),
    Pattern(
        19,
        "Cancel task",
        "must",
        "The search of a house ends when the family has been reached by phone.",
        "`stop`, or the command that ends a step.",
        (
            Played(("reach_family is answered done",), "reach_family search_house tell_team"),
            Played(
                ("an operator ends search_house as skipped", "reach_family is answered done"),
                "search_house reach_family tell_team",
            ),
        ),
    ),
    Pattern(
        20,
        "Cancel case",
        "must",
        "The alarm was false: everything is withdrawn and those who were told are told.",
        "The command that stands a run down, with `stand_down`; `end` where the chart itself knows.",
        (
            Played(
                ("prepare is answered done", "an operator stands the run down"),
                "prepare call_off",
                outcome="stood_down",
            ),
        ),
    ),
    Pattern(
        21,
        "Structured loop",
        "must",
        "The river is measured every six hours until it falls.",
        "`repeat` with `until` and `at_most`.",
        (
            Played(
                ("measure[1] is answered rising", "6h pass", "measure[2] is answered falling"),
                "measure[1] measure[2] watch all_clear",
            ),
            Played(("measure[1] is answered rising", "5h pass"), "measure[1]", "watch", None),
        ),
    ),
    Pattern(
        22,
        "Recursion",
        "refused",
        "A flowchart that runs itself.",
        "Nothing bounds how deep it goes, and nobody can follow a run inside a run inside a run. A loop says how often: "
        "use `repeat` with `at_most`, or `for_each` over the levels.",
        code="child-cycle",
    ),
    Pattern(
        23,
        "Transient trigger",
        "should",
        "Only a horn that sounds while people are listening counts.",
        "`wait: {signal: ..., keep: false}`.",
        (
            Played(("the signal horn comes", "board is answered done"), "board", "horn", None),
            Played(("board is answered done", "the signal horn comes"), "board horn leave"),
        ),
    ),
    Pattern(
        24,
        "Persistent trigger",
        "must",
        "The permit may arrive before the truck is loaded.",
        "`wait: {signal: ...}`: a signal that came early is kept, and taken once.",
        (
            Played(("the signal permit comes", "load is answered done"), "load permit drive"),
            Played(("load is answered done", "the signal permit comes"), "load permit drive"),
        ),
    ),
    Pattern(
        25,
        "Cancel region",
        "must",
        "The storm turns away: buses and shelters are called off together.",
        "`abandon_if` on a step with steps in it; `stop` from outside.",
        (
            Played(
                ("find_buses is answered done", "forecast is answered turned_away"),
                "find_buses send_buses forecast evacuation call_off log",
            ),
        ),
    ),
    Pattern(
        26,
        "Cancel multiple instance activity",
        "should",
        "All surveys end when it is not safe any more.",
        "`abandon_if` on a `for_each`.",
        (
            Played(
                ("survey[WSH] is answered done", "security is answered withdraw"),
                "survey[WSH] security surveys note",
                given=THREE,
            ),
        ),
    ),
    Pattern(
        27,
        "Complete multiple instance activity",
        "should",
        "Two samples are enough; the rest is called back, and the loop counts as done.",
        "`enough_when` on a `for_each`.",
        (
            Played(
                ("sample[SHL] is answered done", "sample[HEA] is answered done"),
                "sample[SHL] sample[HEA] samples note",
                given=THREE,
            ),
        ),
    ),
    Pattern(
        28,
        "Blocking discriminator",
        "refused",
        "A join that takes the first and then blocks until all the others have come.",
        "It only matters where several rounds of the same steps are under way at once, and a list is never entered twice "
        "at once. A join is one of `all`, `first`, `none`, a number or a share.",
        code="bad-join",
    ),
    Pattern(
        29,
        "Cancelling discriminator",
        "must",
        "The first who finds transport has the job; the other stops looking.",
        "`wait: first` with `stop_rest: true`.",
        (Played(("find_boat is answered done",), "find_boat transport depart"),),
    ),
    Pattern(
        30,
        "Structured partial join",
        "must",
        "Two of three sources confirm an event; the third may still answer.",
        "`wait: 2`.",
        (
            Played(("ask_mayor is answered done",), "ask_mayor", "ask_church ask_police", None),
            Played(
                ("ask_mayor is answered done", "ask_church is answered done"),
                "ask_mayor ask_church confirmations confirmed",
                "ask_police",
                None,
            ),
            Played(
                ("ask_mayor is answered done", "ask_church is answered done", "ask_police is answered done"),
                "ask_mayor ask_church confirmations confirmed ask_police",
            ),
        ),
    ),
    Pattern(
        31,
        "Blocking partial join",
        "refused",
        "As 28, for several.",
        "As 28: there are no rounds that could overtake each other.",
        code="bad-join",
    ),
    Pattern(
        32,
        "Cancelling partial join",
        "must",
        "Two signatures of three release the money; the third is not asked any more.",
        "`wait: 60%` with `stop_rest: true`.",
        (
            Played(
                ("chair_signs is answered done", "secretary_signs is answered done"),
                "chair_signs secretary_signs approvals pay",
            ),
        ),
    ),
    Pattern(
        33,
        "Generalized AND-join",
        "refused",
        "A join that keeps what comes early for its next round.",
        "One lane brings one end: nothing can come twice, so that there is nothing to keep.",
        code="bad-join",
    ),
    Pattern(
        34,
        "Static partial join for multiple instances",
        "must",
        "The draft starts with two inputs; later ones are kept.",
        "`for_each` with `wait: 2`.",
        (
            Played(
                ("give_input[WSH] is answered done", "give_input[HEA] is answered done"),
                "give_input[WSH] give_input[HEA] inputs draft",
                "give_input[SHL]",
                None,
                THREE,
            ),
        ),
    ),
    Pattern(
        35,
        "Cancelling partial join for multiple instances",
        "must",
        "The draft starts with two inputs, and nobody is asked for more.",
        "`for_each` with `wait: 2` and `stop_rest: true`.",
        (
            Played(
                ("give_input[WSH] is answered done", "give_input[HEA] is answered done"),
                "give_input[WSH] give_input[HEA] inputs draft",
                given=THREE,
            ),
        ),
    ),
    Pattern(
        36,
        "Dynamic partial join for multiple instances",
        "should",
        "More than half must vote, however many there are by then.",
        "`for_each` with `enough_when` over `completed` and `count`.",
        (
            Played(
                ("vote[HEA] is answered done", "an operator adds LOG to votes", "vote[WSH] is answered done"),
                "vote[HEA] vote[WSH]",
                "vote[LOG] vote[SHL]",
                None,
                THREE,
            ),
            Played(
                (
                    "vote[HEA] is answered done",
                    "an operator adds LOG to votes",
                    "vote[WSH] is answered done",
                    "vote[LOG] is answered done",
                ),
                "vote[HEA] vote[WSH] vote[LOG] votes decide",
                given=THREE,
            ),
        ),
    ),
    Pattern(
        37,
        "Acyclic synchronizing merge",
        "should",
        "The convoy leaves when the road is cleared, or as soon as it turns out that it need not be.",
        "`after` on a step of another lane; a way that was not taken is not waited for.",
        (
            Played(("load_cargo is answered done",), "load_cargo", "depart? road", None),
            Played(("load_cargo is answered done", "road is answered open"), "load_cargo road depart convoy"),
            Played(
                ("road is answered blocked", "load_cargo is answered done", "clear_road is answered done"),
                "road load_cargo clear_road depart convoy",
            ),
        ),
    ),
    Pattern(
        38,
        "General synchronizing merge",
        "refused",
        "A join that waits for whatever may still come, in charts that go round.",
        "Whether more may come depends on the state of the whole run, and two such joins can wait for each other. Lanes "
        "may wait for each other in one direction only.",
        code="after-cycle",
    ),
    Pattern(
        39,
        "Critical section",
        "should",
        "One truck: who has it drives, the other waits; after eight hours it is given on and the owner is told.",
        "`holding` a lock with a `lease`.",
        (
            Played((), "", "drive_north drive_south?", None),
            Played(("drive_north is answered done",), "drive_north", "drive_south", None),
            Played(("9h pass",), "", "drive_north drive_south", None),
        ),
    ),
    Pattern(
        40,
        "Interleaved routing",
        "could",
        "One interpreter, three interviews, one after the other in any order.",
        "`holding` the same lock in lanes.",
        (
            Played((), "", "interview_farmer? interview_mayor interview_nurse?", None),
            Played(
                (
                    "interview_mayor is answered done",
                    "interview_farmer is answered done",
                    "interview_nurse is answered done",
                ),
                "interview_mayor interview_farmer interview_nurse interviews",
            ),
        ),
    ),
    Pattern(
        41,
        "Thread merge",
        "refused",
        "Several threads in one branch become one.",
        "A list is at one step at a time: there are no threads in it to count.",
        code="join-too-large",
    ),
    Pattern(
        42,
        "Thread split",
        "refused",
        "One branch runs the same step several times at once.",
        "As 41. What is done several times at once has items, and `for_each` names them.",
        code="unknown-key",
    ),
    Pattern(
        43,
        "Explicit termination",
        "must",
        "The authority takes over: the run ends, and what is open is withdrawn.",
        "`end` with an outcome.",
        (
            Played(("authority is answered takes_over",), "authority", outcome="handed_over"),
            Played(
                ("authority is answered goes_on", "hand_out_food is answered done"), "authority hand_out_food"
            ),
        ),
    ),
)
