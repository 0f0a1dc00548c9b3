"""What a change of a policy would have done to contacts that came: who moves, what it costs, where load goes.

``tally`` counts whole numbers, so that counts of parts, merged in any order, are those of the whole.
``both`` decides contacts by two policies into it, tables at once; ``run`` spreads a file over processes.
``load`` makes of the arrivals at a queue the busiest half hour of a week and the people it takes, and
``results`` puts them beside the groups of the difference. ``report`` and ``page`` say it.
"""

from routekit.backtest.backtest import backtest
from routekit.backtest.load import Handling, QueueLoad
from routekit.backtest.results import Backtest, Moved

__all__ = ["Backtest", "Handling", "Moved", "QueueLoad", "backtest"]
