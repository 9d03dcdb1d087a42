"""Charts for drawing: one with every verb, whose texts try to break out of their labels."""

from konbit.engine.plan import Plan
from tests.unit.engine.running import plan_of

HOSTILE = 'end "call" <b>x</b> `a` {b} [c] (d) #quot; 100% %% --> subgraph; click & \\ | graph'

EVERYTHING = f"""\
fragments:
  common: [{{id: shared, wait: 1h}}]
steps:
  - id: end
    title: '{HOSTILE}'
    ask: {{who: chair, question: what, options: [end, call]}}
    within: 1h
    escalate: [{{to: backup, after: 20m}}]
    on:
      call: [{{inform: {{who: [a], message: x}}}}]
      no_answer: [{{inform: {{who: [a, b, c, d, e, f], message: x}}}}, {{end: end}}]
  - id: style
    title: Clothes shipped by a church
    pathway: ad_hoc
    ask: {{who: lead, question: what}}
    within: 1h
    on: {{no_answer: []}}
  - id: class
    repeat: {{every: 24h, until: number > 3, at_most: 60}}
    steps: [{{id: call, ask: {{who: lead, question: what}}, within: 1h, on: {{no_answer: []}}}}]
  - id: loop
    for_each: {{cluster: clusters, wait: 80%}}
    steps: [{{id: pause, wait: 2h}}, {{inform: {{who: everyone_contacted, message: x}}}}]
  - id: graph
    lanes:
      wait: first
      one: [{{id: clear, wait: {{signal: all_clear}}, within: 1h}}]
      two: [{{end: stopped}}]
  - id: again
    goto: {{step: graph, at_most: 2}}
  - id: soonest
    wait:
      first_of:
        - {{signal: landfall, steps: [{{id: landed, inform: {{who: hub, message: x}}}}]}}
        - {{for: 4h, steps: []}}
  - id: table
    table:
      inputs: {{level: number}}
      rows: [{{level: '>= 3', then: high}}]
      otherwise: low
    on: {{high: [{{inform: {{who: hub, message: x}}}}], low: []}}
  - id: withdraw
    stop: [clear]
  - id: fragment
    use: common
  - id: fragment_again
    use: common
  - id: which
    choose:
      - {{when: number > 3 and 'WSH' in clusters and country == 'HTI' and number < 10, steps: [{{end: many}}]}}
      - otherwise: []
      - unknown: []
  - id: collect
    mobilize: {{for: call_down, who: [hub]}}
    within: 72h
    on: {{shortfall: [{{inform: {{who: [hub], message: x}}}}], no_answer: [{{inform: {{who: [hub], message: x}}}}]}}
  - id: call_down
    contact: {{who: [chair], message: x}}
    within: 1h
    on: {{uncovered: []}}
  - id: child
    run: {{flowchart: response/other}}
    within: 4h
stand_down:
  - inform: {{who: everyone_contacted, message: x}}
"""


def everything() -> Plan:
    """The plan of it."""
    return plan_of(EVERYTHING)
