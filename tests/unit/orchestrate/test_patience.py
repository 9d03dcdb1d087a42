import itertools

from konbit.orchestrate.patience import FIRST_PAUSE, LONGEST_PAUSE, STUCK, Patience


def test_each_try_without_a_step_forward_doubles_the_pause() -> None:
    now = [0.0]
    patience = Patience(clock=lambda: now[0])
    times = []
    for _ in range(2000):
        if patience.may_try("run", seq=3):
            times.append(now[0])
        now[0] += 1.0

    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert max(pauses) == LONGEST_PAUSE


def test_a_step_forward_makes_it_patient_again() -> None:
    patience = Patience(clock=lambda: 0.0)

    assert patience.may_try("run", seq=1)
    assert not patience.may_try("run", seq=1)
    assert patience.may_try("run", seq=2)


def test_a_run_is_called_stuck_once() -> None:
    now = [0.0]
    patience = Patience(clock=lambda: now[0])
    said = []
    for _ in range(STUCK + 3):
        now[0] += 1000.0
        patience.may_try("run", seq=1)
        said.append(patience.stuck("run"))

    assert said.count(True) == 1
