"""The pages of what reading a file finds: YAML that cannot be followed, or that says two things at once."""

from konbit.check.registry import described

_GOOD = """
- inform: {who: [chair], message: notice}
"""

described(
    "unreadable-file",
    "reading",
    "A file that cannot be opened",
    why="What stands in it is missing from everything else, so other problems may follow from this one.",
    fix="Check that it is a file and that you may read it.",
    bad="""
    # in: messages/own.yaml/
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: News, body: There is news.}
    """,
)
described(
    "not-utf8",
    "reading",
    "A file that is not UTF-8",
    why="In another encoding letters with accents turn into others, and names of places become wrong.",
    fix="Save the file as UTF-8.",
    bad="""
    # encoding: latin-1
    title: Évaluer les besoins
    """,
    good="""
    title: Évaluer les besoins
    """,
)
described(
    "file-too-large",
    "reading",
    "A file of more than a megabyte",
    why="No chart is that long; a file that is, was not written by hand.",
    fix="Split it into several files.",
    bad="""
    # where: @ is '# line\\n' * 150000
    @
    """,
    good=_GOOD,
)
described(
    "bad-character",
    "reading",
    "A character that YAML forbids",
    why="Control characters come in by copying and pasting. They are invisible, and programs read them differently.",
    fix="Remove it, or write it as an escape inside double quotes.",
    bad="""
    # where: @ is '\\x07'
    title: Tell the chair@
    """,
    good="""
    title: Tell the chair
    """,
)
described(
    "tab-indent",
    "reading",
    "A tab in the indentation",
    why="YAML is indented with spaces; how wide a tab is depends on the editor.",
    fix="Indent with spaces.",
    bad="""
    # where: → is '\\t'
    triggers:
    →child: true
    """,
    good="""
    triggers:
      child: true
    """,
)
described(
    "bad-yaml",
    "reading",
    "Text that is not YAML",
    why="From here on it is not clear what belongs to what.",
    fix="Check the indentation and the quotes; a text with a colon in it stands in quotes.",
    bad="""
    title: Step one: tell the chair
    """,
    good="""
    title: "Step one: tell the chair"
    """,
)
described(
    "duplicate-key",
    "reading",
    "One key written twice",
    why="Only one of the two values can count, and readers do not agree which.",
    fix="Remove or rename one of them.",
    bad="""
    - inform: {who: [chair], message: notice, message: call}
    """,
    good=_GOOD,
)
described(
    "non-text-key",
    "reading",
    "A key that is not a text",
    why="Keys are names. A number or a list as a key cannot be spoken of elsewhere.",
    fix="Put it in quotes, or write a name.",
    bad="""
    parameters:
      7: {type: text}
    """,
    good="""
    parameters:
      country: {type: country}
    """,
)
described(
    "merge-key",
    "reading",
    "A merge key",
    why="`<<` copies keys from elsewhere. Who reads a step sees all of it only by searching the file.",
    fix="Write the keys out.",
    bad="""
    - inform: {<<: {who: [chair]}, message: notice}
    """,
    good=_GOOD,
)
described(
    "yaml-tag",
    "reading",
    "A YAML tag",
    why="Tags make programs build other things than texts, numbers and lists; a chart needs none.",
    fix="Remove the tag; a text that looks like a number stands in quotes.",
    bad="""
    title: !!str Example
    """,
    good="""
    title: Example
    """,
)
described(
    "many-documents",
    "reading",
    "A second document in one file",
    why="A file stands for one chart, whose id is its path.",
    fix="Put each document into a file of its own.",
    bad="""
    - inform: {who: [chair], message: notice}
    ---
    more: text
    """,
    good=_GOOD,
)
described(
    "unknown-alias",
    "reading",
    "An alias without its anchor",
    why="`*name` repeats what stands under `&name` further up; there is nothing of that name.",
    fix="Write the anchor, correct the name, or put a text that begins with `*` in quotes.",
    bad="""
    - inform: {who: *leads, message: notice}
    """,
    good="""
    - inform: {who: &leads [chair], message: notice}
    - inform: {who: *leads, message: call}
    """,
)
described(
    "duplicate-anchor",
    "reading",
    "One anchor for two places",
    why="An alias would mean the first above it and the second below; moving a line would change its meaning.",
    fix="Give each anchor a name of its own.",
    bad="""
    - inform: {who: &leads [chair], message: notice}
    - inform: {who: &leads [members], message: notice}
    """,
    good="""
    - inform: {who: &leads [chair], message: notice}
    - inform: {who: &people [members], message: notice}
    """,
)
described(
    "alias-loop",
    "reading",
    "An alias inside what it stands for",
    why="It would contain itself without end.",
    fix="Write out what is meant.",
    bad="""
    - inform: {who: &leads [chair, *leads], message: notice}
    """,
    good=_GOOD,
)
described(
    "too-deep",
    "reading",
    "Nesting that nobody can follow",
    why="More than 64 levels are not read.",
    fix="Move the inner part into a flowchart of its own, and `run` it.",
    bad="""
    # where: < is '[' * 70
    # where: > is ']' * 70
    based_on: <>
    """,
    good="""
    based_on: [IOM framework]
    """,
)
described(
    "too-many-nodes",
    "reading",
    "A file with too many values",
    why="Aliases of aliases can make millions of values out of a few lines.",
    fix="Remove the aliases, or split the file.",
    bad="""
    # where: @ is 'x, ' * 1000
    # where: ~ is '*a, ' * 250
    based_on:
      - &a [@]
      - [~]
    """,
    good="""
    based_on: [IOM framework]
    """,
)
described(
    "too-many-problems",
    "reading",
    "More than a thousand problems in one file",
    why="The rest of the file was not read; most of these have one cause.",
    fix="Mend the first ones and check again.",
    bad="""
    # where: @ is 'title: Example\\n' * 1010
    @
    """,
    good=_GOOD,
)
described(
    "text-too-long",
    "reading",
    "A text of more than 65,536 characters",
    why="No channel carries it; it is usually a quote that was not closed.",
    fix="Close the quote, or shorten the text.",
    bad="""
    # where: @ is 'word ' * 14000
    title: "@"
    """,
    good="""
    title: Example
    """,
)
