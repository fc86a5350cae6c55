"""The wire contracts: what each partner dialect reads, answers and refuses."""
