"""The API: takes a donation, leaves its settlement to the worker, and tells what became of it."""

import uuid

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

from . import log
from .ledger import Ledger
from .tasks import settle

log.configure()
app = FastAPI(title="donations-api")
ledger = Ledger()


class Donation(BaseModel):
    cause: str = Field(min_length=1, max_length=100)
    cents: int = Field(gt=0, le=10_000_000)


@app.get("/health")
def health() -> dict:
    # Only whether this process is well: a check that asks Redis too takes every task out in one outage.
    return {"status": "ok"}


@app.post("/donations", status_code=202)
def donate(donation: Donation) -> dict:
    accepted = {"id": str(uuid.uuid4()), "cause": donation.cause, "cents": donation.cents}
    ledger.accept(accepted)
    settle.delay(accepted)
    return accepted


@app.get("/donations/{identifier}")
def donation(identifier: str) -> dict:
    found = ledger.donation(identifier)
    if found is None:
        raise HTTPException(404, f"there is no donation {identifier}")
    return found


@app.get("/causes")
def causes() -> dict:
    return ledger.causes()


@app.get("/reminders")
def reminders() -> list:
    return ledger.reminders()
