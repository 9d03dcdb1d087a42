"""The pages of what the models of the language find: keys, types and values that do not fit."""

from konbit.check.registry import described

described(
    "misplaced-flowchart",
    "shape",
    "An id that is not the path of the file",
    why="A chart is found by its path and spoken of by its id; they must be the same.",
    fix="Correct the id, or move the file.",
    bad="""
    flowchart: response/other
    """,
    good="""
    flowchart: response/example
    """,
)
described(
    "defined-twice",
    "shape",
    "Two definitions of one name",
    why="Only the first counts; the other would be edited in vain.",
    fix="Remove or rename one of them.",
    bad="""
    # in: messages/own.yaml
    notice: {subject: News, body: There is news.}
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: News, body: There is news.}
    """,
)
described(
    "bad-code-list",
    "shape",
    "A code list that cannot be used",
    why="Clusters, hazards and places are looked up in these lists; with one of them missing nothing can be checked.",
    fix="Write `codes`, `version`, `source` and `items`, each item with `code` and `names`.",
    bad="""
    # in: codes/own.yaml
    codes: own
    version: "1"
    source: our own
    items: []
    """,
    good="""
    # in: codes/own.yaml
    codes: own
    version: "1"
    source: our own
    items: [{code: A, names: {en: First}}]
    """,
)
described(
    "unknown-key",
    "shape",
    "A key that does not exist",
    why="What stands under it would be ignored, such as a deadline under `witin`.",
    fix="Take one of the keys that are listed.",
    bad="""
    - ask: {who: chair, question: question}
      witin: 2h
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 2h
      on: {no_answer: []}
    """,
)
described(
    "missing-key",
    "shape",
    "A key is missing",
    why="Without it the rest has no meaning.",
    fix="Add the key.",
    bad="""
    - inform: {who: [chair]}
    """,
    good="""
    - inform: {who: [chair], message: notice}
    """,
)
described(
    "wrong-type",
    "shape",
    "A value of the wrong kind",
    why="A number is not a text, and `yes` is not a truth value. In an expression only like compares with like.",
    fix="Write what is expected; the hint shows how.",
    bad="""
    version: "1"
    """,
    good="""
    version: 1
    """,
)
described(
    "bad-value",
    "shape",
    "A value that is not allowed",
    why="The key takes one of a few words, or a number within limits.",
    fix="Take one of the values that are listed.",
    bad="""
    - inform: {who: [chair], message: notice}
      level: national
    """,
    good="""
    - inform: {who: [chair], message: notice}
      level: country
    """,
)
described(
    "one-verb",
    "shape",
    "A step with two verbs, or with none",
    why="A step does one thing. With two it would not be clear which deadline belongs to which.",
    fix="Make two steps of it, or write the verb that is missing.",
    bad="""
    - inform: {who: [chair], message: notice}
      wait: 2h
    """,
    good="""
    - inform: {who: [chair], message: notice}
    - wait: 2h
    """,
)
described(
    "misplaced-steps",
    "shape",
    "`steps` where there are none, or none where there must be",
    why="Only `for_each` and `repeat` have a body under `steps:`.",
    fix="Write the body of the loop, or move the steps to where they belong.",
    bad="""
    - inform: {who: [chair], message: notice}
      steps: [{wait: 2h}]
    """,
    good="""
    - repeat: {every: 24h, at_most: 3}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
)
described(
    "bad-branch",
    "shape",
    "A branch that is two things at once",
    why="A branch of `choose` has a condition, or is what happens otherwise, or when nothing is known.",
    fix="Write each as a branch of its own.",
    bad="""
    - choose:
        - {when: 1 > 0, otherwise: []}
    """,
    good="""
    parameters:
      urgent: {type: truth, default: false}
    steps:
      - choose:
          - {when: urgent, steps: []}
          - otherwise: []
    """,
)
described(
    "bad-name",
    "shape",
    "A name that expressions cannot use",
    why="Ids, parameters and outcomes are used in expressions, where a hyphen means minus.",
    fix="Use small letters, digits and underscores, beginning with a letter.",
    bad="""
    - id: tell-chair
      inform: {who: [chair], message: notice}
    """,
    good="""
    - id: tell_chair
      inform: {who: [chair], message: notice}
    """,
)
described(
    "bad-flowchart-id",
    "shape",
    "An id that is not phase/name",
    why="Charts are kept by phase: preparedness, response, recovery.",
    fix="Write the phase, a slash and a name, such as `response/activation`.",
    bad="""
    - run: {flowchart: child}
      within: 2d
    """,
    good="""
    - run: {flowchart: response/child, with: {country: "'HTI'"}}
      within: 2d
    """,
)
described(
    "bad-role-name",
    "shape",
    "A role that cannot be one",
    why="Roles are addressed, not persons: the directory says who holds them.",
    fix="Write a role such as `chair`, or a role of something such as `cluster_lead.HEA`.",
    bad="""
    - inform: {who: [The Chair], message: notice}
    """,
    good="""
    - inform: {who: [chair], message: notice}
    """,
)
described(
    "bad-text",
    "shape",
    "Something else in the place of a text",
    why="A title is a text, or one text for each language.",
    fix="Write a text, or `{en: ..., fr: ...}`.",
    bad="""
    title: [Example]
    """,
    good="""
    title: {en: Example}
    """,
)
described(
    "bad-duration",
    "shape",
    "A time that cannot be read",
    why="`2 hours` and `2:00` mean different things to different people; there is one way to write a time.",
    fix="Write weeks, days, hours, minutes or seconds: `30m`, `2h`, `1h30m`, `7d`.",
    bad="""
    - wait: 2 hours
    """,
    good="""
    - wait: 2h
    """,
)
described(
    "bad-deadline",
    "shape",
    "A deadline that does not count from a mark",
    why="`due` counts from E0 (the event), T0 (activation), S0 (scheduled start) or D0 (deactivation).",
    fix="Write a mark and a time, such as `T0+72h`; for a time from the start of the step use `within`.",
    bad="""
    - ask: {who: chair, question: question}
      due: 72h
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 72h
      on: {no_answer: []}
    """,
)
