"""Floor 4: money, cost, time, proof."""
