"""The ETL: reads trades, computes each account's open positions at average cost and its realised profit, writes the summary.

`--full` reads everything; without it, days after the last summary's are added to it.
"""

import argparse
import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Iterable

from . import summary

TRADES = Path(__file__).parent.parent / "trades.csv"


def extract(after: str) -> list:
    with TRADES.open(newline="") as file:
        return sorted((row for row in csv.DictReader(file) if row["day"] > after), key=lambda row: row["day"])


def transform(trades: Iterable, before: dict) -> dict:
    accounts = json.loads(json.dumps(before.get("accounts", {})))
    upto = before.get("upto", "")
    for trade in trades:
        account = accounts.setdefault(trade["account"], {"positions": {}, "profit": "0"})
        held = account["positions"].get(trade["instrument"], {"quantity": 0, "cost": "0"})
        quantity, price = int(trade["quantity"]), Decimal(trade["price"])
        cost = Decimal(held["cost"])
        if quantity < 0:
            if -quantity > held["quantity"]:
                raise ValueError(f"{trade['account']} sells more {trade['instrument']} than it holds on {trade['day']}")
            part = cost * -quantity / held["quantity"]
            account["profit"] = str((Decimal(account["profit"]) - quantity * price - part).quantize(Decimal("0.01")))
            cost -= part
        else:
            cost += quantity * price
        left = held["quantity"] + quantity
        if left == 0:
            account["positions"].pop(trade["instrument"], None)
        else:
            account["positions"][trade["instrument"]] = {"quantity": left, "cost": str(cost.quantize(Decimal("0.01")))}
        upto = trade["day"]
    return {"upto": upto, "accounts": accounts}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--full", action="store_true", help="from the first trade on")
    before = {} if arguments.parse_args().full else summary.read() or {}
    trades = extract(before.get("upto", ""))
    summary.write(transform(trades, before))
    print(json.dumps({"message": "summary written", "trades": len(trades)}), flush=True)


if __name__ == "__main__":
    main()
