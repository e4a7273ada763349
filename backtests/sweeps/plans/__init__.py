"""What a sweep is asked for: axes, a constraint, a schedule, the plan of them, and the sets that it stands for."""
