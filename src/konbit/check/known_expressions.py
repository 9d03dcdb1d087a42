"""The pages of what the expression compiler finds."""

from konbit.check.registry import described

_GOOD = """
parameters:
  people: {type: number, default: 0}
steps:
  - choose:
      - when: people > 3
        steps: [{inform: {who: [chair], message: notice}}]
      - otherwise: []
"""


def _choice(condition: str) -> str:
    return f"""
parameters:
  people: {{type: number, default: 0}}
steps:
  - choose:
      - when: {condition}
        steps: [{{inform: {{who: [chair], message: notice}}}}]
      - otherwise: []
"""


described(
    "expression-syntax",
    "expressions",
    "An expression that cannot be read",
    why="Something is missing, or stands where it has no meaning.",
    fix="Write what is missing; `2h` is `hours(2)`, `10,000` is `10000`.",
    bad=_choice("people >"),
    good=_GOOD,
)
described(
    "expression-not-allowed",
    "expressions",
    "Something that expressions do not have",
    why="Expressions ask and compute; they change nothing, and call nothing that is not on the list.",
    fix="Use the form that the hint names, here `==`.",
    bad=_choice("people = 3"),
    good=_GOOD,
)
described(
    "undefined-name",
    "expressions",
    "A name that does not exist here",
    why="An expression may use parameters, marks, the variables of the loops around it and what earlier steps gave.",
    fix="Correct the spelling; texts stand in quotes.",
    bad=_choice("peopel > 3"),
    good=_GOOD,
)
described(
    "undefined-field",
    "expressions",
    "A field that the result of a step does not have",
    why="What a step gives depends on its verb and its form.",
    fix="Take one of the fields that are listed.",
    bad="""
    - id: decide
      ask: {who: chair, question: question}
      within: 2h
      on: {no_answer: []}
    - choose:
        - when: decide.result == 'done'
          steps: [{inform: {who: [members], message: notice}}]
        - otherwise: []
        - unknown: []
    """,
    good="""
    - id: decide
      ask: {who: chair, question: question}
      within: 2h
      on: {no_answer: []}
    - choose:
        - when: decide.outcome == 'done'
          steps: [{inform: {who: [members], message: notice}}]
        - otherwise: []
    """,
)
described(
    "never-true",
    "expressions",
    "A condition that is never true",
    why="Its branch would never be taken; mostly a word is misspelt.",
    fix="Take one of the values that are listed.",
    bad="""
    parameters:
      level: {type: choice, of: [partial, full], default: full}
    steps:
      - choose:
          - when: level == 'ful'
            steps: [{inform: {who: [chair], message: notice}}]
          - otherwise: []
    """,
    good="""
    parameters:
      level: {type: choice, of: [partial, full], default: full}
    steps:
      - choose:
          - when: level == 'full'
            steps: [{inform: {who: [chair], message: notice}}]
          - otherwise: []
    """,
)
described(
    "always-true",
    "expressions",
    "A condition that is always true",
    why="There is nothing to choose, and what stands below is never reached.",
    fix="Leave the condition out, or use `otherwise`.",
    bad=_choice("people > 3 or 3 > 2"),
    good=_GOOD,
)
described(
    "expression-too-long",
    "expressions",
    "An expression of more than 1,000 characters",
    why="Nobody can check it by reading.",
    fix="Split it into several steps.",
    bad="# where: @ is ' or people > 3' * 100" + _choice("people > 1@"),
    good=_GOOD,
)
described(
    "expression-too-deep",
    "expressions",
    "Brackets in brackets, more than 24 levels",
    why="Nobody can check it by reading.",
    fix="Split it into several steps.",
    bad="# where: < is '(' * 30\n# where: > is ')' * 30" + _choice('"<people == 3>"'),
    good=_GOOD,
)
described(
    "expression-too-costly",
    "expressions",
    "An expression of more than 200 parts",
    why="It would be looked at at every step of every run.",
    fix="Split it, or put a long list into a parameter.",
    bad="# where: @ is '3, ' * 120" + _choice('"people in [@4]"'),
    good=_GOOD,
)
