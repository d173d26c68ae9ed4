"""From a plan to a repaired environment: texts of the files it writes, words for other builders, the run."""
