"""The API: takes a donation and leaves its settlement to the worker."""

import uuid

from fastapi import FastAPI
from pydantic import BaseModel, Field

from . import log
from .tasks import settle

log.configure()
app = FastAPI(title="donations-api")


class Donation(BaseModel):
    cause: str = Field(min_length=1, max_length=100)
    cents: int = Field(gt=0, le=10_000_000)


@app.get("/health")
def health() -> dict:
    return {"status": "ok"}


@app.post("/donations", status_code=202)
def donate(donation: Donation) -> dict:
    accepted = {"id": str(uuid.uuid4()), "cause": donation.cause, "cents": donation.cents}
    settle.delay(accepted)
    return accepted
