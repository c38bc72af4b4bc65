"""The backend: scores vital signs. FAULT makes it fail in one of the usual ways, to practise finding out why."""

import os
import sys
import time

from fastapi import FastAPI, Response

from .score import Vitals, assess

VERSION = os.environ.get("APP_VERSION", "unknown")
FAULT = os.environ.get("FAULT", "")

if FAULT == "exit":
    sys.exit("FATAL: DATABASE_URL is not set")
if FAULT == "memory":
    # Twice what a task may have, in steps, so that whoever samples sees it grow.
    hoard = []
    while len(hoard) < 32:
        hoard.append(bytearray(b"x") * (64 << 20))
        time.sleep(0.05)

app = FastAPI(title="health-backend", version=VERSION)


@app.get("/health")
def health(response: Response) -> dict:
    # Only whether this process is well: a check that asks the database too takes every task out in one outage.
    if FAULT == "unhealthy":
        response.status_code = 503
        return {"status": "unwell"}
    return {"status": "ok"}


@app.get("/version")
def version() -> dict:
    return {"version": VERSION, "environment": os.environ.get("ENVIRONMENT", "unknown")}


@app.post("/assessments")
def assessment(vitals: Vitals) -> dict:
    return assess(vitals)
