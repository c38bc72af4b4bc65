"""The backend: scores vital signs. FAULT makes it fail in one of the usual ways, to practise finding out why."""

import os
import sys

from fastapi import FastAPI, Response

from .score import Vitals, assess

VERSION = os.environ.get("APP_VERSION", "unknown")
FAULT = os.environ.get("FAULT", "")

if FAULT == "exit":
    sys.exit("FATAL: DATABASE_URL is not set")

app = FastAPI(title="health-backend", version=VERSION)
hoard = []


@app.get("/health")
def health(response: Response) -> dict:
    # Only whether this process is well: a check that asks the database too takes every task out in one outage.
    if FAULT == "unhealthy":
        response.status_code = 503
        return {"status": "unwell"}
    if FAULT == "memory":
        hoard.append(bytearray(os.urandom(1 << 20)) * 256)
    return {"status": "ok"}


@app.get("/version")
def version() -> dict:
    return {"version": VERSION, "environment": os.environ.get("ENVIRONMENT", "unknown")}


@app.post("/assessments")
def assessment(vitals: Vitals) -> dict:
    return assess(vitals)
