"""What a first login costs: the five services as real processes, beside a floor measured in the same run."""
