"""What happens beside requests: numbering events, sending deliveries, periodic work. `work.py` says what there is."""
