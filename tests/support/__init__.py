"""What tests share: real interpreters, real environments, made-up wheels, recipes, and the truth by running."""
