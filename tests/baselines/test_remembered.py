"""What is asked again of the same problem is not made again."""

from thermocline.baselines.common.remembered import Remembered


def test_made_once_for_a_problem_and_what_is_given():
    asked = []

    def make(problem, members):
        asked.append((problem, members))
        return object()

    remembered = Remembered(make, last=2)
    one, other = [1], [1]  # equal, and not the same
    first = remembered(one, 3)
    assert remembered(one, 3) is first and asked == [(one, 3)]
    assert remembered(one, 4) is not first
    assert remembered(one, 3) is first
    assert remembered(other, 3) is not first  # the third result: the first one is forgotten
    assert remembered(one, 3) is not first and len(asked) == 4
